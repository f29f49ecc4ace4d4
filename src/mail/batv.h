/*
 * batv - senders with a tag that proves a bounce
 *
 * "prvs=KDDDhhhhhh=sender": K is the method, DDD a day, modulo 1000, and
 * hhhhhh the beginning of a digest of KDDD and the sender with a key.  A
 * bounce that comes to such an address, and verifies, is of mail that we sent.
 *
 * Addresses are as qmail has them, without quotes.
 */
#ifndef MAIL_BATV_H
#define MAIL_BATV_H

#include "base/buf.h"
#include "base/digest.h"

enum {
	/* Days that a tag is good for, unless told otherwise, and at most. */
	BATV_DAYS = 7,
	BATV_DAYS_MAX = 999,
};

enum batv_method {
	/* MD5 of KDDD, sender and key; DDD is the day of signing. */
	BATV_MD5,
	/* HMAC-SHA1 of KDDD and sender; DDD is the last day. */
	BATV_HMAC_SHA1,
};

/* What signing and verifying go by.                                  value */
struct batv_terms {
	const struct digest_module *digest;
	struct span key;
	/* Days since 1970 began. */
	uint64_t today;
	/* How many days a tag is good for, up to BATV_DAYS_MAX. */
	unsigned days;
};

enum batv_verdict {
	BATV_GOOD,
	/* There is no tag. */
	BATV_NONE,
	/* What looks like a tag is none, or is not of this key and sender. */
	BATV_BAD,
	/* Its time is over. */
	BATV_STALE,
	/* There is no such digest here, so nobody can tell. */
	BATV_UNKNOWN,
};

/* The method of a name, "md5" or "hmac-sha1"; false if there is none. */
bool batv_method(enum batv_method *, struct span name);

/* Whether a sender has a tag, of whatever scheme that calls itself "prvs". */
bool batv_is_signed(struct span sender);

/*
 * batv_put - adds the sender with a tag
 *
 * False, and nothing added, if there is no such digest here.
 */
bool batv_put(struct buf *, struct span sender, enum batv_method,
    const struct batv_terms *);

/*
 * batv_verify - whether a tag is good, by whichever method it was made
 *
 * Unless there is no tag, or none that can be read, *sender is the address
 * without it, part of the address, and *since the days from DDD to today,
 * modulo 1000.  Staleness comes before everything else.
 */
enum batv_verdict batv_verify(struct span *sender, unsigned *since,
    struct span address, const struct batv_terms *, struct arena *);

#endif
