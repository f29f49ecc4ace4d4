/*
 * num_test - numbers in and out of text
 */
#include "base/check.h"
#include "base/num.h"

#define good(...) good_at(HERE, __VA_ARGS__)
#define leads(...) leads_at(HERE, __VA_ARGS__)
#define bad(...) bad_at(HERE, __VA_ARGS__)

/* All of it is the number. */
static void
good_at(struct place at, const char *s, uint64_t want)
{
	uint64_t whole = 99, leading = 99;

	check_true(at, num_whole(&whole, span_of(s)), "whole");
	check_number(at, whole, want);
	check_true(at, num_leading(&leading, span_of(s)), "leading");
	check_number(at, leading, want);
}

/* Only its beginning is, or it is too large to be known. */
static void
leads_at(struct place at, const char *s, uint64_t want)
{
	uint64_t whole = 99, leading = 99;

	check_true(at, !num_whole(&whole, span_of(s)), "not whole");
	check_number(at, whole, 99);
	check_true(at, num_leading(&leading, span_of(s)), "leading");
	check_number(at, leading, want);
}

/* It is no number at all. */
static void
bad_at(struct place at, struct span s)
{
	uint64_t u = 99;

	check_true(at, !num_whole(&u, s), "not whole");
	check_true(at, !num_leading(&u, s), "not leading");
	check_number(at, u, 99);
}

static void
test_num(void **state)
{
	(void)state;
	good("0", 0);
	good("7", 7);
	good("007", 7);
	good("1200", 1200);
	good("18446744073709551615", UINT64_MAX);
	good("000000000000000000000018446744073709551615", UINT64_MAX);

	/* One more than fits, and far more. */
	leads("18446744073709551616", UINT64_MAX);
	leads("18446744073709551620", UINT64_MAX);
	leads("99999999999999999999999999", UINT64_MAX);
	/* What overflowed stays so, whatever the next digits make of it. */
	leads("184467440737095516160", UINT64_MAX);
	leads("1844674407370955161600000000000000000001", UINT64_MAX);

	leads("60s", 60);
	leads("60 ", 60);
	leads("1.5", 1);
	leads("0x10", 0);

	bad(SPAN(""));
	bad(SPAN(" 1"));
	bad(SPAN("-1"));
	bad(SPAN("+1"));
	bad(SPAN("a1"));
	/* The bytes on either side of the digits. */
	bad(SPAN("/"));
	bad(SPAN(":"));
	bad(SPAN("\0"));
	bad((struct span){ NULL, 0 });
}

static void
test_bounds(void **state)
{
	uint64_t u;

	(void)state;
	/* The digit behind the end does not count. */
	assert_true(num_whole(&u, (struct span){ "123", 2 }));
	assert_int_equal(u, 12);
}

#define text(...) text_at(HERE, __VA_ARGS__)

static void
text_at(struct place at, uint64_t u, const char *want)
{
	char digits[NUM_MAX];

	check_text(at, num_text(digits, u), want);
}

static void
test_text(void **state)
{
	uint64_t power = 1;

	(void)state;
	text(0, "0");
	text(9, "9");
	text(10, "10");
	text(UINT64_MAX, "18446744073709551615");
	/* There and back, at each length. */
	for (int i = 0; i < NUM_MAX; i++, power *= 10) {
		for (uint64_t u = power - 1; u <= power + 1; u++) {
			char digits[NUM_MAX];
			uint64_t back;

			assert_true(num_whole(&back, num_text(digits, u)));
			assert_true(back == u);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_num),
		CHECK(test_bounds),
		CHECK(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
