/*
 * clock_test - instants and deadlines
 */
#include "base/check.h"
#include "base/clock.h"

#include <limits.h>
#include <poll.h>

static void
test_now(void **state)
{
	instant before = clock_now(), after;

	(void)state;
	(void)poll(NULL, 0, 20);
	after = clock_now();
	/* The clock may tick within a millisecond of either look. */
	assert_in_range(after - before, 19, 5000);
}

static void
test_in(void **state)
{
	instant now = clock_now();

	(void)state;
	assert_in_range(clock_in(0) - now, 0, 5000);
	assert_in_range(clock_in(1000) - now, 1000, 6000);
	/* What cannot be counted never comes. */
	assert_true(clock_in(UINT64_MAX) == NEVER);
	assert_true(clock_in(INT64_MAX) == NEVER);
	assert_true(clock_in((uint64_t)INT64_MAX + 1) == NEVER);
	assert_true(clock_in((uint64_t)(NEVER - now)) == NEVER);
	assert_true(clock_in((uint64_t)(NEVER - now) / 2) < NEVER);
}

static void
test_earlier(void **state)
{
	(void)state;
	assert_true(clock_earlier(1, 2) == 1);
	assert_true(clock_earlier(2, 1) == 1);
	assert_true(clock_earlier(2, 2) == 2);
	assert_true(clock_earlier(NEVER, 1) == 1);
	assert_true(clock_earlier(NEVER, NEVER) == NEVER);
}

static void
test_left(void **state)
{
	(void)state;
	assert_int_equal(clock_left(NEVER), -1);
	assert_int_equal(clock_left(0), 0);
	assert_int_equal(clock_left(clock_now()), 0);
	assert_int_equal(clock_left(clock_now() - 1000), 0);
	assert_in_range(clock_left(clock_in(10000)), 5000, 10000);
	/* Longer than poll(2) can wait, but not for ever. */
	assert_int_equal(clock_left(clock_in((uint64_t)INT_MAX * 2)), INT_MAX);
	assert_int_equal(clock_left(NEVER - 1), INT_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_now),
		CHECK(test_in),
		CHECK(test_earlier),
		CHECK(test_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
