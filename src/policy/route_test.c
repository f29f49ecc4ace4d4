/*
 * route_test - where the postmaster wants a domain's mail to go
 *
 * REQ: RTE-01 RTE-02 RTE-03 RTE-05 RTE-09
 */
#include "base/buf.h"
#include "base/check.h"
#include "base/compiler.h"
#include "policy/route.h"

/* The route that a text has for a host. */
static enum route_result
find(struct route *out, struct arena *a, struct span text, const char *host,
    bool null_sender)
{
	struct route_table table = { .source = SPAN("routes"),
		.lines.rest = text };
	struct route_match match;

	route_match(&match, &table, span_of(host), null_sender, a);
	return route_parse(out, &match);
}

/* ---- which line ---- */

#define picks(text, host, null_sender, line, rule)                             \
	picks_at(HERE, check_arena(state), text, host, null_sender, line, rule)
#define none(text, host, null_sender)                                          \
	picks_at(HERE, check_arena(state), text, host, null_sender, 0, NULL)

/* The line of the text that decides, and its domain field. */
static void
picks_at(struct place at, struct arena *a, const char *text, const char *host,
    bool null_sender, unsigned line, const char *rule)
{
	struct route r;

	check_number(at, find(&r, a, span_of(text), host, null_sender),
	    rule != NULL ? ROUTE_FOUND : ROUTE_NONE);
	if (rule == NULL)
		return;
	check_text(at, r.why.file, "routes");
	check_number(at, r.why.line, line);
	check_text(at, r.why.rule, rule);
}

static void
test_exact(void **state)
{
	picks("a.org:r\n", "a.org", false, 1, "a.org");
	picks("b.org:r\na.org:r\n", "a.org", false, 2, "a.org");
	/* Without regard to case. */
	picks("A.Org:r\n", "a.oRG", false, 1, "A.Org");
	none("a.org:r\n", "b.org", false);
	none("a.org:r\n", "xa.org", false);
	none("a.org:r\n", "a.org.x", false);
	none("a.org:r\n", "x.a.org", false);
	none("a.org:r\n", "org", false);
	none("a.org:r\n", "", false);
	/* A host given by its address. */
	picks("[192.0.2.1]:r\n", "[192.0.2.1]", false, 1, "[192.0.2.1]");
	picks("[::1]:r\n", "[::1]", false, 1, "[::1]");
	none("[::1]:r\n", "[::2]", false);
}

static void
test_suffix(void **state)
{
	picks(".org:r\n", "a.org", false, 1, ".org");
	picks(".a.org:r\n", "b.c.A.ORG", false, 1, ".a.org");
	/* Not the suffix itself. */
	none(".a.org:r\n", "a.org", false);
	none(".a.org:r\n", "xa.org", false);
	/* The longest, wherever it stands. */
	picks(".org:r\n.b.org:r\n.a.b.org:r\n", "x.b.org", false, 2, ".b.org");
	picks(".b.org:r\n.org:r\n", "x.b.org", false, 1, ".b.org");
	/* The host itself before any suffix. */
	picks(".b.org:r\nx.b.org:r\n", "x.b.org", false, 2, "x.b.org");
	picks("x.b.org:r\n.b.org:r\n", "x.b.org", false, 1, "x.b.org");
}

static void
test_default(void **state)
{
	picks(":r\n", "a.org", false, 1, "");
	picks(":r\n", "", false, 1, "");
	picks(":r\n", "[192.0.2.1]", false, 1, "");
	picks(":r\na.org:r\n", "a.org", false, 2, "a.org");
	picks(":r\n.org:r\n", "a.org", false, 2, ".org");
	picks(".org:r\n:r\n", "a.net", false, 2, "");
}

static void
test_null_sender(void **state)
{
	/* REQ: CLI-10 */
	picks("!@:r\n", "a.org", true, 1, "!@");
	picks("a.org:r\n!@:r\n:r\n", "a.org", true, 2, "!@");
	none("!@:r\n", "a.org", false);
	picks("!@:r\n:r\n", "a.org", false, 2, "");
	/* Without a line of its own it goes with the rest. */
	picks("a.org:r\n", "a.org", true, 1, "a.org");
	picks(".org:r\n", "a.org", true, 1, ".org");
	picks(":r\n", "a.org", true, 1, "");
}

