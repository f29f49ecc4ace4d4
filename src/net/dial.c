/*
 * dial - a TCP connection, by a deadline
 */
#include "net/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * await - waits until a connection that was begun is there, or is not
 */
static enum cause
await(int fd, instant by, int *err)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(*err);
	int n;

	do {
		n = poll(&p, 1, clock_left(by));
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return BY_TIMEOUT;
	if (n < 0) {
		*err = errno;
		return BY_SYSTEM;
	}
	if ((p.revents & (POLLERR | POLLHUP)) == 0)
		return BY_NOTHING;
	*err = 0;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, err, &size) < 0)
		*err = errno;
	/* A peer that hung up after it was there: the next read will say. */
	return *err == 0 ? BY_NOTHING : BY_SYSTEM;
}

/*
 * dial_socket - a socket to connect with
 */
enum cause
dial_socket(int *fd, int family, const struct ip *from, int *err)
{
	struct endpoint local = { .port = 0 };
	struct sockaddr_storage sa;
	unsigned n;
	int on = 1;

	*fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0) {
		*err = errno;
		return BY_LACK;
	}
	(void)setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (from == NULL)
		return BY_NOTHING;
	/* The port is picked at connect, when it need not be free for all. */
	(void)setsockopt(
	    *fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	local.ip = *from;
	n = ip_sockaddr(&sa, &local);
	if (bind(*fd, (struct sockaddr *)&sa, n) == 0)
		return BY_NOTHING;
	*err = errno;
	(void)close(*fd);
	*fd = -1;
	return BY_SYSTEM;
}

/*
 * dial - connects a socket
 */
enum cause
dial(int fd, const struct endpoint *to, instant by, int *err)
{
	struct sockaddr_storage sa;
	unsigned n = ip_sockaddr(&sa, to);
	enum cause c = BY_SYSTEM;

	if (connect(fd, (struct sockaddr *)&sa, n) == 0)
		return BY_NOTHING;
	*err = errno;
	if (errno == EINPROGRESS)
		c = await(fd, by, err);
	if (c != BY_NOTHING)
		(void)close(fd);
	return c;
}

/*
 * dial_local - the local address of a connected socket
 */
bool
dial_local(struct ip *out, int fd)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);

	return getsockname(fd, (struct sockaddr *)&sa, &n) == 0 &&
	       ip_of_sockaddr(out, (struct sockaddr *)&sa);
}
