/*
 * filter_rule_test - lines of filterargs
 */
#include "base/check.h"
#include "policy/filter_rule.h"

#define good(...) good_at(HERE, __VA_ARGS__)
#define bad(...) bad_at(HERE, __VA_ARGS__)

static void
good_at(struct place at, const char *line, const char *pattern, bool is_local,
    size_t n, const char *last, const char *changes)
{
	struct arena *a = arena_new(check_no_memory);
	const char *wrong = "";
	struct filter_rule r;

	check_true(at, filter_rule_parse(&r, span_of(line), a, &wrong), line);
	check_text(at, r.pattern, pattern);
	check_true(at, r.is_local == is_local, "local or not");
	check_true(at, r.words.n == n, "number of words");
	check_text(at, span_of(r.words.argv[n - 1]), last);
	check_text(at, r.changes, changes);
	arena_free(a);
}

static void
bad_at(struct place at, const char *line, const char *want)
{
	struct arena *a = arena_new(check_no_memory);
	const char *wrong = "";
	struct filter_rule r;

	check_true(at, !filter_rule_parse(&r, span_of(line), a, &wrong), line);
	check_text(at, span_of(wrong), want);
	arena_free(a);
}

/* REQ: CMP-03 */
static void
test_lines(void **state)
{
	(void)state;
	good("a.example:/bin/f", "a.example", false, 1, "/bin/f", "");
	good("a.example:remote:/bin/f", "a.example", false, 1, "/bin/f", "");
	good("a.example:local:/bin/f", "a.example", true, 1, "/bin/f", "");
	good("a:f -x 'b c'", "a", false, 3, "b c", "");
	good("a:f -x:A=1,B=", "a", false, 2, "-x", "A=1,B=");
	good("a:f:A=x:y", "a", false, 1, "f", "A=x:y");
	good("a:f 'x:y':A=1", "a", false, 2, "x:y", "A=1");
	good("a:f x\\:y", "a", false, 2, "x:y", "");
	good("*:remote:f", "*", false, 1, "f", "");
	good(":f", "", false, 1, "f", "");
	good("[192.0.2.1]:f", "[192.0.2.1]", false, 1, "f", "");
	good("[::1]:local:f", "[::1]", true, 1, "f", "");
	/* A filter may be called so, if nothing follows. */
	good("a:remote", "a", false, 1, "remote", "");
	good("a:Remote:A=1", "a", false, 1, "Remote", "A=1");

	bad("a", "no colon");
	bad("", "no colon");
	bad("a:", "no filter");
	bad("a: ", "no filter");
	bad("a::A=1", "no filter");
	bad("a:remote:", "no filter");
	bad("a:local:", "no filter");
	bad("a:f 'x", "a quote without its end");
	bad("a:f | g", "a character that needs a shell, or quotes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