static void
test_first_of_equals(void **state)
{
	picks("a.org:r\na.org:s\n", "a.org", false, 1, "a.org");
	picks("A.ORG:r\na.org:s\n", "a.org", false, 1, "A.ORG");
	picks(".org:r\n.ORG:s\n", "a.org", false, 1, ".org");
	picks(":r\n:s\n", "a.org", false, 1, "");
	picks("!@:r\n!@:s\n", "a.org", true, 1, "!@");
}

static void
test_lines_that_do_not_count(void **state)
{
	picks("\n# a.org:x\n \t\na.org:r \t\r\n", "a.org", false, 4, "a.org");
	picks("a.org:r", "a.org", false, 1, "a.org");
	none("#a.org:r\n", "a.org", false);
	none("#a.org:r\n", "#a.org", false);
	/* White space before it makes another domain. */
	none(" a.org:r\n", "a.org", false);
	none("a.org :r\n", "a.org", false);
	none("", "a.org", false);
	none("\n", "", false);
	/* A line that does not match may say anything. */
	picks("b.org\nb.org:r:x\na.org:r\n", "a.org", false, 3, "a.org");
}

/* ---- what it says ---- */

/* A route as "relay port penalty tolerance (login)"; -1 where it is silent. */
static struct span
describe(struct arena *a, const struct route *r)
{
	char text[300];

	(void)snprintf(text, sizeof(text), "%.*s %u %lld %lld (%.*s)",
	    (int)r->relay.n, r->relay.p, r->port, (long long)r->penalty,
	    (long long)r->tolerance, (int)r->login.n, r->login.p);
	return arena_copy(a, span_of(text));
}

#define says(rest, want)                                                       \
	says_at(HERE, check_arena(state), ROUTE_FOUND, SPAN(rest), want)
#define bad(rest, want)                                                        \
	says_at(HERE, check_arena(state), ROUTE_BAD, SPAN(rest), want)

/*
 * What follows the domain field, behind each kind of field: a route, or what
 * is wrong with it.
 */
static void
says_at(struct place at, struct arena *a, enum route_result result,
    struct span rest, const char *want)
{
	static const struct {
		const char *key, *host;
		bool null_sender;
	} keys[] = {
		{ "a.org", "a.org", false },
		{ ".org", "a.org", false },
		{ "", "a.org", false },
		{ "!@", "a.org", true },
	};

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct route r;
		struct buf b;

		buf_init(&b, a, 500);
		buf_puts(&b, "# one line before it\n");
		buf_puts(&b, keys[i].key);
		buf_putc(&b, ':');
		buf_put(&b, rest);
		check_number(at,
		    find(
		        &r, a, buf_span(&b), keys[i].host, keys[i].null_sender),
		    result);
		check_number(at, r.why.line, 2);
		if (result == ROUTE_FOUND)
			check_text(at, describe(a, &r), want);
		else
			check_text(at, r.why.rule, want);
	}
}

static void
test_fields(void **state)
{
	says("relay", "relay 0 -1 -1 ()");
	says("relay:25", "relay 25 -1 -1 ()");
	says("relay.example.org:587:60:10", "relay.example.org 587 60 10 ()");
	says("relay:25:60", "relay 25 60 -1 ()");
	says("relay:25:0:0", "relay 25 0 0 ()");
	says("relay:65535:2147483647:2147483647",
	    "relay 65535 2147483647 2147483647 ()");
	/* Empty fields say nothing.                             REQ: RTE-13 */
	says("", " 0 -1 -1 ()");
	says(":2525", " 2525 -1 -1 ()");
	says(":::7", " 0 -1 7 ()");
	says("relay:", "relay 0 -1 -1 ()");
	says("relay::60", "relay 0 60 -1 ()");
	says("relay:::10", "relay 0 -1 10 ()");
	says("relay:25::", "relay 25 -1 -1 ()");
	says("relay:::", "relay 0 -1 -1 ()");
	says("relay:25:60:10:", "relay 25 60 10 ()");
	says("relay:0025", "relay 25 -1 -1 ()");

	bad("relay:x", "bad port");
	bad("relay:25x", "bad port");
	bad("relay:-1", "bad port");
	bad("relay:+25", "bad port");
	bad("relay:65536", "bad port");
	bad("relay:99999999999999999999", "bad port");
	bad("relay:25:x", "bad penalty");
	bad("relay:25:2147483648", "bad penalty");
	bad("relay:25:60:x", "bad max_tolerance");
	bad("relay:25:60:2147483648", "bad max_tolerance");
	bad("relay:25:60:10:x", "too many fields");
	bad("relay:25:60:10::", "too many fields");
	bad("re\tlay", "bad relay");
	bad("re\1lay:25", "bad relay");
}

