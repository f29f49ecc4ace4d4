/*
 * sasl_hmac - the relatives of CRAM-MD5                           [2195:2]
 *
 * The response to a challenge is the user, a space, and in hex the HMAC of
 * the challenge with the password for a key.
 */
#include "base/digest.h"
#include "base/module.h"
#include "proto/sasl.h"

#include <string.h>

struct sasl {
	const struct sasl_facts *facts;
	const struct digest_module *digests;
	bool answered;
};

/*
 * hmac_begin - begins an exchange
 */
static struct sasl *
hmac_begin(const struct sasl_facts *f, struct arena *a, struct span *why)
{
	struct sasl *s = arena_zero(a, sizeof(*s));

	s->facts = f;
	s->digests = module_open("digest", why, a);
	return s->digests != NULL ? s : NULL;
}

/*
 * hmac_step - answers the challenge
 */
static enum sasl_result
hmac_step(struct sasl *s, struct span challenge, struct buf *response,
    struct span *why)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[DIGEST_MAX];
	size_t n;

	if (s->answered)
		return SASL_NO_SENSE;
	s->answered = true;
	n = s->digests->hmac(
	    digest, s->facts->mechanism->digest, s->facts->secret, challenge);
	if (n == 0) {
		*why = SPAN("OpenSSL lacks the digest");
		return SASL_LACK;
	}
	buf_put(response, s->facts->user);
	buf_putc(response, ' ');
	for (size_t i = 0; i < n; i++) {
		buf_putc(response, hex[digest[i] >> 4]);
		buf_putc(response, hex[digest[i] & 15]);
	}
	explicit_bzero(digest, sizeof(digest));
	return SASL_DONE;
}

/*
 * hmac_end - nothing is held
 */
static void
hmac_end(struct sasl *s)
{
	(void)s;
}

const struct sasl_maker sasl_hmac = { hmac_begin, hmac_step, hmac_end };
