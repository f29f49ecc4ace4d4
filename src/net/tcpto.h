/*
 * tcpto - addresses that lately failed
 *
 * The timeout table is a file of fixed size that all deliveries of a queue
 * share: it is never created or grown here, and a missing or unusable one
 * only means that nothing is remembered.                confined
 */
#ifndef NET_TCPTO_H
#define NET_TCPTO_H

#include "base/arena.h"
#include "net/ip.h"

/* How a record is laid out. */
enum tcpto_layout {
	/* 32 bytes, IPv4 and IPv6. */
	TCPTO_WIDE,
	/* 16 bytes, IPv4 only: that of qmail 1.03. */
	TCPTO_CLASSIC,
};

struct tcpto;

/* The table below the queue directory; NULL if it cannot be used. */
struct tcpto *tcpto_open(
    const char *queuedir, enum tcpto_layout, struct arena *);

/*
 * Whether the address is to be left in peace: it failed twice or more, the
 * last time less than penalty seconds ago.  Up to half of the penalty more
 * is added, by record, so that not all return at once.  now: seconds since
 * 1970.  False if penalty is 0 or t is NULL.
 */
bool tcpto_recent(
    struct tcpto *t, const struct ip *, uint64_t penalty, int64_t now);

/*
 * Notes a failure.  It counts only if tolerance seconds have passed since
 * the last that counted.  A full table loses its stalest record.
 */
void tcpto_failed(
    struct tcpto *t, const struct ip *, uint64_t tolerance, int64_t now);

/* Notes a success: the address is forgotten. */
void tcpto_worked(struct tcpto *t, const struct ip *);

#endif
