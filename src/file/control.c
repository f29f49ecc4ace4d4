/*
 * control - what a control file holds
 */
#include "file/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	/* First room for a file; most are smaller. */
	ROOM = 1024,
	/* No control file is larger: several million routes. */
	ROOM_MAX = 256 * 1024 * 1024,
};

/*
 * check_empty - whether a file that has nothing in it may be a control file
 *
 * A pipe without a writer looks empty, and is none; /dev/null is.
 */
static enum cause
check_empty(int fd, int *err)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode)))
		return BY_NOTHING;
	*err = EINVAL;
	return BY_SYSTEM;
}

/*
 * read_all - the whole of an open file
 *
 * A regular file that gives less than was asked for has no more; only what
 * fills the room is asked again.
 */
static enum cause
read_all(struct span *out, int fd, struct arena *a, int *err)
{
	size_t room = ROOM, n = 0;
	char *text = arena_take(a, room);

	for (;;) {
		ssize_t r = read(fd, text + n, room - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			*err = errno;
			return BY_SYSTEM;
		}
		/* What holds a NUL is not read to its end, if it has one. */
		if (memchr(text + n, '\0', (size_t)r) != NULL)
			room = SIZE_MAX;
		n += (size_t)r;
		if (r == 0 || n < room)
			break;
		if (room >= ROOM_MAX) {
			*err = EFBIG;
			return BY_SYSTEM;
		}
		room *= 2;
		text = memcpy(arena_take(a, room), text, n);
	}
	*out = (struct span){ text, n };
	return n > 0 ? BY_NOTHING : check_empty(fd, err);
}

/*
 * control_read - the whole text of a file
 */
enum cause
control_read(struct span *out, const char *path, struct arena *a, int *err,
    unsigned *line)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	enum cause c;
	size_t nul;

	if (fd < 0) {
		*err = errno;
		return errno == ENOENT ? BY_LACK : BY_SYSTEM;
	}
	c = read_all(out, fd, a, err);
	(void)close(fd);
	if (c != BY_NOTHING)
		return c;
	nul = span_find(*out, '\0');
	if (nul == out->n)
		return BY_NOTHING;
	*line = 1;
	for (size_t i = 0; i < nul; i++)
		*line += out->p[i] == '\n';
	return BY_GARBLE;
}

/*
 * control_first - the first line
 */
struct span
control_first(struct span text)
{
	return span_trim(span_cut(&text, '\n'));
}

/*
 * control_next - the next line that counts
 */
bool
control_next(struct span *out, struct control *c)
{
	while (c->rest.n > 0) {
		*out = span_trim(span_cut(&c->rest, '\n'));
		c->line++;
		if (out->n > 0 && out->p[0] != '#')
			return true;
	}
	return false;
}

/*
 * control_split - the key of a line of a map
 */
bool
control_split(struct span *key, struct span *rest)
{
	size_t n = span_find(*rest, ':');

	if (rest->n > 0 && rest->p[0] == '[') {
		size_t close = span_find(*rest, ']');

		if (close + 1 < rest->n && rest->p[close + 1] == ':')
			n = close + 1;
	}
	*key = span_head(*rest, n);
	if (n == rest->n)
		return false;
	*rest = span_tail(*rest, n + 1);
	return true;
}
