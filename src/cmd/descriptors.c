/*
 * descriptors - fd 0, 1 and 2 as qmail-rspawn hands them over
 */
#include "cmd/descriptors.h"

#include "base/compiler.h"
#include "base/whole.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/*
 * is_writable - whether fd 1 can be written to, by what poll(2) says of it
 *
 * It tells of a pipe with room, the usual case, that it can; of a file it
 * says so however that is open.
 */
static bool
is_writable(int events)
{
	int flags;

	/* Also a pipe that nobody reads. */
	if ((events & (POLLNVAL | POLLERR)) != 0)
		return false;
	if ((events & (POLLIN | POLLOUT)) == POLLOUT)
		return true;
	flags = fcntl(1, F_GETFL);
	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

/*
 * descriptors_guard - nothing that we open becomes fd 0, 1 or 2
 *
 * A closed fd 0 is found out when the message is read, so it becomes a
 * descriptor that cannot be read.
 */
bool
descriptors_guard(void)
{
	struct pollfd p[] = { { .fd = 0 },
		{ .fd = 1, .events = POLLIN | POLLOUT }, { .fd = 2 } };
	int fd;

	(void)poll(p, COUNT_OF(p), 0);
	if (!is_writable(p[1].revents))
		return false;
	if (((p[0].revents | p[2].revents) & POLLNVAL) == 0)
		return true;
	while ((fd = open("/dev/null", O_WRONLY | O_CLOEXEC)) >= 0 && fd <= 2)
		;
	if (fd > 2)
		(void)close(fd);
	return true;
}

/*
 * descriptors_report - all of the report, or 111
 */
int
descriptors_report(const struct buf *b)
{
	int err;

	return !b->full && whole_write(1, buf_span(b), &err) ? 0 : EXIT_AGAIN;
}
