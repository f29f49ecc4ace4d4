/*
 * dial - a TCP connection, by a deadline
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "base/cause.h"
#include "base/clock.h"
#include "net/ip.h"

/*
 * dial_socket - a socket to connect with, from a local address
 *
 * from: NULL lets the system choose.  BY_NOTHING: *fd is owned by the caller;
 * it does not block, is closed on exec, and sends small writes at once
 * (TCP_NODELAY).  BY_LACK: this host has no socket to spare.  BY_SYSTEM: the
 * local address cannot be had.  In both *err has errno.
 */
enum cause dial_socket(int *fd, int family, const struct ip *from, int *err);

/*
 * dial - connects such a socket
 *
 * BY_NOTHING: it is connected.  BY_SYSTEM: it cannot be; *err has errno.
 * BY_TIMEOUT: not in time.  On failure the socket is closed.
 */
enum cause dial(int fd, const struct endpoint *to, instant by, int *err);

/* The local address of a connected socket; false if there is none. */
bool dial_local(struct ip *out, int fd);

#endif
