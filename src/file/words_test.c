/*
 * words_test - a command line as its words
 */
#include "base/buf.h"
#include "base/check.h"
#include "file/words.h"

#define good(...) good_at(HERE, false, __VA_ARGS__)
#define until_colon(...) good_at(HERE, true, __VA_ARGS__)
#define bad(...) bad_at(HERE, __VA_ARGS__)

/* want: the words, each in angle brackets; then what follows the colon. */
static void
good_at(struct place at, bool colon_ends, const char *text, const char *want,
    const char *rest)
{
	struct arena *a = arena_new(check_no_memory);
	struct span left = span_of(text);
	const char *wrong = "";
	struct words w;
	struct buf b;

	check_true(
	    at, words_take(&w, &left, colon_ends, a, &wrong), "words_take");
	buf_init(&b, a, 1000);
	for (size_t i = 0; i < w.n; i++) {
		buf_putc(&b, '<');
		buf_puts(&b, w.argv[i]);
		buf_putc(&b, '>');
	}
	check_true(at, w.argv[w.n] == NULL, "ends with NULL");
	check_text(at, buf_span(&b), want);
	check_text(at, left, rest);
	arena_free(a);
}

static void
bad_at(struct place at, const char *text, const char *want)
{
	struct arena *a = arena_new(check_no_memory);
	struct span left = span_of(text);
	const char *wrong = "";
	struct words w;

	check_true(at, !words_take(&w, &left, false, a, &wrong), "refused");
	check_true(at, strstr(wrong, want) != NULL, want);
	arena_free(a);
}

/* REQ: CMP-03 */
static void
test_words(void **state)
{
	(void)state;
	good("", "", "");
	good("  \t ", "", "");
	good("a", "<a>", "");
	good(" a  b\tc ", "<a><b><c>", "");
	good("a 'b  c' d", "<a><b  c><d>", "");
	good("a \"b  c\"d", "<a><b  cd>", "");
	good("'' \"\"", "<><>", "");
	good("a\\ b", "<a b>", "");
	good("a\\\\b", "<a\\b>", "");
	good("a\\", "<a\\>", "");
	good("'a\\b'", "<a\\b>", "");
	good("\"a\\b\\\"\\\\\\$\"", "<a\\b\"\\$>", "");
	good("a'b'\"c\"\\d", "<abcd>", "");
	good("'$x|&;<>()`*?[~#' \\$x", "<$x|&;<>()`*?[~#><$x>", "");
	good("a~ b#c ]", "<a~><b#c><]>", "");
	good("A=b c", "<A=b><c>", "");
	good("a:b", "<a:b>", "");
	until_colon("a b:c=d", "<a><b>", "c=d");
	until_colon("a b :c:d", "<a><b>", "c:d");
	until_colon("a", "<a>", "");
	until_colon(":x", "", "x");
	until_colon("'a:b' \"c:d\" e\\:f:g", "<a:b><c:d><e:f>", "g");
}

static void
test_bad(void **state)
{
	(void)state;
	bad("a 'b", "without its end");
	bad("a \"b", "without its end");
	bad("a \"b\\\"", "without its end");
	bad("a|b", "needs a shell");
	bad("a >b", "needs a shell");
	bad("a; b", "needs a shell");
	bad("a $b", "needs a shell");
	bad("a `b`", "needs a shell");
	bad("a \"$b\"", "needs a shell");
	bad("a \"`b`\"", "needs a shell");
	bad("a *", "needs a shell");
	bad("~/a", "needs a shell");
	bad("a #b", "needs a shell");
	bad("a\nb", "needs a shell");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
