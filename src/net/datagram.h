/*
 * datagram - questions over UDP, by a deadline, and who answers them
 */
#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include "base/cause.h"
#include "base/clock.h"
#include "net/ip.h"

/*
 * datagram_ask - sends one question, and waits for an answer of n bytes
 *
 * Answers of another length are passed over.  BY_NOTHING: answer has it.
 * BY_TIMEOUT: none came in time.  BY_SYSTEM: it cannot be asked, or nobody
 * is there; *err has errno.
 */
enum cause datagram_ask(char *answer, size_t n, const struct endpoint *to,
    struct span question, instant by, int *err);

/* Sends one datagram, and waits for nothing; whether it went. */
bool datagram_tell(const struct endpoint *to, struct span text);

/*
 * datagram_listen - a socket for those who ask
 *
 * BY_NOTHING: *fd is owned by the caller, does not block, and is closed on
 * exec.  BY_SYSTEM: *err has errno.
 */
enum cause datagram_listen(int *fd, const struct endpoint *at, int *err);

#endif
