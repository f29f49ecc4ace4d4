/*
 * spawn - starts another program, apart from ours
 */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <sys/types.h>

/* In the place of a descriptor: /dev/null. */
#define SPAWN_NULL (-1)

/*
 * spawn_apart - a program in a process group of its own
 *
 * path is executed without shell or search; argv and envp end with NULL.  Its
 * fd 0, 1 and 2 are those that fds names, and it has no other; it ignores no
 * signal and blocks none.  Returns 0 with *out, or errno.
 */
int spawn_apart(pid_t *out, const char *path, const char *const *argv,
    const char *const *envp, const int fds[3]);

#endif
