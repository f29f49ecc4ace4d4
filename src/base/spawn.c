/*
 * spawn - starts another program, apart from ours
 */
#include "base/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

enum {
	STANDARD = 3,
};

/*
 * set_descriptors - what becomes fd 0, 1 and 2, and of all others
 */
static int
set_descriptors(posix_spawn_file_actions_t *actions, const int fds[STANDARD])
{
	int err = 0;

	for (int i = 0; i < STANDARD && err == 0; i++) {
		if (fds[i] == SPAWN_NULL)
			err = posix_spawn_file_actions_addopen(actions, i,
			    "/dev/null", i == 0 ? O_RDONLY : O_WRONLY, 0);
		else
			err = posix_spawn_file_actions_adddup2(
			    actions, fds[i], i);
	}
	return err != 0 ? err
	                : posix_spawn_file_actions_addclosefrom_np(
	                      actions, STANDARD);
}

/*
 * set_signals - as they are by default, in a group of its own
 */
static int
set_signals(posix_spawnattr_t *how)
{
	sigset_t none, all;
	int err;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if ((err = posix_spawnattr_setpgroup(how, 0)) != 0 ||
	    (err = posix_spawnattr_setsigmask(how, &none)) != 0 ||
	    (err = posix_spawnattr_setsigdefault(how, &all)) != 0)
		return err;
	return posix_spawnattr_setflags(how, POSIX_SPAWN_SETPGROUP |
	                                         POSIX_SPAWN_SETSIGMASK |
	                                         POSIX_SPAWN_SETSIGDEF);
}

/*
 * spawn_apart - a program in a process group of its own
 *
 * The casts are for posix_spawn(3), which does not say that it changes
 * nothing.
 */
int
spawn_apart(pid_t *out, const char *path, const char *const *argv,
    const char *const *envp, const int fds[STANDARD])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t how;
	int err;

	if ((err = posix_spawn_file_actions_init(&actions)) != 0)
		return err;
	if ((err = posix_spawnattr_init(&how)) == 0) {
		if ((err = set_descriptors(&actions, fds)) == 0 &&
		    (err = set_signals(&how)) == 0)
			err = posix_spawn(out, path, &actions, &how,
			    (char *const *)argv, (char *const *)envp);
		(void)posix_spawnattr_destroy(&how);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return err;
}
