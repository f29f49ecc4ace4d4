/*
 * auth_policy_test - which mechanisms a login may use
 *
 * REQ: AUTH-02 AUTH-03 AUTH-08
 */
#include "base/buf.h"
#include "base/check.h"
#include "file/settings.h"
#include "policy/auth_policy.h"

#define ALL ((UINT32_C(1) << MECHANISMS) - 1)
#define SHA1_SALTED "1d96ee3a529b5a5f9e47c01f229a2cb8a6e15f7d"
#define SHA256_SALTED                                                          \
	"c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d"

/* The names of a set, for a person. */
static struct span
names(struct check *s, uint32_t set)
{
	struct buf b;

	buf_init(&b, s->arena, SIZE_MAX);
	for (unsigned i = 0; i < MECHANISMS; i++) {
		if ((set & UINT32_C(1) << i) == 0)
			continue;
		if (b.n > 0)
			buf_putc(&b, ' ');
		buf_puts(&b, mechanism_at(i)->name);
	}
	return buf_span(&b);
}

/* What is allowed in clear, and in TLS. */
#define allows(clear, tls, ...)                                                \
	allows_at(*state, HERE, clear, tls, (struct auth_facts){ __VA_ARGS__ })

static void
allows_at(struct check *s, struct place at, const char *clear, const char *tls,
    struct auth_facts f)
{
	struct mechanisms_allowed m = auth_policy(&f);

	check_text(at, names(s, m.in_clear), clear);
	check_text(at, names(s, m.in_tls), tls);
}

#define CRAMS                                                                  \
	"CRAM-RIPEMD CRAM-SHA512 CRAM-SHA384 CRAM-SHA256 CRAM-SHA224 "         \
	"CRAM-SHA1 CRAM-MD5"
#define SHOWING "LOGIN PLAIN XOAUTH2 OAUTHBEARER"
#define UNBOUND "SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 " CRAMS
#define PROVING                                                                \
	"SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 "       \
	"DIGEST-MD5 " CRAMS

static void
test_any(void **state)
{
	allows(UNBOUND " " SHOWING, PROVING " " SHOWING, .secure = false);
	allows(UNBOUND " " SHOWING, PROVING " " SHOWING, .named = SPAN("any"));
	allows(UNBOUND " " SHOWING, PROVING " " SHOWING, .named = SPAN("ANY"));
	allows(UNBOUND, PROVING " " SHOWING, .secure = true);
	allows("", "", .disabled = ALL);
}

static void
test_named(void **state)
{
	allows("PLAIN", "PLAIN", .named = SPAN("PLAIN"));
	allows("PLAIN", "PLAIN", .named = SPAN("plain"));
	allows("", "PLAIN", .named = SPAN("plain"), .secure = true);
	allows("", "OAUTHBEARER", .named = SPAN("OAuthBearer"), .secure = true);
	allows(
	    "CRAM-MD5", "CRAM-MD5", .named = SPAN("CRAM-MD5"), .secure = true);
	allows("", "SCRAM-SHA-1-PLUS", .named = SPAN("SCRAM-SHA-1-PLUS"));
	allows("", "EXTERNAL", .named = SPAN("external"));
	allows("", "", .named = SPAN("GSSAPI"));
	allows("", "", .named = SPAN("PLAIN LOGIN"));
	/* What is forbidden stays so, though it is named. */
	allows("", "", .named = SPAN("PLAIN"), .disabled = ALL);
}

static void
test_disabled(void **state)
{
	/* Each by itself, chosen or named, and no other. */
	for (unsigned i = 0; i < MECHANISMS; i++) {
		struct auth_facts f = { .secret = SPAN("pw"),
			.disabled = UINT32_C(1) << i };
		struct mechanisms_allowed m = auth_policy(&f);

		assert_int_equal((m.in_tls | m.in_clear) & f.disabled, 0);
		for (unsigned k = 0; k < MECHANISMS; k++) {
			uint32_t bit = UINT32_C(1) << k;

			f.named = span_of(mechanism_at(k)->name);
			m = auth_policy(&f);
			assert_int_equal(m.in_tls, k == i ? 0 : bit);
		}
	}
	(void)state;
}

static void
test_salted(void **state)
{
	allows("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS SCRAM-SHA-1", .salted = true,
	    .secret = SPAN(SHA1_SALTED));
	allows("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS SCRAM-SHA-256",
	    .salted = true, .secret = SPAN(SHA256_SALTED));
	/* It is never shown, whatever is named. */
	allows("", "", .salted = true, .named = SPAN("PLAIN"),
	    .secret = SPAN(SHA1_SALTED));
	allows("", "", .salted = true, .named = SPAN("SCRAM-SHA-256"),
	    .secret = SPAN(SHA1_SALTED));
	allows("SCRAM-SHA-1", "SCRAM-SHA-1", .salted = true,
	    .named = SPAN("SCRAM-SHA-1"), .secret = SPAN(SHA1_SALTED));
	/* Of another length, or not of hex: it is the password. */
	allows(UNBOUND " " SHOWING, PROVING " " SHOWING, .salted = true,
	    .secret = SPAN("pw"));
	allows("PLAIN", "PLAIN", .salted = true, .named = SPAN("PLAIN"),
	    .secret = SPAN("x" SHA1_SALTED));
	allows("PLAIN", "PLAIN", .salted = true, .named = SPAN("PLAIN"),
	    .secret = SPAN("xx96ee3a529b5a5f9e47c01f229a2cb8a6e15f7d"));
	/* What looks like one is a password if nobody says otherwise. */
	allows("PLAIN", "PLAIN", .named = SPAN("PLAIN"),
	    .secret = SPAN(SHA1_SALTED));
}

/* Whether a switch of this name is declared. */
static bool
is_switch(const char *name)
{
	for (int i = 0; i < SETTINGS; i++) {
		const struct setting_row *row = settings_row(i);

		if (row->env != NULL && strcmp(row->env, name) == 0)
			return strcmp(row->type, "switch") == 0;
	}
	return false;
}

static void
test_variables(void **state)
{
	(void)state;
	/* What forbids a mechanism is declared as a setting. */
	for (unsigned i = 0; i < MECHANISMS; i++) {
		const struct mechanism *m = mechanism_at(i);

		if (m->by_name_only)
			continue;
		assert_non_null(m->disabled_by);
		assert_true(is_switch(m->disabled_by));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_any),
		CHECK(test_named),
		CHECK(test_disabled),
		CHECK(test_salted),
		cmocka_unit_test(test_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
