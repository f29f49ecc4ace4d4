/*
 * netstring_test - bytes behind their number
 */
#include "base/check.h"
#include "mail/netstring.h"

enum {
	/* What a netstring of the tables may hold. */
	MOST = 12345,
};

/*
 * read_all - reads text as fast as it is wanted, but no more than step bytes
 * at once; what it held goes to the buf, and how much was used to *used
 */
static enum netstring_more
read_all(struct buf *held, size_t *used, struct span text, size_t step,
    uint64_t most)
{
	enum netstring_more more = NETSTRING_MORE;
	struct netstring s;
	size_t at = 0;

	netstring_begin(&s, most);
	while (more == NETSTRING_MORE && at < text.n) {
		size_t n = netstring_wants(&s);
		struct span part;

		assert_true(n > 0);
		part = span_head(span_tail(text, at), n < step ? n : step);
		at += part.n;
		more = netstring_add(&s, part, &part);
		buf_put(held, part);
	}
	*used = at;
	return more;
}

#define good(...) good_at(HERE, check_arena(state), __VA_ARGS__)

/* It is read whole, whatever the pieces, and what follows it is left. */
static void
good_at(struct place at, struct arena *a, struct span text, const char *want,
    size_t length)
{
	for (size_t step = 1; step < 10; step++) {
		struct buf b;
		size_t used;

		buf_init(&b, a, SIZE_MAX);
		check_number(
		    at, read_all(&b, &used, text, step, MOST), NETSTRING_DONE);
		check_text(at, buf_span(&b), want);
		check_number(at, used, length);
	}
}

#define bad(...) bad_at(HERE, check_arena(state), __VA_ARGS__)

/* It is none, and that is noticed at once. */
static void
bad_at(struct place at, struct arena *a, const char *text, size_t noticed_after)
{
	struct buf b;
	size_t used;

	buf_init(&b, a, SIZE_MAX);
	check_number(
	    at, read_all(&b, &used, span_of(text), 1, MOST), NETSTRING_GARBLED);
	check_number(at, used, noticed_after);
}

static void
test_good(void **state)
{
	good(SPAN("0:,"), "", 3);
	good(SPAN("1:a,"), "a", 4);
	good(SPAN("5:hello,"), "hello", 8);
	good(SPAN("12:hello, world,"), "hello, world", 16);
	/* What it holds may look like one. */
	good(SPAN("4:1:a,,"), "1:a,", 7);
	/* The next one is left alone. */
	good(SPAN("1:a,1:b,"), "a", 4);
}

static void
test_bad(void **state)
{
	bad("a", 1);
	bad(":", 1);
	bad(",", 1);
	bad(" 1:a,", 1);
	bad("-1:a,", 1);
	bad("1a:", 2);
	bad("1 :a,", 2);
	bad("00:,", 2);
	bad("01:a,", 2);
	bad("1:ab", 4);
	bad("1:a:", 4);
	bad("0:a", 3);
	/* One more than it may hold. */
	bad("12346:", 5);
	bad("99999:", 5);
	bad("123450:", 6);
	bad("18446744073709551617:a,", 5);
}

static void
test_limits(void **state)
{
	struct arena *a = check_arena(state);
	struct netstring s;
	struct span part;
	struct buf b;
	size_t used;

	/* As much as it may hold is read; its pieces are bounded. */
	netstring_begin(&s, UINT64_MAX);
	for (const char *p = "18446744073709551615:"; *p != '\0'; p++)
		assert_int_equal(
		    netstring_add(&s, (struct span){ p, 1 }, &part),
		    NETSTRING_MORE);
	assert_true(netstring_wants(&s) > 1 && netstring_wants(&s) <= 65536);
	buf_init(&b, a, SIZE_MAX);
	assert_int_equal(
	    read_all(&b, &used, SPAN("18446744073709551616:"), 1, UINT64_MAX),
	    NETSTRING_GARBLED);
	/* Nothing at all is read no further than one digit. */
	assert_int_equal(
	    read_all(&b, &used, SPAN("0:,"), 1, 0), NETSTRING_DONE);
	assert_int_equal(
	    read_all(&b, &used, SPAN("1:"), 1, 0), NETSTRING_GARBLED);
	assert_int_equal(
	    read_all(&b, &used, SPAN("7:"), 1, 3), NETSTRING_GARBLED);
	/* Without bytes nothing changes. */
	netstring_begin(&s, 1);
	assert_int_equal(netstring_add(&s, SPAN(""), &part), NETSTRING_MORE);
	assert_int_equal(netstring_add(&s, SPAN("1"), &part), NETSTRING_MORE);
}

static void
test_put(void **state)
{
	struct buf b;

	buf_init(&b, check_arena(state), 1000);
	netstring_put(&b, SPAN(""));
	netstring_put(&b, SPAN("hello"));
	netstring_put(&b, SPAN("a\0b\n,"));
	netstring_put_head(&b, UINT64_MAX);
	assert_true(span_equal(
	    buf_span(&b), SPAN("0:,5:hello,5:a\0b\n,,18446744073709551615:")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_good),
		CHECK(test_bad),
		CHECK(test_limits),
		CHECK(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
