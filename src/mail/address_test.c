/*
 * address_test - mailboxes as qmail hands them over, and as SMTP wants them
 */
#include "base/check.h"
#include "mail/address.h"

#define domain(...) domain_at(HERE, __VA_ARGS__)

static void
domain_at(struct place at, const char *address, const char *want)
{
	check_text(at, address_domain(span_of(address)), want);
}

static void
test_domain(void **state)
{
	(void)state;
	domain("a@example.org", "example.org");
	domain("a@b@example.org", "example.org");
	domain("a@", "");
	domain("@example.org", "example.org");
	domain("@", "");
	domain("a", "");
	domain("", "");
	domain("a@[192.0.2.1]", "[192.0.2.1]");
}

static void
test_null(void **state)
{
	(void)state;
	assert_true(address_is_null(SPAN("")));
	/* What bounced twice.                                   REQ: CLI-10 */
	assert_true(address_is_null(SPAN("#@[]")));
	assert_false(address_is_null(SPAN("#@[]x")));
	assert_false(address_is_null(SPAN("x#@[]")));
	assert_false(address_is_null(SPAN("@")));
	assert_false(address_is_null(SPAN("#")));
	assert_false(address_is_null(SPAN("a@example.org")));
	assert_false(address_is_null(SPAN("\0")));
}

#define good(...) good_at(HERE, check_arena(state), __VA_ARGS__)

static void
good_at(struct place at, struct arena *a, const char *address, const char *want)
{
	struct buf b;

	buf_init(&b, a, 1000);
	address_put(&b, span_of(address));
	check_text(at, buf_span(&b), want);
	/* There is a way back.                                  REQ: MXP-04 */
	buf_init(&b, a, 1000);
	address_put_unquoted(&b, span_of(want));
	check_text(at, buf_span(&b), address);
}

static void
test_plain(void **state)
{
	good("alice@example.org", "alice@example.org");
	good("a.b.c@example.org", "a.b.c@example.org");
	good("A@Example.ORG", "A@Example.ORG");
	/* Every special an atom may have.                     [5322:3.2.3] */
	good("!#$%&'*+-/=?^_`{|}~@example.org",
	    "!#$%&'*+-/=?^_`{|}~@example.org");
	/* UTF-8 is an atom too.                                 [6531:3.3] */
	good("j\xc3\xbcrgen@example.org", "j\xc3\xbcrgen@example.org");
	good("a@[192.0.2.1]", "a@[192.0.2.1]");
	/* The domain is not ours to judge. */
	good("a@", "a@");
	good("a@b c", "a@b c");
	good("postmaster", "postmaster");
}

static void
test_quoted(void **state)
{
	/* A dot that does not stand between atoms.             [5321:4.1.2] */
	good(".a@example.org", "\".a\"@example.org");
	good("a.@example.org", "\"a.\"@example.org");
	good("a..b@example.org", "\"a..b\"@example.org");
	good(".@example.org", "\".\"@example.org");

	good("a b@example.org", "\"a b\"@example.org");
	good("a@b@example.org", "\"a@b\"@example.org");
	good("a,b@example.org", "\"a,b\"@example.org");
	good("<a>@example.org", "\"<a>\"@example.org");
	good("a:b;c@example.org", "\"a:b;c\"@example.org");
	good("(a)[b]@example.org", "\"(a)[b]\"@example.org");

	/* Quotes and backslashes are those of the address itself. */
	good("a\"b@example.org", "\"a\\\"b\"@example.org");
	good("a\\b@example.org", "\"a\\\\b\"@example.org");
	good("\"a\"@example.org", "\"\\\"a\\\"\"@example.org");
	good("\\\"@example.org", "\"\\\\\\\"\"@example.org");

	/* No local part at all. */
	good("@example.org", "\"\"@example.org");
	good("@", "\"\"@");
	good("", "\"\"");

	good("two words", "\"two words\"");
}

static void
test_every_byte(void **state)
{
	static const char atoms[] = "abcdefghijklmnopqrstuvwxyz"
	                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789!#$%&'*+-/=?^_`{|}~";

	for (int c = 0; c < 256; c++) {
		char text[] = { 'x', (char)c, 'x', '@', 'h' };
		bool plain = c == '.' || c >= 0x80 ||
		             (c != 0 && strchr(atoms, c) != NULL);
		struct buf b;

		buf_init(&b, check_arena(state), 20);
		address_put(&b, (struct span){ text, sizeof(text) });
		assert_int_equal(b.p[0] == '"', !plain);
	}
}

/* Takes the quotes off again.                                [5321:4.1.2] */
static bool
unquote(struct buf *out, struct span wire)
{
	size_t i;

	if (wire.n == 0 || wire.p[0] != '"') {
		buf_put(out, wire);
		return true;
	}
	for (i = 1; i < wire.n && wire.p[i] != '"'; i++) {
		if (wire.p[i] == '\\')
			i++;
		if (i < wire.n)
			buf_putc(out, wire.p[i]);
	}
	if (i >= wire.n)
		return false;
	buf_put(out, span_tail(wire, i + 1));
	return true;
}

static void
test_there_and_back(void **state)
{
	struct arena *a = check_arena(state);

	/* Every local part of three bytes from these, unquoted again. */
	static const char bytes[] = "a. \"\\@<>\x80";
	enum { BYTES = sizeof(bytes) - 1 };

	for (int i = 0; i < BYTES * BYTES * BYTES; i++) {
		char text[] = "xxx@h";
		struct span address = { text, 5 };
		struct buf wire, back;

		text[0] = bytes[i % BYTES];
		text[1] = bytes[i / BYTES % BYTES];
		text[2] = bytes[i / BYTES / BYTES];
		buf_init(&wire, a, 100);
		buf_init(&back, a, 100);
		address_put(&wire, address);
		assert_true(unquote(&back, buf_span(&wire)));
		check_span(HERE, buf_span(&back), address);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_domain),
		CHECK(test_null),
		CHECK(test_plain),
		CHECK(test_quoted),
		CHECK(test_every_byte),
		CHECK(test_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
