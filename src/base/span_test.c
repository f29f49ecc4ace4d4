/*
 * span_test - bytes that somebody else owns
 */
#include "base/check.h"
#include "base/span.h"

static void
test_of(void **state)
{
	(void)state;
	assert_int_equal(span_of("abc").n, 3);
	assert_int_equal(span_of("").n, 0);
	assert_int_equal(span_of(NULL).n, 0);
	/* A literal keeps its NULs, a C string ends at the first. */
	assert_int_equal(SPAN("a\0b").n, 3);
	assert_int_equal(span_of("a\0b").n, 1);
}

#define equal(...) equal_at(HERE, __VA_ARGS__)

static void
equal_at(struct place at, struct span a, struct span b, bool exact, bool nocase)
{
	check_number(at, span_equal(a, b), exact);
	check_number(at, span_equal(b, a), exact);
	check_number(at, span_equal_nocase(a, b), nocase);
	check_number(at, span_equal_nocase(b, a), nocase);
}

static void
test_equal(void **state)
{
	(void)state;
	equal(SPAN("abc"), SPAN("abc"), true, true);
	equal(SPAN("abc"), SPAN("aBC"), false, true);
	equal(SPAN("abc"), SPAN("abd"), false, false);
	equal(SPAN("abc"), SPAN("ab"), false, false);
	equal(SPAN("a\0b"), SPAN("a\0c"), false, false);
	equal(SPAN(""), SPAN(""), true, true);
	equal(SPAN(""), SPAN("a"), false, false);
	/* An empty span may point anywhere. */
	equal((struct span){ NULL, 0 }, SPAN(""), true, true);
	/* These differ by the bit that tells upper from lower case. */
	equal(SPAN("@"), SPAN("`"), false, false);
	equal(SPAN("["), SPAN("{"), false, false);
	/* Only ASCII has case. */
	equal(SPAN("\xc4"), SPAN("\xe4"), false, false);
}

static void
test_lower(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char want = (char)c;

		if (c >= 'A' && c <= 'Z')
			want = (char)(c - 'A' + 'a');
		assert_int_equal(ascii_lower((char)c), want);
	}
}

#define part(...) part_at(HERE, __VA_ARGS__)

static void
part_at(
    struct place at, const char *s, const char *part, bool begins, bool ends)
{
	check_number(at, span_begins(span_of(s), span_of(part)), begins);
	check_number(at, span_ends(span_of(s), span_of(part)), ends);
}

static void
test_begins_and_ends(void **state)
{
	(void)state;
	part("abcab", "ab", true, true);
	part("abcab", "AB", true, true);
	part("abc", "ab", true, false);
	part("abc", "bc", false, true);
	part("abc", "b", false, false);
	part("abc", "abc", true, true);
	part("abc", "abcd", false, false);
	part("abc", "xabc", false, false);
	part("abc", "", true, true);
	part("", "", true, true);
	part("", "a", false, false);
}

static void
test_find(void **state)
{
	(void)state;
	assert_int_equal(span_find(SPAN("a:b:c"), ':'), 1);
	assert_int_equal(span_find_last(SPAN("a:b:c"), ':'), 3);
	assert_int_equal(span_find(SPAN(":"), ':'), 0);
	assert_int_equal(span_find_last(SPAN(":"), ':'), 0);
	assert_int_equal(span_find(SPAN("abc"), ':'), 3);
	assert_int_equal(span_find_last(SPAN("abc"), ':'), 3);
	assert_int_equal(span_find(SPAN("a\0b"), '\0'), 1);
	assert_int_equal(span_find((struct span){ NULL, 0 }, ':'), 0);
	assert_int_equal(span_find_last((struct span){ NULL, 0 }, ':'), 0);
	/* Not behind the end. */
	assert_int_equal(span_find((struct span){ "ab:", 2 }, ':'), 2);
	assert_int_equal(span_find_last((struct span){ "ab:", 2 }, ':'), 2);
}

static void
test_head_and_tail(void **state)
{
	(void)state;
	check_text(HERE, span_head(SPAN("abc"), 0), "");
	check_text(HERE, span_head(SPAN("abc"), 2), "ab");
	check_text(HERE, span_head(SPAN("abc"), 3), "abc");
	check_text(HERE, span_head(SPAN("abc"), 4), "abc");
	check_text(HERE, span_head(SPAN("abc"), SIZE_MAX), "abc");
	check_text(HERE, span_tail(SPAN("abc"), 0), "abc");
	check_text(HERE, span_tail(SPAN("abc"), 2), "c");
	check_text(HERE, span_tail(SPAN("abc"), 3), "");
	check_text(HERE, span_tail(SPAN("abc"), 4), "");
	check_text(HERE, span_tail(SPAN("abc"), SIZE_MAX), "");
	check_text(HERE, span_tail((struct span){ NULL, 0 }, 1), "");
}

#define cut(...) cut_at(HERE, __VA_ARGS__)

static void
cut_at(struct place at, const char *s, const char *part, const char *rest)
{
	struct span left = span_of(s);

	check_text(at, span_cut(&left, ':'), part);
	check_text(at, left, rest);
}

static void
test_cut(void **state)
{
	(void)state;
	cut("a:b", "a", "b");
	cut("a:b:c", "a", "b:c");
	cut("a:", "a", "");
	cut(":b", "", "b");
	cut("::b", "", ":b");
	cut(":", "", "");
	cut("ab", "ab", "");
	cut("", "", "");
}

static void
test_trim(void **state)
{
	(void)state;
	check_text(HERE, span_trim(SPAN("a")), "a");
	check_text(HERE, span_trim(SPAN("a \t\r\n")), "a");
	check_text(HERE, span_trim(SPAN("a\n b\n")), "a\n b");
	check_text(HERE, span_trim(SPAN(" a")), " a");
	check_text(HERE, span_trim(SPAN(" \t\r\n")), "");
	check_text(HERE, span_trim(SPAN("")), "");
	/* Other control characters are not white space. */
	check_text(HERE, span_trim(SPAN("a\f")), "a\f");
	check_span(HERE, span_trim(SPAN("a\0")), SPAN("a\0"));
}

static void
test_undotted(void **state)
{
	(void)state;
	check_text(HERE, span_undotted(SPAN("a.b")), "a.b");
	check_text(HERE, span_undotted(SPAN("a.b.")), "a.b");
	/* No names, and the root. */
	check_text(HERE, span_undotted(SPAN("a..")), "a..");
	check_text(HERE, span_undotted(SPAN(".")), ".");
	check_text(HERE, span_undotted(SPAN("")), "");
}

static void
test_control(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char s[] = { 'a', (char)c, 'b' };

		assert_int_equal(
		    span_has_control((struct span){ s, sizeof(s) }),
		    c < 0x20 || c == 0x7f);
	}
	assert_false(span_has_control(SPAN("")));
	assert_true(span_has_control(SPAN("\n")));
	assert_true(span_has_control(SPAN("ab\n")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_of),
		CHECK(test_equal),
		CHECK(test_lower),
		CHECK(test_begins_and_ends),
		CHECK(test_find),
		CHECK(test_head_and_tail),
		CHECK(test_cut),
		CHECK(test_trim),
		CHECK(test_undotted),
		CHECK(test_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
