/*
 * dsn_test - which notifications a message asks for               [3461]
 *
 * REQ: MSG-08
 */
#include "base/check.h"
#include "mail/dsn.h"

typedef bool check_function(struct span *, struct span, struct arena *);

#define good(...) good_at(HERE, check_arena(state), __VA_ARGS__)
#define bad(f, text) bad_at(HERE, check_arena(state), f, SPAN(text))

static void
good_at(struct place at, struct arena *a, check_function *f, const char *text,
    const char *want)
{
	struct span got;

	check_true(at, f(&got, span_of(text), a), text);
	check_text(at, got, want);
}

static void
bad_at(struct place at, struct arena *a, check_function *f, struct span text)
{
	struct span got = SPAN("untouched");

	check_true(at, !f(&got, text, a), text.p);
	check_text(at, got, "untouched");
}

/* A text of n letters, and one more. */
static const char *
letters(void **state, const char *before, size_t n, const char *after)
{
	size_t room = strlen(before) + n + strlen(after) + 1;
	char *text = arena_zero(check_arena(state), room);

	strcpy(text, before);
	memset(text + strlen(before), 'x', n);
	strcat(text, after);
	return text;
}

static void
test_ret(void **state)
{
	good(dsn_ret, "FULL", "FULL");
	good(dsn_ret, "hdrs", "HDRS");
	bad(dsn_ret, "");
	bad(dsn_ret, "HEADERS");
	bad(dsn_ret, "FULL ");
	bad(dsn_ret, "FULL,HDRS");
}

static void
test_envid(void **state)
{
	good(dsn_envid, "QQ314159", "QQ314159");
	good(dsn_envid, "a=b+c d", "a+3Db+2Bc+20d");
	good(dsn_envid, letters(state, "", 100, ""),
	    letters(state, "", 100, ""));
	good(dsn_envid, letters(state, "", 97, "="),
	    letters(state, "", 97, "+3D"));
	bad(dsn_envid, "");
	bad(dsn_envid, "a\nRCPT TO:<x>");
	bad(dsn_envid, "a\0b");
	bad(dsn_envid, "caf\xc3\xa9");
	bad_at(HERE, check_arena(state), dsn_envid,
	    span_of(letters(state, "", 101, "")));
	bad_at(HERE, check_arena(state), dsn_envid,
	    span_of(letters(state, "", 98, "=")));
}

static void
test_notify(void **state)
{
	good(dsn_notify, "NEVER", "NEVER");
	good(dsn_notify, "never", "NEVER");
	good(dsn_notify, "Success", "SUCCESS");
	good(dsn_notify, "DELAY,failure", "DELAY,FAILURE");
	good(dsn_notify, "SUCCESS,FAILURE,DELAY", "SUCCESS,FAILURE,DELAY");
	bad(dsn_notify, "");
	bad(dsn_notify, "ALWAYS");
	bad(dsn_notify, "SUCCESS,");
	bad(dsn_notify, ",SUCCESS");
	bad(dsn_notify, "SUCCESS,,DELAY");
	bad(dsn_notify, "SUCCESS, DELAY");
	bad(dsn_notify, "DELAY,DELAY");
	/* It stands alone. */
	bad(dsn_notify, "NEVER,DELAY");
	bad(dsn_notify, "DELAY,NEVER");
}

static void
test_orcpt(void **state)
{
	good(dsn_orcpt, "rfc822;bob@example.org", "rfc822;bob@example.org");
	good(dsn_orcpt, "rfc822;bob+lists@example.org",
	    "rfc822;bob+2Blists@example.org");
	good(dsn_orcpt, "x400;/S=bob/;x", "x400;/S+3Dbob/;x");
	good(dsn_orcpt, "utf-8;caf\\x{E9}@example.org",
	    "utf-8;caf\\x{E9}@example.org");
	good(dsn_orcpt, letters(state, "rfc822;", 493, ""),
	    letters(state, "rfc822;", 493, ""));
	bad(dsn_orcpt, "");
	bad(dsn_orcpt, "bob@example.org");
	bad(dsn_orcpt, ";bob@example.org");
	bad(dsn_orcpt, "rfc822;");
	bad(dsn_orcpt, "rfc 822;bob@example.org");
	bad(dsn_orcpt, "rfc822 NOTIFY=NEVER;bob@example.org");
	bad(dsn_orcpt, "rfc822;bob@example.org\r\nDATA");
	bad(dsn_orcpt, "rfc822;b\xc3\xb6"
	               "b@example.org");
	bad_at(HERE, check_arena(state), dsn_orcpt,
	    span_of(letters(state, "rfc822;", 494, "")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_ret),
		CHECK(test_envid),
		CHECK(test_notify),
		CHECK(test_orcpt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
