/*
 * program - what another program says in one line
 */
#include "file/program.h"

#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
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
	const char *const argv[] = { path, NULL };
	enum cause c = BY_SYSTEM;
	struct span line;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		*err = errno;
		return BY_SYSTEM;
	}
	p.output = ends[0];
	*err = spawn_apart(&p.pid, path, argv, env->vars,
	    (const int[]){ SPAWN_NULL, ends[1], SPAWN_NULL });
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
