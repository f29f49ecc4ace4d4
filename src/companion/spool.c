/*
 * spool - a message in a file without a name
 */
#include "companion/spool.h"

#include "base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BLOCK = 64 * 1024,
	/* A longer path to a directory has no file in it. */
	PATH_MAX_BYTES = 4096,
};

/*
 * open_named - for a file system that has no files without a name
 */
static int
open_named(const char *dir)
{
	static const char ending[] = "/qremote.XXXXXX";
	size_t n = strlen(dir);
	char path[PATH_MAX_BYTES];
	int fd;

	if (n + sizeof(ending) > sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(path, dir, n);
	memcpy(path + n, ending, sizeof(ending));
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

/*
 * spool_open - a new file without a name
 */
int
spool_open(const char *dir, int *err)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		fd = open_named(dir);
	*err = errno;
	return fd;
}

/*
 * spool_copy - what one descriptor holds, to another
 */
enum cause
spool_copy(int to, int from, const volatile sig_atomic_t *stop, bool *writing,
    int *err)
{
	char block[BLOCK];

	for (;;) {
		ssize_t n;

		*writing = false;
		n = read(from, block, sizeof(block));
		/* What ends now may end because we are to stop. */
		if (*stop != 0)
			return BY_CLOSE;
		if (n == 0)
			return BY_NOTHING;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			*err = errno;
			return BY_SYSTEM;
		}
		*writing = true;
		if (!whole_write(to, (struct span){ block, (size_t)n }, err))
			return BY_SYSTEM;
	}
}
