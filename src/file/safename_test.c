/*
 * safename_test - names from outside that become part of a file name
 *
 * REQ: TLS-11
 */
#include "base/check.h"
#include "file/safename.h"

#define good(...) good_at(HERE, check_arena(state), __VA_ARGS__)
#define bad(...) bad_at(HERE, check_arena(state), __VA_ARGS__)

/* In lower case the one, as it is written the other. */
static void
good_at(struct place at, struct arena *a, const char *name, const char *lower,
    const char *same)
{
	struct span got;

	check_true(at, safename(&got, span_of(name), true, a), name);
	check_text(at, got, lower);
	check_true(at, safename(&got, span_of(name), false, a), name);
	check_text(at, got, same);
}

static void
bad_at(struct place at, struct arena *a, struct span name)
{
	struct span got;

	check_true(at, !safename(&got, name, true, a), "in lower case");
	check_true(at, !safename(&got, name, false, a), "as it is");
}

static void
test_names(void **state)
{
	good("mx1.example.org", "mx1.example.org", "mx1.example.org");
	good("MX1.Example.ORG", "mx1.example.org", "MX1.Example.ORG");
	/* One dot at the end is none of the name. */
	good("Example.org.", "example.org", "Example.org");
	good("localhost", "localhost", "localhost");
	good("a", "a", "a");
	good("192.0.2.1", "192.0.2.1", "192.0.2.1");
	good("xn--mller-kva.example", "xn--mller-kva.example",
	    "xn--mller-kva.example");
	good("_25._tcp.example.org", "_25._tcp.example.org",
	    "_25._tcp.example.org");
	/* Ugly, but it stays where it is put. */
	good("a..b", "a..b", "a..b");
	good("-rf", "-rf", "-rf");
}

static void
test_no_names(void **state)
{
	bad(SPAN(""));
	bad(SPAN("."));
	bad(SPAN(".."));
	bad(SPAN("..."));
	bad(SPAN(".example.org"));
	bad(SPAN("../smtproutes"));
	bad(SPAN("a/../../etc/passwd"));
	bad(SPAN("/etc/passwd"));
	bad(SPAN("example.org/"));
	bad(SPAN("[192.0.2.1]"));
	bad(SPAN("2001:db8::1"));
	bad(SPAN("example.org\0"));
	bad(SPAN("\0"));
	bad(SPAN("m\xc3\xbcller.example"));
	bad(SPAN("example.org "));
	bad(SPAN("$(id)"));
	bad(SPAN("a\nb"));
}

static void
test_every_byte(void **state)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-_.";

	for (int c = 0; c < 256; c++) {
		char name[] = { 'a', (char)c, 'b' };
		struct span got;
		bool ok = c != 0 && strchr(allowed, c) != NULL;

		assert_int_equal(safename(&got, (struct span){ name, 3 }, false,
		                     check_arena(state)),
		    ok);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_names),
		CHECK(test_no_names),
		CHECK(test_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