static void
test_addresses(void **state)
{
	says("192.0.2.1", "192.0.2.1 0 -1 -1 ()");
	says("192.0.2.1:25", "192.0.2.1 25 -1 -1 ()");
	says("[192.0.2.1]", "[192.0.2.1] 0 -1 -1 ()");
	says("[192.0.2.1]:25:60:10", "[192.0.2.1] 25 60 10 ()");
	says("[2001:db8::1]", "[2001:db8::1] 0 -1 -1 ()");
	says("[::1]:2525", "[::1] 2525 -1 -1 ()");
	says("[::1]:", "[::1] 0 -1 -1 ()");
	says("[IPv6:::1]:25", "[IPv6:::1] 25 -1 -1 ()");
	/* Without brackets there is no telling a port from a part of it. */
	says("2001:db8::1", "2001:db8::1 0 -1 -1 ()");
	says("2001:db8::1:25", "2001:db8::1:25 0 -1 -1 ()");
	says("2001:db8::1 user pw", "2001:db8::1 0 -1 -1 (user pw)");

	bad("[", "bad relay");
	bad("[]", "bad relay");
	bad("[::1", "bad relay");
	bad("[::1:25", "bad relay");
	bad("[::1]25", "bad relay");
	bad("[::1]]:25", "bad relay");
	bad("[relay]", "bad relay");
	bad("[192.0.2.256]:25", "bad relay");
	bad("[::1]:65536", "bad port");
}

static void
test_logins(void **state)
{
	/* REQ: AUTH-05 */
	says("relay user pw", "relay 0 -1 -1 (user pw)");
	says("relay:587 user pw", "relay 587 -1 -1 (user pw)");
	says("relay:587:60:10 user pw A=x,B=y z",
	    "relay 587 60 10 (user pw A=x,B=y z)");
	says("relay /s", "relay 0 -1 -1 (/s)");
	says("relay: /s", "relay 0 -1 -1 (/s)");
	says("relay:587: /s", "relay 587 -1 -1 (/s)");
	says("relay:587:: /token A=x", "relay 587 -1 -1 (/token A=x)");
	says(" user pw", " 0 -1 -1 (user pw)");
	says("[::1]:587 user pw", "[::1] 587 -1 -1 (user pw)");
	/* A password may look like anything. */
	says("relay user a:b:c:d:e:f", "relay 0 -1 -1 (user a:b:c:d:e:f)");
	bad("relay:x user pw", "bad port");
}

#define no_colon(...) no_colon_at(HERE, check_arena(state), __VA_ARGS__)

static void
no_colon_at(
    struct place at, struct arena *a, const char *text, const char *host)
{
	struct route r;

	check_number(at, find(&r, a, span_of(text), host, false), ROUTE_BAD);
	check_text(at, r.why.rule, "no colon");
	check_number(at, r.why.line, 1);
}

static void
test_no_colon(void **state)
{
	no_colon("a.org\n", "a.org");
	no_colon(".org\n", "a.org");
	no_colon("a.org\na.org:r\n", "a.org");
}

static void
test_bad_line_hides_none(void **state)
{
	struct route r;

	/* The line that matches best counts, though it makes no sense. */
	assert_int_equal(find(&r, check_arena(state),
	                     SPAN(":r\na.org:r:x\na.org:r\n"), "a.org", false),
	    ROUTE_BAD);
	assert_int_equal(r.why.line, 2);
	check_text(HERE, r.why.rule, "bad port");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_exact),
		CHECK(test_suffix),
		CHECK(test_default),
		CHECK(test_null_sender),
		CHECK(test_first_of_equals),
		CHECK(test_lines_that_do_not_count),
		CHECK(test_fields),
		CHECK(test_addresses),
		CHECK(test_logins),
		CHECK(test_no_colon),
		CHECK(test_bad_line_hides_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
