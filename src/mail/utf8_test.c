/*
 * utf8_test - which bytes are UTF-8                            [3629:4]
 */
#include "base/check.h"
#include "mail/utf8.h"

#define first(text, want) first_at(HERE, SPAN(text), want)

/* How long the first character is. */
static void
first_at(struct place at, struct span s, size_t want)
{
	check_number(at, utf8_length(s), want);
}

static void
test_first(void **state)
{
	(void)state;
	first("", 0);
	first("a", 1);
	first("\0", 1);
	first("\x7f", 1);
	first("\x80", 0);
	first("\xbf", 0);
	/* The first and last of each length. */
	first("\xc2\x80", 2);
	first("\xdf\xbf", 2);
	first("\xe0\xa0\x80", 3);
	first("\xef\xbf\xbf", 3);
	first("\xf0\x90\x80\x80", 4);
	first("\xf4\x8f\xbf\xbf", 4);
	/* Longer than needed. */
	first("\xc0\x80", 0);
	first("\xc1\xbf", 0);
	first("\xe0\x9f\xbf", 0);
	first("\xf0\x8f\xbf\xbf", 0);
	/* Halves of surrogate pairs, and their neighbours. */
	first("\xed\x9f\xbf", 3);
	first("\xed\xa0\x80", 0);
	first("\xed\xbf\xbf", 0);
	first("\xee\x80\x80", 3);
	/* Above U+10FFFF. */
	first("\xf4\x90\x80\x80", 0);
	first("\xf5\x80\x80\x80", 0);
	first("\xff", 0);
	/* Cut, or followed by what is no part of it. */
	first("\xc3", 0);
	first("\xe2\x82", 0);
	first("\xf0\x9f\x98", 0);
	first("\xc3"
	      "a",
	    0);
	first("\xe2\x82"
	      "a",
	    0);
	first("\xf0\x9f\x98\xc3", 0);
	/* What follows does not count. */
	first("\xc3\xa4\xff", 2);
}

static void
test_every_number(void **state)
{
	(void)state;
	for (unsigned u = 0; u < 0x110000; u++) {
		bool surrogate = u >= 0xd800 && u < 0xe000;
		size_t n = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
		char text[4] = { (char)u };

		for (size_t i = n; n > 1 && i-- > 1;)
			text[i] =
			    (char)(0x80 | (u >> (6 * (n - 1 - i)) & 0x3f));
		if (n > 1)
			text[0] =
			    (char)((0xf00u >> n & 0xff) | (u >> (6 * (n - 1))));
		assert_int_equal(
		    utf8_length((struct span){ text, n }), surrogate ? 0 : n);
	}
}

#define kind(text, want) kind_at(HERE, SPAN(text), want)

static void
kind_at(struct place at, struct span s, enum utf8 want)
{
	check_number(at, utf8_kind(s), want);
}

static void
test_kind(void **state)
{
	(void)state;
	kind("", UTF8_ASCII);
	kind("a\0b\x7f", UTF8_ASCII);
	kind("a long line of ASCII, longer than any word", UTF8_ASCII);
	kind("\xc3\xa4", UTF8_TEXT);
	kind("a long line with an \xc3\xa4 in its middle", UTF8_TEXT);
	kind("eight by\xc3\xa4", UTF8_TEXT);
	kind("seven b\xc3\xa4", UTF8_TEXT);
	kind("\xe4", UTF8_BROKEN);
	kind("good \xc3\xa4, bad \xe4", UTF8_BROKEN);
	kind("bad \xe4, good \xc3\xa4", UTF8_BROKEN);
	kind("cut \xc3", UTF8_BROKEN);
}

static void
test_control(void **state)
{
	(void)state;
	assert_true(utf8_is_control(SPAN("\n")));
	assert_true(utf8_is_control(SPAN("\x7f")));
	assert_true(utf8_is_control(SPAN("\xc2\x80")));
	assert_true(utf8_is_control(SPAN("\xc2\x9f")));
	assert_false(utf8_is_control(SPAN(" ")));
	assert_false(utf8_is_control(SPAN("\xc2\xa0")));
	assert_false(utf8_is_control(SPAN("\xc3\x80")));
	assert_false(utf8_is_control(SPAN("\x9f")));
	assert_false(utf8_is_control(SPAN("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_first),
		CHECK(test_every_number),
		CHECK(test_kind),
		CHECK(test_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
