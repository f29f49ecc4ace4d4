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
#include "base/cause.h"
#include "net/ip.h"

/* How a record is laid out. */
enum tcpto_layout {
	/* 32 bytes, IPv4 and IPv6. */
	TCPTO_WIDE,
	/* 16 bytes, IPv4 only: that of qmail 1.03. */
	TCPTO_CLASSIC,
};

struct tcpto;

/* The path of the table below the queue directory. */
const char *tcpto_path(const char *queuedir, struct arena *);

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

/* What the table has of one address.                    value */
struct tcpto_record {
	struct ip ip;
	/* How often it failed, and when it last did: seconds since 1970. */
	unsigned count;
	uint32_t time;
};

/*
 * tcpto_list - the records in use, in the order of the table
 *
 * BY_NOTHING: *out has *n of them, in memory of the arena.  BY_SYSTEM: the
 * table cannot be read; *err has errno.  Permission to read it is enough.
 */
enum cause tcpto_list(struct tcpto_record **out, size_t *n, const char *path,
    enum tcpto_layout, struct arena *, int *err);

/*
 * tcpto_clear - forgets every address; the file keeps its size
 *
 * BY_SYSTEM: it cannot be opened or written; *err has errno.
 */
enum cause tcpto_clear(const char *path, enum tcpto_layout, int *err);

#endif
