/*
 * redirect_test - lines of redirectremote
 */
#include "base/check.h"
#include "policy/redirect.h"

#define good(...) good_at(HERE, __VA_ARGS__)
#define bad(...) bad_at(HERE, __VA_ARGS__)

static void
good_at(struct place at, const char *line, const char *pattern,
    enum redirect_by by, bool is_maildir, const char *dest, const char *prefix)
{
	const char *wrong = "";
	struct redirect r;

	check_true(at, redirect_parse(&r, span_of(line), &wrong), line);
	check_text(at, r.pattern, pattern);
	check_true(at, r.by == by, "by what");
	check_true(at, r.is_maildir == is_maildir, "a Maildir or not");
	check_text(at, r.dest, dest);
	check_text(at, r.prefix, prefix);
}

static void
bad_at(struct place at, const char *line, const char *want)
{
	const char *wrong = "";
	struct redirect r;

	check_true(at, !redirect_parse(&r, span_of(line), &wrong), line);
	check_true(at, strstr(wrong, want) != NULL, want);
}

/* REQ: CMP-04 */
static void
test_lines(void **state)
{
	(void)state;
	good("a.example:d:b@c", "a.example", REDIRECT_DOMAIN, false, "b@c", "");
	good("a@b:r:/var/m", "a@b", REDIRECT_RECIPIENT, true, "/var/m", "");
	good("a@b:S:c@d", "a@b", REDIRECT_SENDER, false, "c@d", "");
	good("a:d:/m/:p", "a", REDIRECT_DOMAIN, true, "/m/", "p");
	good("a:d:/m:", "a", REDIRECT_DOMAIN, true, "/m", "");
	good("a:d:b@[::1]:p", "a", REDIRECT_DOMAIN, false, "b@[::1]", "p");
	good("[::1]:d:b@c", "[::1]", REDIRECT_DOMAIN, false, "b@c", "");
	good("[[:digit:]]+@x:r:b@c", "[[:digit:]]+@x", REDIRECT_RECIPIENT,
	    false, "b@c", "");
	good(":s:/bounces", "", REDIRECT_SENDER, true, "/bounces", "");
	/* What begins with a slash is a path, whatever it holds. */
	good("a:d:/m@x", "a", REDIRECT_DOMAIN, true, "/m@x", "");

	bad("a", "no colon");
	bad("a:", "neither");
	bad("a:b@c", "neither");
	bad("a:dr:b@c", "neither");
	bad("a:d", "its destination");
	bad("a:d:", "its destination");
	bad("a:d:b", "its destination");
	bad("a:d:b@", "its destination");
	bad("a:d:./Maildir/", "its destination");
	bad("a:d:b@c\rd", "control");
	bad("a:d:/m:p\033", "control");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
