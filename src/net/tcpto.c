/*
 * tcpto - addresses that lately failed
 *
 * Every use takes the lock, reads the table, and writes at most one record
 * back in place; so two deliveries at once cannot tear one.
 */
#include "net/tcpto.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
	RECORDS = 64,
	/* How often a table that is locked is tried again, and after how many
	 * milliseconds; then it is as a missing one. */
	TRIES_MAX = 100,
	TRY_AGAIN = 10,
	WIDE = 32,
	CLASSIC = 16,
	COUNT_MAX = 10,
	/* A record's count weighs as much as this many seconds of its age. */
	COUNT_WEIGHT = 1024,
	/* Offsets within a record, the same in both layouts but the address. */
	AT_FAMILY_BYTE = 0,
	AT_COUNT_BYTE = 4,
	AT_TIME_BYTES = 8,
	AT_WIDE_ADDRESS = 16,
};

struct tcpto {
	int fd;
	enum tcpto_layout layout;
	/* Bytes of a record. */
	size_t size;
	/* The address that was just found to have no record; family 0: none. */
	struct ip absent;
	/* Whole records in the table as it was read. */
	size_t n;
	unsigned char table[RECORDS * WIDE];
};

/*
 * tcpto_path - the path of the table below the queue directory
 */
const char *
tcpto_path(const char *queuedir, struct arena *a)
{
	static const char name[] = "/lock/tcpto";
	size_t n = strlen(queuedir);
	char *path = arena_take(a, n + sizeof(name));

	memcpy(path, queuedir, n);
	memcpy(path + n, name, sizeof(name));
	return path;
}

/*
 * open_table - opens a table as the flags say; false if it cannot be
 */
static bool
open_table(
    struct tcpto *t, const char *path, int flags, enum tcpto_layout layout)
{
	t->fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	t->layout = layout;
	t->size = layout == TCPTO_CLASSIC ? CLASSIC : WIDE;
	t->n = 0;
	t->absent.family = 0;
	return t->fd >= 0;
}

/*
 * tcpto_open - the table below the queue directory
 */
struct tcpto *
tcpto_open(const char *queuedir, enum tcpto_layout layout, struct arena *a)
{
	const char *path = tcpto_path(queuedir, a);
	struct tcpto *t = arena_take(a, sizeof(*t));

	return open_table(t, path, O_RDWR, layout) ? t : NULL;
}

/*
 * lock - takes the lock and reads the table; false if either fails
 */
static bool
lock(struct tcpto *t)
{
	ssize_t n;

	for (int tries = 0; flock(t->fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		/* Whoever may read the table may hold it for ever. */
		if (errno != EWOULDBLOCK || tries == TRIES_MAX)
			return false;
		(void)poll(NULL, 0, TRY_AGAIN);
	}
	n = pread(t->fd, t->table, RECORDS * t->size, 0);
	if (n < 0) {
		(void)flock(t->fd, LOCK_UN);
		return false;
	}
	t->n = (size_t)n / t->size;
	return true;
}

/*
 * unlock - writes the record back, unless NULL, and gives the lock up
 */
static void
unlock(struct tcpto *t, const unsigned char *record)
{
	if (record != NULL &&
	    pwrite(t->fd, record, t->size, record - t->table) < 0) {
		/* Not remembered, that is all. */
	}
	(void)flock(t->fd, LOCK_UN);
}

/*
 * when - the time of a record
 */
static uint32_t
when(const unsigned char *r)
{
	return (uint32_t)r[AT_TIME_BYTES] |
	       (uint32_t)r[AT_TIME_BYTES + 1] << 8 |
	       (uint32_t)r[AT_TIME_BYTES + 2] << 16 |
	       (uint32_t)r[AT_TIME_BYTES + 3] << 24;
}

/*
 * is_about - whether a record is that of the address
 */
static bool
is_about(const struct tcpto *t, const unsigned char *r, const struct ip *ip)
{
	size_t n = ip->family == AF_INET ? 4 : 16;

	if (t->layout == TCPTO_CLASSIC)
		return ip->family == AF_INET && memcmp(r, ip->b, 4) == 0;
	return r[AT_FAMILY_BYTE] == ip->family &&
	       memcmp(r + AT_WIDE_ADDRESS, ip->b, n) == 0;
}

/*
 * find - the record of the address, in use or not; NULL if there is none
 */
static unsigned char *
find(struct tcpto *t, const struct ip *ip)
{
	for (size_t i = 0; i < t->n; i++) {
		unsigned char *r = t->table + i * t->size;

		if (r[AT_COUNT_BYTE] > 0 && is_about(t, r, ip))
			return r;
	}
	return NULL;
}

/*
 * stalest - a free record, else the one that can best be spared
 */
static unsigned char *
stalest(struct tcpto *t)
{
	unsigned char *best = NULL;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < t->n; i++) {
		unsigned char *r = t->table + i * t->size;
		uint64_t weight =
		    r[AT_COUNT_BYTE] == 0
		        ? 0
		        : (uint64_t)when(r) +
		              (uint64_t)r[AT_COUNT_BYTE] * COUNT_WEIGHT;

		if (weight < least) {
			least = weight;
			best = r;
		}
	}
	return best;
}

/*
 * extra - the same share of half the penalty for the same record
 */
static uint64_t
extra(const struct ip *ip, uint32_t time, uint64_t penalty)
{
	uint32_t h = time * 2654435761U;

	for (size_t i = 0; i < sizeof(ip->b); i++)
		h = (h ^ ip->b[i]) * 16777619U;
	return (h >> 8) % (penalty / 2 + 1);
}

