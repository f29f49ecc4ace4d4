/*
 * datagram - questions over UDP, by a deadline, and who answers them
 */
#include "net/datagram.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * open_socket - a socket that hears only its peer, or -1
 */
static int
open_socket(const struct endpoint *to)
{
	struct sockaddr_storage sa;
	unsigned n = ip_sockaddr(&sa, to);
	int fd =
	    socket(to->ip.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, n) == 0)
		return fd;
	err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}

/*
 * hear - waits for an answer of n bytes
 */
static enum cause
hear(char *answer, size_t n, int fd, instant by, int *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		/* MSG_TRUNC: how long it was, not how much fitted. */
		ssize_t got = recv(fd, answer, n, MSG_TRUNC);

		if (got == (ssize_t)n)
			return BY_NOTHING;
		if (got < 0 && errno != EAGAIN && errno != EINTR) {
			*err = errno;
			return BY_SYSTEM;
		}
		/* Even one who never stops talking has only so long. */
		if (clock_now() >= by)
			return BY_TIMEOUT;
		if (got < 0)
			(void)poll(&p, 1, clock_left(by));
	}
}

/*
 * datagram_ask - one question, one answer
 */
enum cause
datagram_ask(char *answer, size_t n, const struct endpoint *to,
    struct span question, instant by, int *err)
{
	int fd = open_socket(to);
	enum cause c = BY_SYSTEM;

	if (fd < 0) {
		*err = errno;
		return c;
	}
	if (send(fd, question.p, question.n, MSG_NOSIGNAL) >= 0)
		c = hear(answer, n, fd, by, err);
	else
		*err = errno;
	(void)close(fd);
	return c;
}

/*
 * datagram_tell - one datagram that wants no answer
 */
bool
datagram_tell(const struct endpoint *to, struct span text)
{
	int fd = open_socket(to);
	bool sent;

	if (fd < 0)
		return false;
	sent = send(fd, text.p, text.n, MSG_NOSIGNAL) >= 0;
	(void)close(fd);
	return sent;
}

/*
 * datagram_listen - a socket for those who ask
 */
enum cause
datagram_listen(int *fd, const struct endpoint *at, int *err)
{
	struct sockaddr_storage sa;
	unsigned n = ip_sockaddr(&sa, at);
	int on = 1;

	*fd =
	    socket(at->ip.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && at->ip.family == AF_INET6)
		(void)setsockopt(
		    *fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (*fd >= 0 && bind(*fd, (struct sockaddr *)&sa, n) == 0)
		return BY_NOTHING;
	*err = errno;
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	return BY_SYSTEM;
}
