/*
 * mechanism_test - the ways to log in
 */
#include "base/check.h"
#include "mail/mechanism.h"

static void
test_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MECHANISMS; i++) {
		const struct mechanism *m = mechanism_at(i);

		assert_int_equal(mechanism_find(span_of(m->name)), i);
		assert_int_equal(m->maker == MADE_BY_HMAC, m->digest != NULL);
		/* One that is bound to a session needs one. */
		assert_true(!m->bound || m->in_tls_only);
	}
}

static void
test_order(void **state)
{
	/* REQ: AUTH-02 */
	static const char *const names[MECHANISMS] = { "SCRAM-SHA-256-PLUS",
		"SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1",
		"DIGEST-MD5", "CRAM-RIPEMD", "CRAM-SHA512", "CRAM-SHA384",
		"CRAM-SHA256", "CRAM-SHA224", "CRAM-SHA1", "CRAM-MD5", "LOGIN",
		"PLAIN", "XOAUTH2", "OAUTHBEARER", "EXTERNAL" };

	(void)state;
	for (unsigned i = 0; i < MECHANISMS; i++)
		assert_string_equal(mechanism_at(i)->name, names[i]);
}

#define picks(words, name) picks_at(HERE, words, name)

static void
picks_at(struct place at, const char *words, const char *name)
{
	const struct mechanism *m =
	    mechanism_pick(mechanism_set(span_of(words)));

	check_text(at, span_of(m != NULL ? m->name : "none"), name);
}

static void
test_pick(void **state)
{
	(void)state;
	picks("", "none");
	picks("PLAIN", "PLAIN");
	picks("plain login", "LOGIN");
	picks("LOGIN PLAIN CRAM-MD5", "CRAM-MD5");
	picks("  PLAIN   Scram-Sha-1 ", "SCRAM-SHA-1");
	picks("GSSAPI NTLM", "none");
	picks("PLAINX CRAM", "none");
	picks("NTLM PLAIN GSSAPI", "PLAIN");
	picks("SCRAM-SHA-1-PLUS SCRAM-SHA-256", "SCRAM-SHA-256");
}

static void
test_bound(void **state)
{
	(void)state;
	assert_int_equal(mechanisms_bound(),
	    mechanism_set(SPAN("SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_pick),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
