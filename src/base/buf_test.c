/*
 * buf_test - bytes being built, under a ceiling
 */
#include "base/buf.h"
#include "base/check.h"

static void
test_put(void **state)
{
	struct buf b;

	buf_init(&b, check_arena(state), 100);
	check_text(HERE, buf_span(&b), "");
	buf_put(&b, SPAN("a\0b"));
	buf_puts(&b, "cd");
	buf_putc(&b, '\n');
	buf_put_number(&b, 0);
	buf_put_number(&b, UINT64_MAX);
	check_span(HERE, buf_span(&b), SPAN("a\0bcd\n018446744073709551615"));
	assert_false(b.full);
}

static void
test_nothing(void **state)
{
	struct buf b;

	/* Nothing can be put where there is no room for anything. */
	buf_init(&b, check_arena(state), 0);
	buf_put(&b, SPAN(""));
	buf_puts(&b, "");
	buf_puts(&b, NULL);
	buf_put_printable(&b, SPAN(""), true);
	assert_false(b.full);
	buf_putc(&b, 'a');
	assert_true(b.full);
	check_text(HERE, buf_span(&b), "");
}

static void
test_ceiling(void **state)
{
	struct buf b;

	buf_init(&b, check_arena(state), 5);
	buf_puts(&b, "abc");
	buf_puts(&b, "de");
	assert_false(b.full);
	check_text(HERE, buf_span(&b), "abcde");

	/* A put that does not fit adds nothing, not even a part. */
	buf_init(&b, check_arena(state), 5);
	buf_puts(&b, "abc");
	buf_puts(&b, "def");
	assert_true(b.full);
	check_text(HERE, buf_span(&b), "abc");

	/* Nor does a later one that would fit. */
	buf_puts(&b, "d");
	buf_putc(&b, 'd');
	buf_put_number(&b, 1);
	buf_put_printable(&b, SPAN("d"), true);
	assert_true(b.full);
	check_text(HERE, buf_span(&b), "abc");
}

static void
test_growth(void **state)
{
	enum { CEILING = 100 * 1000 };
	struct buf b;

	buf_init(&b, check_arena(state), CEILING);
	for (int i = 0; i < CEILING; i++) {
		buf_putc(&b, (char)(i % 251));
		assert_false(b.full);
		assert_true(b.room <= CEILING);
	}
	assert_int_equal(b.n, CEILING);
	for (int i = 0; i < CEILING; i++)
		assert_int_equal(b.p[i], (char)(i % 251));
	buf_putc(&b, 'x');
	assert_true(b.full);
	assert_int_equal(b.n, CEILING);
}

static void
test_large_put(void **state)
{
	struct span big = { arena_zero(check_arena(state), 50000), 50000 };
	struct buf b;

	/* No ceiling that matters, and far more than doubling once gives. */
	buf_init(&b, check_arena(state), SIZE_MAX);
	buf_putc(&b, 'a');
	buf_put(&b, big);
	buf_putc(&b, 'z');
	assert_int_equal(b.n, 50002);
	assert_int_equal(b.p[0], 'a');
	assert_int_equal(b.p[50001], 'z');
	/* Itself, which moves while it grows. */
	buf_put(&b, buf_span(&b));
	assert_int_equal(b.n, 100004);
	assert_int_equal(b.p[50002], 'a');
	assert_int_equal(b.p[100003], 'z');
}

static void
test_printable(void **state)
{
	struct buf b;
	char all[256];

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	for (int lines = 0; lines < 2; lines++) {
		buf_init(&b, check_arena(state), 1000);
		buf_put_printable(
		    &b, (struct span){ all, sizeof(all) }, lines != 0);
		assert_int_equal(b.n, 256);
		for (int i = 0; i < 256; i++) {
			bool kept = (i >= 0x20 && i <= 0x7e) ||
			            (lines != 0 && i == '\n');

			assert_int_equal(b.p[i], kept ? (char)i : '?');
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_put),
		CHECK(test_nothing),
		CHECK(test_ceiling),
		CHECK(test_growth),
		CHECK(test_large_put),
		CHECK(test_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
