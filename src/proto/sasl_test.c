/*
 * sasl_test - exchanges that RFCs have printed
 *
 * Linked with the module's code itself, and with a source of random bytes of
 * its own: a printed exchange has a nonce of its author's choosing.
 */
#include "base/base64.h"
#include "base/check.h"
#include "base/module.h"
#include "proto/sasl.h"

#include <sys/random.h>

/* What the library takes for random, in base64; it takes 18 bytes. */
static const char *nonce = "";

ssize_t
getrandom(void *out, size_t n, unsigned flags)
{
	struct arena *a = arena_new(check_no_memory);
	struct buf b;

	(void)flags;
	buf_init(&b, a, SIZE_MAX);
	assert_true(base64_get(&b, span_of(nonce)));
	memset(out, 'A', n);
	memcpy(out, b.p, b.n < n ? b.n : n);
	arena_free(a);
	return (ssize_t)n;
}

/* An exchange under way. */
struct play {
	struct sasl_facts facts;
	const struct sasl_maker *maker;
	struct sasl *sasl;
	struct arena *arena;
};

static void
begin(struct play *p, struct check *s, const char *mechanism, const char *user,
    const char *secret)
{
	struct span why = SPAN("");

	p->arena = s->arena;
	p->facts.mechanism = mechanism_at(mechanism_find(span_of(mechanism)));
	p->facts.user = span_of(user);
	p->facts.secret = span_of(secret);
	p->maker = p->facts.mechanism->maker == MADE_BY_LIBRARY
	               ? &qremote_sasl
	               : sasl_maker_of(p->facts.mechanism, s->arena, &why);
	p->sasl = p->maker->begin(&p->facts, s->arena, &why);
	assert_non_null(p->sasl);
}

#define says(p, challenge, result, response)                                   \
	says_at(HERE, p, SPAN(challenge), result, SPAN(response))

/* The response to a challenge. */
static void
says_at(struct place at, struct play *p, struct span challenge,
    enum sasl_result want, struct span response)
{
	struct span why = SPAN("");
	struct buf b;

	buf_init(&b, p->arena, SIZE_MAX);
	check_number(at, p->maker->step(p->sasl, challenge, &b, &why), want);
	check_span(at, buf_span(&b), response);
}

static void
end(struct play *p)
{
	p->maker->end(p->sasl);
}

static void
test_cram_md5(void **state)
{
	struct play p = { .arena = NULL };

	/* [2195:2] */
	begin(&p, *state, "CRAM-MD5", "tim", "tanstaaftanstaaf");
	says(&p, "<1896.697170952@postoffice.reston.mci.net>", SASL_DONE,
	    "tim b913a602c7eda7a495b4e6e7334d3890");
	says(&p, "more", SASL_NO_SENSE, "");
	end(&p);
}

static void
test_cram_sha1(void **state)
{
	struct check *s = *state;
	struct play p = { .arena = NULL };
	struct span why;

	/* A build that is to be installed finds its modules only then. */
	if (module_open("digest", &why, s->arena) == NULL)
		skip();
	/* By the HMAC of another implementation. */
	begin(&p, *state, "CRAM-SHA1", "tim", "tanstaaftanstaaf");
	says(&p, "<1896.697170952@postoffice.reston.mci.net>", SASL_DONE,
	    "tim 8cb10ed0a8b764ab0e05125dd6eaa295f19b5943");
	says(&p, "more", SASL_NO_SENSE, "");
	end(&p);
}