/*
 * tcpto_recent - whether the address is to be left in peace
 */
bool
tcpto_recent(
    struct tcpto *t, const struct ip *ip, uint64_t penalty, int64_t now)
{
	const unsigned char *r;
	bool recent = false;

	if (t == NULL || penalty == 0 || !lock(t))
		return false;
	r = find(t, ip);
	if (r == NULL)
		t->absent = *ip;
	if (r != NULL && r[AT_COUNT_BYTE] >= 2) {
		int64_t age = now - (int64_t)when(r);
		uint64_t rest;

		if (__builtin_add_overflow(
		        penalty, extra(ip, when(r), penalty), &rest))
			rest = UINT64_MAX;
		recent = (uint64_t)(age < 0 ? -age : age) < rest;
	}
	unlock(t, NULL);
	return recent;
}

/*
 * write_record - fills a record in
 */
static void
write_record(const struct tcpto *t, unsigned char *r, const struct ip *ip,
    unsigned char count, int64_t now)
{
	uint32_t time = (uint32_t)now;

	memset(r, 0, t->size);
	if (t->layout == TCPTO_CLASSIC) {
		memcpy(r, ip->b, 4);
	} else {
		r[AT_FAMILY_BYTE] = (unsigned char)ip->family;
		memcpy(r + AT_WIDE_ADDRESS, ip->b, 16);
	}
	r[AT_COUNT_BYTE] = count;
	for (int i = 0; i < 4; i++)
		r[AT_TIME_BYTES + i] = (unsigned char)(time >> 8 * i);
}

/*
 * tcpto_failed - notes a failure
 */
void
tcpto_failed(
    struct tcpto *t, const struct ip *ip, uint64_t tolerance, int64_t now)
{
	unsigned char count = 0;
	unsigned char *r;

	if (t == NULL || !lock(t))
		return;
	if (t->layout == TCPTO_CLASSIC && ip->family != AF_INET) {
		unlock(t, NULL);
		return;
	}
	/* Now it has a record, or will have. */
	t->absent.family = 0;
	r = find(t, ip);
	if (r != NULL) {
		int64_t age = now - (int64_t)when(r);

		count = r[AT_COUNT_BYTE];
		if (age >= 0 && (uint64_t)age < tolerance) {
			unlock(t, NULL);
			return;
		}
	} else {
		r = stalest(t);
	}
	if (r != NULL)
		write_record(t, r, ip,
		    count < COUNT_MAX ? (unsigned char)(count + 1) : COUNT_MAX,
		    now);
	unlock(t, r);
}

/*
 * tcpto_worked - the address is forgotten
 *
 * Nearly always there was nothing to forget a moment ago, and the table need
 * not be locked and read again.
 */
void
tcpto_worked(struct tcpto *t, const struct ip *ip)
{
	unsigned char *r;

	if (t == NULL || ip_equal(ip, &t->absent) || !lock(t))
		return;
	r = find(t, ip);
	if (r != NULL)
		r[AT_COUNT_BYTE] = 0;
	unlock(t, r);
}

/*
 * take_record - what the table has at one place; false if that is nothing
 *
 * The address is taken as it is written, so that an IPv4 address that IPv6
 * wraps is shown as what it is: a record that no lookup finds.
 */
static bool
take_record(
    struct tcpto_record *out, const struct tcpto *t, const unsigned char *r)
{
	bool classic = t->layout == TCPTO_CLASSIC;
	int family = classic ? AF_INET : r[AT_FAMILY_BYTE];

	if (r[AT_COUNT_BYTE] == 0 || (family != AF_INET && family != AF_INET6))
		return false;
	*out = (struct tcpto_record){
		.ip.family = family, .count = r[AT_COUNT_BYTE], .time = when(r)
	};
	memcpy(out->ip.b, classic ? r : r + AT_WIDE_ADDRESS,
	    family == AF_INET ? 4 : 16);
	return true;
}

/*
 * tcpto_list - the records in use
 */
enum cause
tcpto_list(struct tcpto_record **out, size_t *n, const char *path,
    enum tcpto_layout layout, struct arena *a, int *err)
{
	struct tcpto t;
	enum cause c = BY_SYSTEM;

	*n = 0;
	if (!open_table(&t, path, O_RDONLY, layout)) {
		*err = errno;
		return BY_SYSTEM;
	}
	if (lock(&t)) {
		c = BY_NOTHING;
		*out = arena_array(a, RECORDS, sizeof(**out));
		for (size_t i = 0; i < t.n; i++)
			if (take_record(&(*out)[*n], &t, t.table + i * t.size))
				++*n;
	}
	*err = errno;
	(void)close(t.fd);
	return c;
}

/*
 * tcpto_clear - forgets every address
 */
enum cause
tcpto_clear(const char *path, enum tcpto_layout layout, int *err)
{
	struct tcpto t;
	enum cause c = BY_SYSTEM;

	if (!open_table(&t, path, O_RDWR, layout)) {
		*err = errno;
		return BY_SYSTEM;
	}
	if (lock(&t)) {
		size_t size = t.n * t.size;
		ssize_t written;

		memset(t.table, 0, size);
		written = pwrite(t.fd, t.table, size, 0);
		if (written == (ssize_t)size)
			c = BY_NOTHING;
		else if (written >= 0)
			errno = EIO;
	}
	*err = errno;
	(void)close(t.fd);
	return c;
}
