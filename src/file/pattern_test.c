/*
 * pattern_test - whether an address is what the postmaster wrote
 */
#include "base/check.h"
#include "base/compiler.h"
#include "file/pattern.h"

#define wild(...) match_at(HERE, PATTERN_WILDCARDS, __VA_ARGS__)
#define regex(...) match_at(HERE, PATTERN_REGEX, __VA_ARGS__)
#define split(...) split_at(HERE, __VA_ARGS__)

enum { YES = PATTERN_MATCHES, NO = PATTERN_DIFFERS, BAD = PATTERN_BAD };

static void
match_at(struct place at, enum pattern_kind kind, const char *pattern,
    const char *text, int want)
{
	struct arena *a = arena_new(check_no_memory);
	enum pattern_result got =
	    pattern_match(span_of(pattern), span_of(text), kind, a);

	check_true(at, (int)got == want, "pattern_match");
	arena_free(a);
}

static void
split_at(
    struct place at, const char *line, const char *pattern, const char *rest)
{
	struct span p, r = span_of(line);
	bool found = pattern_split(&p, &r);

	check_true(at, found == (rest != NULL), "has a colon");
	check_text(at, p, pattern);
	if (rest != NULL)
		check_text(at, r, rest);
}

/* REQ: CMP-03 */
static void
test_wildcards(void **state)
{
	(void)state;
	wild("a@b.example", "a@b.example", YES);
	wild("A@B.example", "a@b.EXAMPLE", YES);
	wild("a@b.example", "a@b.example.org", NO);
	wild("a@b.example", "aa@b.example", NO);
	wild("", "", YES);
	wild("", "a", NO);
	wild("a", "", NO);
	wild("*", "", YES);
	wild("*", "anybody@anywhere", YES);
	wild("**", "", YES);
	wild("*@b.example", "a@b.example", YES);
	wild("*@b.example", "@b.example", YES);
	wild("*@b.example", "a@b.example@c.example", NO);
	wild("*.example", "b.example", YES);
	wild("*.example", "example", NO);
	wild("a*b*c", "abbc", YES);
	wild("a*b*c", "acbbcc", YES);
	wild("a*b*c", "acb", NO);
	wild("*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NO);
	wild("?@b", "a@b", YES);
	wild("?@b", "@b", NO);
	wild("?@b", "aa@b", NO);
	wild("[ab]@b", "B@b", YES);
	wild("[A-C]x", "bx", YES);
	wild("[a-c]x", "dx", NO);
	wild("[!a-c]x", "dx", YES);
	wild("[^a-c]x", "ax", NO);
	wild("[]a]x", "]x", YES);
	wild("[a-]x", "-x", YES);
	/* Without its end, a bracket is a bracket. */
	wild("[ab", "[ab", YES);
	wild("[ab*", "[abc", YES);
	/* An address literal is itself, although it looks like a set. */
	wild("[192.0.2.1]", "[192.0.2.1]", YES);
	wild("[192.0.2.1]", "[192.0.2.2]", NO);
	wild("\\*@b", "*@b", YES);
	wild("\\*@b", "a@b", NO);
	wild("a\\", "a\\", YES);
	wild("*@b\xc3\xbc.example", "a@b\xc3\xbc.example", YES);
}

static void
test_regex(void **state)
{
	(void)state;
	regex(".*@example.com", "a@example.com", YES);
	regex("EXAMPLE", "a@example.com", YES);
	/* Found anywhere, as grep does. */
	regex("example.com", "a@notexample.com.net", YES);
	regex("^example\\.com$", "notexample.com", NO);
	regex("^(a|b)@", "b@c", YES);
	regex("^$", "", YES);
	regex("(", "a", BAD);
	regex("a{2", "aa", BAD);
	regex("[", "[", BAD);
}

static void
test_split(void **state)
{
	(void)state;
	split("a:b", "a", "b");
	split("a:b:c", "a", "b:c");
	split(":b", "", "b");
	split("a:", "a", "");
	split("a", "a", NULL);
	split("", "", NULL);
	split("[::1]:b", "[::1]", "b");
	split("[[:alpha:]]+@x:b", "[[:alpha:]]+@x", "b");
	split("[^]:]x:b", "[^]:]x", "b");
	split("a\\:b:c", "a\\:b", "c");
	split("a\\", "a\\", NULL);
	/* Without its end, a bracket hides no colon. */
	split("[a:b", "[a", "b");
	split("[[:a:b", "[[", "a:b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_regex),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
