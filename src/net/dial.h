/*
 * dial - a TCP connection, by a deadline
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "base/cause.h"
#include "base/clock.h"
#include "net/ip.h"

/*
 * dial - connects
 *
 * BY_NOTHING: *fd is a connected socket, owned by the caller; it does not
 * block, is closed on exec, and sends small writes at once (TCP_NODELAY).
 * BY_SYSTEM: it cannot be had; *err has errno.  BY_TIMEOUT: not in time.
 * BY_LACK: this host has no socket to spare; *err has errno.
 */
enum cause dial(int *fd, const struct endpoint *to, instant by, int *err);

#endif
