/*
 * realm_test - the realms of a DIGEST-MD5 challenge           [2831:2.1.1]
 *
 * REQ: AUTH-13
 */
#include "base/check.h"
#include "mail/realm.h"

#define only(challenge, wanted, want)                                          \
	only_at(*state, HERE, SPAN(challenge), wanted, want)

static void
only_at(struct check *s, struct place at, struct span challenge,
    const char *wanted, const char *want)
{
	struct buf b;

	buf_init(&b, s->arena, SIZE_MAX);
	realm_only(&b, challenge, span_of(wanted));
	check_text(at, buf_span(&b), want);
}

/* Nothing to choose from: it stays as it is. */
#define same(challenge) only(challenge, "b", challenge)

static void
test_realm(void **state)
{
	same("");
	same("nonce=\"x\",qop=\"auth\"");
	same("realm=\"a\",nonce=\"x\"");
	same("nonce=\"x\", realm=\"a\"");
	same("rubbish");
	same("realm=a,realm=b");
	same("nonce=\"realm=\\\"b\\\",realm=\\\"c\\\"\",realm=\"a\"");

	only("realm=\"a\",realm=\"b\",nonce=\"x\"", "b",
	    "realm=\"b\",nonce=\"x\"");
	only("realm=\"a\",realm=\"b\",nonce=\"x\"", "a",
	    "realm=\"a\",nonce=\"x\"");
	only("realm=\"a\",realm=\"b\",nonce=\"x\"", "c",
	    "realm=\"a\",nonce=\"x\"");
	only("realm=\"a\",nonce=\"x,y\", REALM=\"B\" ,qop=\"auth\"", "b",
	    "nonce=\"x,y\",REALM=\"B\" ,qop=\"auth\"");
	only("realm=\"a,b\",realm=\"c\"", "c", "realm=\"c\"");
	/* The same twice is one. */
	only("realm=\"a\",realm=\"a\"", "a", "realm=\"a\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { CHECK(test_realm) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
