/*
 * env - the environment, as a value
 *
 * main() hands its environment over once; nothing below reads the process's
 * own.                                                  immutable
 */
#ifndef FILE_ENV_H
#define FILE_ENV_H

#include "base/arena.h"

struct env {
	/* "NAME=value" strings, NULL behind the last; owned by the caller. */
	const char *const *vars;
};

/*
 * The value of a variable, borrowed; false if it is not set.  A variable set
 * to nothing is set: *out is then empty.
 */
bool env_get(struct span *out, const struct env *, const char *name);

/*
 * env_with - an environment with some variables changed
 *
 * changes is "A=x,B=y,C=": A and B are set, C is removed; "\," is a comma.
 * keep names a variable that is never changed; it may be NULL.  False if an
 * item has no '=' or no name: *bad is that item.  The new environment is in
 * memory of the arena; the old one stays as it is.
 */
bool env_with(struct env *out, const struct env *, struct span changes,
    const char *keep, struct arena *, struct span *bad);

/* The environment without some variables, in memory of the arena. */
void env_without(struct env *out, const struct env *, const char *const *names,
    size_t n, struct arena *);

/*
 * env_set - an environment with one variable set, whatever its value holds;
 * a value of NULL removes it
 *
 * The new environment is in memory of the arena.
 */
struct env env_set(
    const struct env *, const char *name, const char *value, struct arena *);

/*
 * The name of the next variable that changes are about; false after the last.
 * *changes becomes what follows it.  Items that have no name are left out.
 */
bool env_next_name(struct span *name, struct span *changes);

#endif