/* An exchange that is printed, up to its first message.          [5802:5] */
static void
begin_scram(struct play *p, struct check *s, const char *secret)
{
	nonce = "fyko+d2lbbFgONRv9qkxdawL";
	begin(p, s, "SCRAM-SHA-1", "user", secret);
	says(p, "", SASL_MORE, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
}

/* The challenge in it, and the proof that we know the password. */
static void
proves(struct play *p)
{
	says(p,
	    "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
	    "s=QSXCR+Q6sek8bf92,i=4096",
	    SASL_MORE,
	    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
	    "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
}

static void
test_scram_sha_1(void **state)
{
	struct play p = { .arena = NULL };

	begin_scram(&p, *state, "pencil");
	proves(&p);
	says(&p, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", SASL_DONE, "");
	says(&p, "", SASL_NO_SENSE, "");
	end(&p);
}

static void
test_scram_salted(void **state)
{
	struct play p = { .facts.salted = true };

	/* The same, with the password hashed by another implementation. */
	begin_scram(&p, *state, "1d96ee3a529b5a5f9e47c01f229a2cb8a6e15f7d");
	proves(&p);
	end(&p);
}

static void
test_scram_that_lies(void **state)
{
	struct play p = { .arena = NULL };
	struct check *s = *state;

	/* REQ: AUTH-12 */
	begin_scram(&p, s, "pencil");
	proves(&p);
	says(&p, "v=AAAApqV8S7suAoZWja4dJRkFsKQ=", SASL_DISTRUST, "");
	end(&p);
	/* More work than anybody wants done. */
	begin_scram(&p, s, "pencil");
	says(&p, "r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=1000001",
	    SASL_NO_SENSE, "");
	end(&p);
	/* Somebody else's nonce. */
	begin_scram(&p, s, "pencil");
	says(&p, "r=AAAA+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=4096",
	    SASL_DISTRUST, "");
	end(&p);
}

static void
test_scram_plus(void **state)
{
	struct play p = { .facts.binding = SPAN("binding"),
		.facts.binding_exported = true };

	nonce = "rOprNGfwEbeRWgbNEkqOAAAA";
	begin(&p, *state, "SCRAM-SHA-256-PLUS", "user", "pencil");
	says(&p, "", SASL_MORE,
	    "p=tls-exporter,,n=user,r=rOprNGfwEbeRWgbNEkqOAAAA");
	end(&p);
	p.facts.binding_exported = false;
	begin(&p, *state, "SCRAM-SHA-1-PLUS", "us,er=", "pencil");
	says(&p, "", SASL_MORE,
	    "p=tls-unique,,n=us=2Cer=3D,r=rOprNGfwEbeRWgbNEkqOAAAA");
	end(&p);
}

static void
test_shown(void **state)
{
	struct play p = { .arena = NULL };

	/* REQ: AUTH-10 */
	/* [4616:4] */
	begin(&p, *state, "PLAIN", "tim", "tanstaaftanstaaf");
	says(&p, "", SASL_DONE, "\0tim\0tanstaaftanstaaf");
	end(&p);
	begin(&p, *state, "LOGIN", "tim", "tanstaaftanstaaf");
	says(&p, "Username:", SASL_MORE, "tim");
	says(&p, "Password:", SASL_DONE, "tanstaaftanstaaf");
	says(&p, "More:", SASL_NO_SENSE, "");
	end(&p);
}

static void
test_tokens(void **state)
{
	struct play p = { .facts.host = SPAN("server.example.com"),
		.facts.port = 143 };

	/* [7628:4.1] */
	begin(&p, *state, "OAUTHBEARER", "user@example.com",
	    "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
	says(&p, "", SASL_DONE,
	    "n,a=user@example.com,\001host=server.example.com\001port=143"
	    "\001auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
	    "\001\001");
	/* [7628:4.3] */
	says(&p, "{\"status\":\"invalid_token\"}", SASL_MORE, "\001");
	says(&p, "", SASL_NO_SENSE, "");
	end(&p);
	begin(&p, *state, "XOAUTH2", "us,er=", "token");
	says(&p, "", SASL_DONE, "user=us,er=\001auth=Bearer token\001\001");
	says(&p, "{\"status\":\"400\"}", SASL_MORE, "");
	end(&p);
	begin(&p, *state, "OAUTHBEARER", "us,er=", "token");
	says(&p, "", SASL_DONE,
	    "n,a=us=2Cer=3D,\001host=server.example.com\001port=143"
	    "\001auth=Bearer token\001\001");
	end(&p);
}

static void
test_certificate(void **state)
{
	struct play p = { .arena = NULL };

	/* [4422:A] */
	begin(&p, *state, "EXTERNAL", "fred@example.com", "-");
	says(&p, "", SASL_DONE, "fred@example.com");
	says(&p, "", SASL_NO_SENSE, "");
	end(&p);
	begin(&p, *state, "EXTERNAL", "-", "-");
	says(&p, "", SASL_DONE, "");
	end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_cram_md5),
		CHECK(test_cram_sha1),
		CHECK(test_scram_sha_1),
		CHECK(test_scram_salted),
		CHECK(test_scram_that_lies),
		CHECK(test_scram_plus),
		CHECK(test_shown),
		CHECK(test_tokens),
		CHECK(test_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
