/*
 * maildir - delivers a message to a Maildir
 */
#include "companion/maildir.h"

#include "base/buf.h"
#include "base/random.h"
#include "base/whole.h"
#include "companion/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
	/* Names of hosts are shorter; the rest of a name is, too. */
	HOST_MAX = 255,
	NAME_MAX_BYTES = 512,
};

/* A delivery under way. */
struct delivery {
	/* The Maildir. */
	int dir;
	/* "tmp/NAME" and "new/NAME". */
	const char *tmp, *new;
	const char *what;
	int err;
};

/*
 * fail - remembers what failed, by errno; always BY_SYSTEM
 */
static enum cause
fail(struct delivery *d, const char *what)
{
	d->what = what;
	d->err = errno;
	return BY_SYSTEM;
}

/*
 * put_host - the name of this host, as a part of a file name
 */
static void
put_host(struct buf *b)
{
	char host[HOST_MAX + 1] = "";

	(void)gethostname(host, HOST_MAX);
	for (const char *p = host; *p != '\0'; p++) {
		if (*p == '/')
			buf_puts(b, "\\057");
		else if (*p == ':')
			buf_puts(b, "\\072");
		else
			buf_putc(b, *p);
	}
}

/*
 * make_name - a path within the Maildir
 */
static struct span
make_name(const char *folder, struct span unique, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, NAME_MAX_BYTES + HOST_MAX);
	buf_puts(&b, folder);
	buf_put(&b, unique);
	buf_putc(&b, '\0');
	return (struct span){ b.p, b.n - 1 };
}

/*
 * unique_name - a name that no other message has
 *
 * By time, process and host, as Maildirs have it; the random part is for
 * processes that share a number, as in containers.
 */
static struct span
unique_name(struct arena *a)
{
	struct timespec now;
	struct buf b;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	buf_init(&b, a, NAME_MAX_BYTES);
	buf_put_number(&b, (uint64_t)now.tv_sec);
	buf_puts(&b, ".M");
	buf_put_number(&b, (uint64_t)now.tv_nsec / 1000);
	buf_putc(&b, 'P');
	buf_put_number(&b, (uint64_t)getpid());
	buf_putc(&b, 'R');
	buf_put_number(&b, random_below(UINT32_MAX));
	buf_putc(&b, '.');
	put_host(&b);
	return buf_span(&b);
}

/*
 * fill - writes the file below tmp, and brings it to the disk
 */
static enum cause
fill(struct delivery *d, int fd, struct span head, int message,
    const volatile sig_atomic_t *stop)
{
	bool writing = true;
	enum cause c = BY_SYSTEM;

	if (whole_write(fd, head, &d->err))
		c = spool_copy(fd, message, stop, &writing, &d->err);
	if (c != BY_NOTHING) {
		d->what = writing ? "write to" : "read the message for";
		return c;
	}
	return fsync(fd) < 0 ? fail(d, "write to") : BY_NOTHING;
}

/*
 * sync_new - brings the new name to the disk; false if that fails
 *
 * A file system that does not know how to needs no asking.
 */
static bool
sync_new(const struct delivery *d)
{
	int fd = openat(d->dir, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
	int err = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = err;
	return done;
}

/*
 * appear - gives the file its place below new
 *
 * Never in place of another.  Where there are no links, renaming must do: the
 * name is nobody else's.
 */
static enum cause
appear(struct delivery *d)
{
	int r = linkat(d->dir, d->tmp, d->dir, d->new, 0);

	if (r < 0 && (errno == EPERM || errno == EOPNOTSUPP))
		r = renameat2(d->dir, d->tmp, d->dir, d->new, RENAME_NOREPLACE);
	if (r < 0)
		return fail(d, "deliver to");
	if (sync_new(d))
		return BY_NOTHING;
	(void)fail(d, "deliver to");
	/* If even that fails, the message is there, and will be twice. */
	(void)unlinkat(d->dir, d->new, 0);
	return BY_SYSTEM;
}

/*
 * deliver - the message, to an open Maildir
 */
static enum cause
deliver(struct delivery *d, struct span head, int message,
    const volatile sig_atomic_t *stop)
{
	enum cause c;
	int fd;

	fd = openat(d->dir, d->tmp,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(d, "write to");
	c = fill(d, fd, head, message, stop);
	if (close(fd) < 0 && c == BY_NOTHING)
		c = fail(d, "write to");
	if (c == BY_NOTHING)
		c = appear(d);
	(void)unlinkat(d->dir, d->tmp, 0);
	return c;
}

/*
 * maildir_deliver - the head and the message
 */
enum cause
maildir_deliver(struct span *name, const char *path, struct span head,
    int message, const volatile sig_atomic_t *stop, struct arena *a,
    const char **what, int *err)
{
	struct span unique = unique_name(a);
	struct delivery d = { .what = "deliver to" };
	enum cause c;

	*name = make_name("new/", unique, a);
	d.new = name->p;
	d.tmp = make_name("tmp/", unique, a).p;
	d.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d.dir < 0) {
		c = fail(&d, "open");
	} else {
		c = deliver(&d, head, message, stop);
		(void)close(d.dir);
	}
	*what = d.what;
	*err = d.err;
	return c;
}
