/*
 * json_test - JSON text being built
 */
#include "base/check.h"
#include "base/json.h"

/*
 * shown - what a string looks like as a JSON text of its own
 */
static struct span
shown(struct arena *a, struct span s)
{
	struct json j;
	struct buf b;

	buf_init(&b, a, 1000);
	json_init(&j, &b);
	json_string(&j, NULL, s);
	assert_false(b.full);
	return buf_span(&b);
}

/*
 * good - a string, and how it stands in JSON
 */
static void
good(struct place at, struct arena *a, struct span s, const char *want)
{
	check_text(at, shown(a, s), want);
}

#define good(s, want) good(HERE, check_arena(state), SPAN(s), want)

/*
 * latin1 - bytes that are not UTF-8: each is a character of its own
 */
static void
latin1(struct place at, struct arena *a, struct span s)
{
	struct buf b;

	buf_init(&b, a, 1000);
	buf_putc(&b, '"');
	for (size_t i = 0; i < s.n; i++) {
		char text[8];

		(void)snprintf(
		    text, sizeof(text), "\\u%04x", (unsigned char)s.p[i]);
		if ((unsigned char)s.p[i] < 0x80)
			buf_putc(&b, s.p[i]);
		else
			buf_puts(&b, text);
	}
	buf_putc(&b, '"');
	check_span(at, shown(a, s), buf_span(&b));
}

#define latin1(s) latin1(HERE, check_arena(state), SPAN(s))

static void
test_ascii(void **state)
{
	good("", "\"\"");
	good("a", "\"a\"");
	good("a b/c'd", "\"a b/c'd\"");
	/* What ends a string, and what begins an escape. */
	good("\"", "\"\\\"\"");
	good("\\", "\"\\\\\"");
	good("\\u0041", "\"\\\\u0041\"");
	/* Control characters. */
	good("\0", "\"\\u0000\"");
	good("a\r\n\tb", "\"a\\u000d\\u000a\\u0009b\"");
	good("\x1f\x20\x7e\x7f", "\"\\u001f ~\\u007f\"");
}

static void
test_utf8(void **state)
{
	/* The first and the last of each length. */
	good("\xc2\x80\xdf\xbf", "\"\xc2\x80\xdf\xbf\"");
	good("\xe0\xa0\x80\xef\xbf\xbf", "\"\xe0\xa0\x80\xef\xbf\xbf\"");
	good("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
	    "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"");
	/* Around the surrogates. */
	good("\xed\x9f\xbf\xee\x80\x80", "\"\xed\x9f\xbf\xee\x80\x80\"");
	good("z\xc3\xbcrich", "\"z\xc3\xbcrich\"");
}

static void
test_what_is_not_utf8(void **state)
{
	/* A character that goes on, but none that begins. */
	latin1("\x80");
	latin1("\xbf"
	       "a");
	/* One that begins, but does not go on. */
	latin1("\xc3");
	latin1("\xc3"
	       "a");
	latin1("\xe2\x82");
	latin1("\xe2\x82"
	       "a");
	latin1("\xf0\x9f\x98");
	latin1("\xf0\x9f"
	       "aa");
	latin1("\xf0\x9f\x98"
	       "a");
	latin1("\xe2\xc0\x80");
	/* Overlong forms. */
	latin1("\xc0\x80");
	latin1("\xc1\xbf");
	latin1("\xe0\x9f\xbf");
	latin1("\xf0\x8f\xbf\xbf");
	/* Surrogates. */
	latin1("\xed\xa0\x80");
	latin1("\xed\xbf\xbf");
	/* Past U+10FFFF. */
	latin1("\xf4\x90\x80\x80");
	latin1("\xf5\x80\x80\x80");
	latin1("\xff");
	/* What follows is read again from where it begins. */
	good("\xe2\xc3\xbc", "\"\\u00e2\xc3\xbc\"");
}

static void
test_values(void **state)
{
	struct json j;
	struct buf b;

	buf_init(&b, check_arena(state), 1000);
	buf_puts(&b, "before ");
	json_init(&j, &b);
	json_open(&j, NULL, '{');
	json_string(&j, "a", SPAN("x"));
	json_number(&j, "b\"", 0);
	json_number(&j, "", UINT64_MAX);
	json_bool(&j, "c", true);
	json_bool(&j, "d", false);
	json_null(&j, "e");
	json_close(&j, '}');
	check_text(HERE, buf_span(&b),
	    "before {\"a\":\"x\",\"b\\\"\":0,\"\":18446744073709551615,"
	    "\"c\":true,\"d\":false,\"e\":null}");
}

static void
test_nesting(void **state)
{
	struct json j;
	struct buf b;

	buf_init(&b, check_arena(state), 1000);
	json_init(&j, &b);
	json_open(&j, NULL, '[');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_open(&j, NULL, '[');
	json_close(&j, ']');
	json_null(&j, NULL);
	json_open(&j, NULL, '{');
	json_open(&j, "a", '[');
	json_number(&j, NULL, 1);
	json_number(&j, NULL, 2);
	json_close(&j, ']');
	json_open(&j, "b", '{');
	json_null(&j, "c");
	json_close(&j, '}');
	json_bool(&j, "d", true);
	json_close(&j, '}');
	json_string(&j, NULL, SPAN("z"));
	json_close(&j, ']');
	check_text(HERE, buf_span(&b),
	    "[{},[],null,{\"a\":[1,2],\"b\":{\"c\":null},\"d\":true},\"z\"]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_ascii),
		CHECK(test_utf8),
		CHECK(test_what_is_not_utf8),
		CHECK(test_values),
		CHECK(test_nesting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
