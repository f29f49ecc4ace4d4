/*
 * batv - senders with a tag that proves a bounce
 */
#include "mail/batv.h"

#include "base/compiler.h"

#include <stdint.h>

enum {
	/* K, DDD, and the digest's bytes in hex. */
	STAMP = 4,
	DIGEST = 3,
	TAG = STAMP + 2 * DIGEST,
	/* Days are counted modulo this. */
	CYCLE = 1000,
};

static const struct span prefix = { "prvs=", 5 };

static const struct scheme {
	const char *name;
	char k;
} schemes[] = {
	[BATV_MD5] = { "md5", '0' },
	[BATV_HMAC_SHA1] = { "hmac-sha1", '1' },
};

/*
 * batv_method - the method of a name
 */
bool
batv_method(enum batv_method *out, struct span name)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		if (span_equal_nocase(name, span_of(schemes[i].name))) {
			*out = (enum batv_method)i;
			return true;
		}
	}
	return false;
}

/*
 * method_of - the method that a tag names by its first character
 */
static bool
method_of(enum batv_method *out, char k)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		if (schemes[i].k == k) {
			*out = (enum batv_method)i;
			return true;
		}
	}
	return false;
}

/*
 * batv_is_signed - whether a sender has a tag
 */
bool
batv_is_signed(struct span sender)
{
	return span_begins(sender, prefix);
}

/*
 * put_tag - adds stamp and digest; false if there is no such digest here
 */
static bool
put_tag(struct buf *out, enum batv_method m, struct span stamp,
    struct span sender, const struct batv_terms *t)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[DIGEST_MAX];
	struct buf b;
	size_t n;

	buf_init(&b, out->arena, SIZE_MAX);
	buf_put(&b, stamp);
	buf_put(&b, sender);
	if (m == BATV_HMAC_SHA1) {
		n = t->digest->hmac(digest, "SHA1", t->key, buf_span(&b));
	} else {
		buf_put(&b, t->key);
		n = t->digest->hash(digest, "MD5", buf_span(&b));
	}
	if (n < DIGEST)
		return false;
	buf_put(out, stamp);
	for (size_t i = 0; i < DIGEST; i++) {
		buf_putc(out, hex[digest[i] >> 4]);
		buf_putc(out, hex[digest[i] & 15]);
	}
	return true;
}

/*
 * batv_put - adds the sender with a tag
 */
bool
batv_put(struct buf *out, struct span sender, enum batv_method m,
    const struct batv_terms *t)
{
	uint64_t day = t->today;
	char stamp[STAMP];
	struct buf tag;

	if (m == BATV_HMAC_SHA1)
		day += t->days;
	stamp[0] = schemes[m].k;
	stamp[1] = (char)('0' + day / 100 % 10);
	stamp[2] = (char)('0' + day / 10 % 10);
	stamp[3] = (char)('0' + day % 10);
	buf_init(&tag, out->arena, TAG);
	if (!put_tag(&tag, m, (struct span){ stamp, STAMP }, sender, t))
		return false;
	buf_put(out, prefix);
	buf_put(out, buf_span(&tag));
	buf_putc(out, '=');
	buf_put(out, sender);
	return true;
}

/*
 * parse_day - DDD
 */
static bool
parse_day(unsigned *out, struct span digits)
{
	*out = 0;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)(digits.p[i] - '0');
	}
	return true;
}

/*
 * batv_verify - whether a tag is good
 *
 * The sender may have a '=' of its own.
 */
enum batv_verdict
batv_verify(struct span *sender, unsigned *since, struct span address,
    const struct batv_terms *t, struct arena *a)
{
	struct span rest = span_tail(address, prefix.n), tag;
	enum batv_method m;
	unsigned day, days;
	struct buf right;

	if (!batv_is_signed(address))
		return BATV_NONE;
	tag = span_cut(&rest, '=');
	if (tag.n != TAG || rest.n == 0 || !method_of(&m, tag.p[0]) ||
	    !parse_day(&day, span_tail(span_head(tag, STAMP), 1)))
		return BATV_BAD;
	*sender = rest;
	*since = (unsigned)((t->today % CYCLE + CYCLE - day) % CYCLE);
	days = m == BATV_HMAC_SHA1 ? (CYCLE - *since) % CYCLE : *since;
	if (days > t->days)
		return BATV_STALE;
	buf_init(&right, a, TAG);
	if (!put_tag(&right, m, span_head(tag, STAMP), rest, t))
		return BATV_UNKNOWN;
	return span_equal_nocase(buf_span(&right), tag) ? BATV_GOOD : BATV_BAD;
}
