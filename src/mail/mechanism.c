/*
 * mechanism - the ways to log in
 */
#include "mail/mechanism.h"

#include "base/compiler.h"

/* clang-format off */
static const struct mechanism table[] = {
{ "SCRAM-SHA-256-PLUS", "DISABLE_SCRAM_SHA256_PLUS", MADE_BY_LIBRARY,
	.salted = 64, .client_first = true, .in_tls_only = true, .bound = true },
{ "SCRAM-SHA-256",	"DISABLE_SCRAM_SHA256",	MADE_BY_LIBRARY,
	.salted = 64, .client_first = true },
{ "SCRAM-SHA-1-PLUS",	"DISABLE_SCRAM_SHA1_PLUS", MADE_BY_LIBRARY,
	.salted = 40, .client_first = true, .in_tls_only = true, .bound = true },
{ "SCRAM-SHA-1",	"DISABLE_SCRAM_SHA1",	MADE_BY_LIBRARY,
	.salted = 40, .client_first = true },
{ "DIGEST-MD5",		"DISABLE_DIGEST_MD5",	MADE_BY_LIBRARY,
	.has_realm = true },
{ "CRAM-RIPEMD",	"DISABLE_CRAM_RIPEMD",	MADE_BY_HMAC,
	.digest = "RIPEMD160" },
{ "CRAM-SHA512",	"DISABLE_CRAM_SHA512",	MADE_BY_HMAC,
	.digest = "SHA512" },
{ "CRAM-SHA384",	"DISABLE_CRAM_SHA384",	MADE_BY_HMAC,
	.digest = "SHA384" },
{ "CRAM-SHA256",	"DISABLE_CRAM_SHA256",	MADE_BY_HMAC,
	.digest = "SHA256" },
{ "CRAM-SHA224",	"DISABLE_CRAM_SHA224",	MADE_BY_HMAC,
	.digest = "SHA224" },
{ "CRAM-SHA1",		"DISABLE_CRAM_SHA1",	MADE_BY_HMAC,
	.digest = "SHA1" },
{ "CRAM-MD5",		"DISABLE_CRAM_MD5",	MADE_BY_LIBRARY },
{ "LOGIN",		"DISABLE_AUTH_LOGIN",	MADE_BY_LIBRARY, SHOWS_SECRET },
{ "PLAIN",		"DISABLE_AUTH_PLAIN",	MADE_BY_LIBRARY, SHOWS_SECRET,
	.client_first = true },
{ "XOAUTH2",		"DISABLE_AUTH_OAUTH2",	MADE_BY_TOKEN, SHOWS_SECRET,
	.client_first = true },
{ "OAUTHBEARER",	"DISABLE_AUTH_OAUTH2",	MADE_BY_TOKEN, SHOWS_SECRET,
	.client_first = true },
{ "EXTERNAL",		NULL,			MADE_BY_CERTIFICATE,
	.client_first = true, .in_tls_only = true, .by_name_only = true },
};
/* clang-format on */

_Static_assert(COUNT_OF(table) == MECHANISMS, "MECHANISMS is not their number");

/*
 * mechanism_at - the mechanism at an index
 */
const struct mechanism *
mechanism_at(unsigned index)
{
	return &table[index];
}

/*
 * mechanism_find - the index of a name
 */
unsigned
mechanism_find(struct span name)
{
	unsigned i = 0;

	while (
	    i < MECHANISMS && !span_equal_nocase(name, span_of(table[i].name)))
		i++;
	return i;
}

/*
 * mechanism_set - the set of those a list names
 */
uint32_t
mechanism_set(struct span words)
{
	uint32_t set = 0;

	while (words.n > 0) {
		unsigned i = mechanism_find(span_cut(&words, ' '));

		if (i < MECHANISMS)
			set |= UINT32_C(1) << i;
	}
	return set;
}

/*
 * mechanisms_bound - the set of those that are bound to a TLS session
 */
uint32_t
mechanisms_bound(void)
{
	uint32_t set = 0;

	for (unsigned i = 0; i < MECHANISMS; i++)
		if (table[i].bound)
			set |= UINT32_C(1) << i;
	return set;
}

/*
 * mechanism_pick - the strongest of a set
 */
const struct mechanism *
mechanism_pick(uint32_t set)
{
	for (unsigned i = 0; i < MECHANISMS; i++)
		if ((set & UINT32_C(1) << i) != 0)
			return &table[i];
	return NULL;
}
