/*
 * program - what another program says in one line
 */
#include "file/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* A program under way. */
struct program {
	pid_t pid;
	/* Readable when it has ended; what it prints. */
	int ended, output;
	char *line;
	size_t n;
};

/*
 * spawn - starts it; 0, or errno
 */
static int
spawn(struct program *p, const char *path, const struct env *env, int output)
{
	/* posix_spawn() writes to neither. */
	char *const argv[] = { (char *)(uintptr_t)path, NULL };
	char *const *envp = (char *const *)(uintptr_t)env->vars;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t how;
	sigset_t none, all;
	int err;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawnattr_init(&how);
	(void)posix_spawnattr_setpgroup(&how, 0);
	(void)posix_spawnattr_setsigmask(&how, &none);
	(void)posix_spawnattr_setsigdefault(&how, &all);
	(void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP |
	                                         POSIX_SPAWN_SETSIGMASK |
	                                         POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawn_file_actions_init(&actions);
	err = posix_spawn_file_actions_addopen(
	    &actions, 0, "/dev/null", O_RDONLY, 0);
	if (err == 0)
		err = posix_spawn_file_actions_adddup2(&actions, output, 1);
	if (err == 0)
		err = posix_spawn_file_actions_addopen(
		    &actions, 2, "/dev/null", O_WRONLY, 0);
	if (err == 0)
		err = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (err == 0)
		err = posix_spawn(&p->pid, path, &actions, &how, argv, envp);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&how);
	return err;
}

/*
 * take - what it has printed; what is beyond the first line is thrown away
 *
 * False at the end of it.
 */
static bool
take(struct program *p)
{
	char beyond[1024];
	size_t room = PROGRAM_LINE_MAX - p->n;
	bool full = room == 0 || memchr(p->line, '\n', p->n) != NULL;
	ssize_t n;

	do {
		n = full ? read(p->output, beyond, sizeof(beyond))
		         : read(p->output, p->line + p->n, room);
	} while (n < 0 && errno == EINTR);
	explicit_bzero(beyond, sizeof(beyond));
	if (n > 0 && !full)
		p->n += (size_t)n;
	return n > 0;
}

/*
 * follow - reads what it prints until it has ended
 *
 * A child that it leaves behind may keep the pipe open for ever.
 */
static enum cause
follow(struct program *p, instant by)
{
	for (;;) {
		struct pollfd fds[] = { { .fd = p->ended, .events = POLLIN },
			{ .fd = p->output, .events = POLLIN } };
		int left = clock_left(by), n;

		n = left == 0 ? 0 : poll(fds, 2, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return BY_SYSTEM;
		if (n == 0)
			return BY_TIMEOUT;
		if (fds[1].revents == 0)
			return BY_NOTHING;
		/* At its end only that of the program is awaited. */
		if (!take(p))
			p->output = -1;
	}
}

/*
 * finish - waits for a program that has ended, or is made to
 */
static enum cause
finish(struct program *p, enum cause c)
{
	int status = 0;

	if (c != BY_NOTHING)
		(void)kill(-p->pid, SIGKILL);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (c != BY_NOTHING)
		return c;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? BY_NOTHING
	                                                     : BY_GARBLE;
}

/*
 * run - a program that has been started, to its end
 */
static enum cause
run(struct program *p, instant by, int *err)
{
	enum cause c;

	p->ended = pidfd_open(p->pid, 0);
	if (p->ended >= 0) {
		c = follow(p, by);
		*err = errno;
		(void)close(p->ended);
	} else {
		c = BY_SYSTEM;
		*err = errno;
	}
	return finish(p, c);
}

/*
 * program_line - the first line that a program prints
 */
enum cause
program_line(struct span *out, const char *path, const struct env *env,
    instant by, struct arena *a, int *err)
{
	struct program p = { .line = arena_take(a, PROGRAM_LINE_MAX) };
	enum cause c = BY_SYSTEM;
	struct span line;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		*err = errno;
		return BY_SYSTEM;
	}
	p.output = ends[0];
	*err = spawn(&p, path, env, ends[1]);
	(void)close(ends[1]);
	if (*err == 0)
		c = run(&p, by, err);
	(void)close(ends[0]);
	line = (struct span){ p.line, p.n };
	*out = span_trim(span_cut(&line, '\n'));
	if (c == BY_NOTHING && out->n == 0)
		c = BY_LACK;
	return c;
}
