/*
 * cdbmake - writes a constant database, with tinycdb
 *
 * The only file that knows tinycdb's header: that has a struct cdb and a
 * cdb_find() of its own, which are not those of file/cdb.
 */
#include "file/cdbmake.h"

#include "base/buf.h"

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct cdbmake {
	struct cdb_make make;
	const volatile sig_atomic_t *stop;
	/* Where it will stand, and where it is made; C strings. */
	const char *path;
	char *temporary;
	int fd;
	/* The file whose owner, group and mode it gets. */
	struct stat like;
};

/*
 * with_ending - two strings as one, in memory of the arena
 */
static char *
with_ending(const char *path, const char *ending, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, SIZE_MAX);
	buf_puts(&b, path);
	buf_puts(&b, ending);
	buf_putc(&b, '\0');
	return b.p;
}

/*
 * cdbmake_begin - a database that will stand at path
 */
enum cause
cdbmake_begin(struct cdbmake **out, const char *path, const char *source,
    const volatile sig_atomic_t *stop, struct arena *a, int *err)
{
	struct cdbmake *m = arena_zero(a, sizeof(*m));

	m->stop = stop;
	m->path = path;
	m->temporary = with_ending(path, ".XXXXXX", a);
	if (stat(path, &m->like) < 0 &&
	    (errno != ENOENT || stat(source, &m->like) < 0)) {
		*err = errno;
		return BY_SYSTEM;
	}
	m->fd = mkostemp(m->temporary, O_CLOEXEC);
	if (m->fd < 0) {
		*err = errno;
		return BY_SYSTEM;
	}
	if (cdb_make_start(&m->make, m->fd) < 0) {
		*err = errno;
		cdbmake_abandon(m);
		return BY_SYSTEM;
	}
	*out = m;
	return BY_NOTHING;
}

/*
 * go_on - whether nobody has asked to stop
 */
static bool
go_on(const struct cdbmake *m)
{
	if (*m->stop == 0)
		return true;
	errno = EINTR;
	return false;
}

/*
 * fits - whether tinycdb can take a key or data of this length
 */
static bool
fits(struct span s)
{
	if (s.n <= UINT32_MAX)
		return true;
	errno = EFBIG;
	return false;
}

/*
 * cdbmake_add - one record
 */
enum cause
cdbmake_add(struct cdbmake *m, struct span key, struct span data, int *err)
{
	if (go_on(m) && fits(key) && fits(data) &&
	    cdb_make_add(&m->make, key.p, (unsigned)key.n, data.p,
	        (unsigned)data.n) == 0)
		return BY_NOTHING;
	*err = errno;
	return BY_SYSTEM;
}

/*
 * settle - makes the temporary file what path shall be, and then that
 *
 * It gets its owner while only we can read it, and its mode last: a change of
 * owner takes away some of the bits.
 */
static bool
settle(struct cdbmake *m)
{
	return fchown(m->fd, m->like.st_uid, m->like.st_gid) == 0 &&
	       fchmod(m->fd, m->like.st_mode & 07777) == 0 &&
	       fsync(m->fd) == 0 && go_on(m) &&
	       rename(m->temporary, m->path) == 0;
}

/*
 * cdbmake_end - puts the database in its place
 */
enum cause
cdbmake_end(struct cdbmake *m, int *err)
{
	bool done = cdb_make_finish(&m->make) == 0 && settle(m);

	*err = errno;
	(void)close(m->fd);
	if (done)
		return BY_NOTHING;
	(void)unlink(m->temporary);
	return BY_SYSTEM;
}

/*
 * cdbmake_abandon - removes the temporary file
 */
void
cdbmake_abandon(struct cdbmake *m)
{
	(void)unlink(m->temporary);
	(void)close(m->fd);
	/* Nothing else frees what tinycdb holds; it has nowhere to write. */
	m->make.cdb_fd = -1;
	(void)cdb_make_finish(&m->make);
}
