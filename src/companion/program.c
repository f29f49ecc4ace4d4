/*
 * program - another program, found and started without a shell
 */
#include "companion/program.h"

#include "base/buf.h"
#include "base/compiler.h"
#include "base/spawn.h"
#include "base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BLOCK = 64 * 1024,
	/* Milliseconds until a signal is seen that came just before a wait. */
	TICK = 1000,
};

/* A program that runs. */
struct running {
	const struct program *program;
	struct ending *ending;
	pid_t pid;
	/* Can be read once it has ended. */
	int pidfd;
	/* Our ends of its fd 1 and fd 2; -1: at their end. */
	int out, words;
	char *block;
	char *kept;
};

/*
 * program_find - the path of a program
 */
const char *
program_find(const char *name, const struct env *e, struct arena *a)
{
	struct span path;

	if (strchr(name, '/') != NULL)
		return name;
	if (!env_get(&path, e, "PATH"))
		path = SPAN("/usr/bin:/bin");
	while (path.n > 0 && name[0] != '\0') {
		struct span dir = span_cut(&path, ':');
		struct buf b;

		if (dir.n == 0)
			continue;
		buf_init(&b, a, SIZE_MAX);
		buf_put(&b, dir);
		buf_putc(&b, '/');
		buf_puts(&b, name);
		buf_putc(&b, '\0');
		if (access(b.p, X_OK) == 0)
			return b.p;
	}
	return NULL;
}

/*
 * program_become - becomes another program
 *
 * The casts are for execve(2), which does not say that it changes nothing.
 */
int
program_become(
    const char *path, const char *const *argv, const struct env *e, int fd)
{
	if (fd == 0 || dup2(fd, 0) >= 0)
		(void)execve(path, (char *const *)argv, (char *const *)e->vars);
	return errno;
}

/*
 * start - the pipes and the program; returns errno or 0
 */
static int
start(struct running *r)
{
	const struct program *p = r->program;
	int out[2] = { -1, -1 }, words[2] = { -1, -1 };
	int err = 0;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(words, O_CLOEXEC) < 0 ||
	    fcntl(out[0], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(words[0], F_SETFL, O_NONBLOCK) < 0)
		err = errno;
	else
		err = spawn_apart(&r->pid, p->path, p->argv, p->env->vars,
		    (const int[]){ p->in, out[1], words[1] });
	if (out[1] >= 0)
		(void)close(out[1]);
	if (words[1] >= 0)
		(void)close(words[1]);
	r->out = out[0];
	r->words = words[0];
	if (err != 0) {
		r->pid = 0;
		return err;
	}
	r->pidfd = pidfd_open(r->pid, 0);
	return r->pidfd < 0 ? errno : 0;
}

/*
 * shut - closes one of our ends
 */
static void
shut(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/*
 * take_bytes - what stands in its fd 1; false if it cannot be kept
 */
static bool
take_bytes(struct running *r)
{
	ssize_t n = read(r->out, r->block, BLOCK);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&r->out);
	return n <= 0 ||
	       whole_write(r->program->out,
	           (struct span){ r->block, (size_t)n }, &r->ending->err);
}

/*
 * take_words - what stands in its fd 2; what there is no room for is lost
 */
static void
take_words(struct running *r)
{
	struct span *w = &r->ending->words;
	size_t room = PROGRAM_WORDS_MAX - w->n;
	ssize_t n = read(r->words, r->block, BLOCK);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&r->words);
	if (n <= 0)
		return;
	if (room > (size_t)n)
		room = (size_t)n;
	memcpy(r->kept + w->n, r->block, room);
	w->n += room;
}

/*
 * attend - takes what it writes until it ends, or has to
 */
static enum ended
attend(struct running *r)
{
	const struct program *p = r->program;

	for (;;) {
		struct pollfd fds[] = { { .fd = r->pidfd, .events = POLLIN },
			{ .fd = r->out, .events = POLLIN },
			{ .fd = r->words, .events = POLLIN } };
		int left = clock_left(p->by);
		int n;

		if (*p->stop != 0)
			return ENDED_STOPPED;
		if (left == 0)
			return ENDED_LATE;
		n = poll(
		    fds, COUNT_OF(fds), left < 0 || left > TICK ? TICK : left);
		if (n <= 0)
			continue;
		if (fds[1].revents != 0 && !take_bytes(r))
			return ENDED_FULL;
		if (fds[2].revents != 0)
			take_words(r);
		if (fds[0].revents != 0)
			return ENDED;
	}
}

/*
 * drain - what was left in the pipes when it ended; false if it cannot be kept
 *
 * A pipe that holds more than that is being written to by somebody who got
 * away.
 */
static bool
drain(struct running *r)
{
	int room = fcntl(r->out, F_GETPIPE_SZ);

	for (int n = 0; r->out >= 0 && n < room; n += BLOCK)
		if (!take_bytes(r))
			return false;
	if (r->words >= 0)
		take_words(r);
	return true;
}

/*
 * finish - sees to it that nothing of it goes on, and how it ended
 *
 * The group is killed before its leader is waited for: until then its number
 * cannot be anybody else's.  An exit status that is not to be had is no success.
 */
static void
finish(struct running *r, enum ended how)
{
	int status = 0;
	pid_t waited;

	(void)kill(-r->pid, SIGKILL);
	if (how == ENDED && !drain(r))
		how = ENDED_FULL;
	do {
		waited = waitpid(r->pid, &status, 0);
	} while (waited < 0 && errno == EINTR);
	if (how == ENDED && waited < 0) {
		how = ENDED_ABSENT;
		r->ending->err = errno;
	} else if (how == ENDED && !WIFEXITED(status)) {
		how = ENDED_CRASHED;
		r->ending->status = WTERMSIG(status);
	} else if (how == ENDED) {
		r->ending->status = WEXITSTATUS(status);
	}
	r->ending->how = how;
}

/*
 * program_run - runs a program to its end
 */
void
program_run(struct ending *out, const struct program *p, struct arena *a)
{
	struct running r = { .program = p, .ending = out, .pidfd = -1 };

	*out = (struct ending){ .how = ENDED_ABSENT };
	r.block = arena_take(a, BLOCK);
	r.kept = arena_take(a, PROGRAM_WORDS_MAX);
	out->words.p = r.kept;
	out->err = start(&r);
	if (out->err == 0)
		finish(&r, attend(&r));
	else if (r.pid > 0)
		finish(&r, ENDED_ABSENT);
	shut(&r.out);
	shut(&r.words);
	shut(&r.pidfd);
}
