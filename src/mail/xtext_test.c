/*
 * xtext_test - bytes as printable characters                      [3461:4]
 */
#include "base/check.h"
#include "mail/xtext.h"

#define good(text, want) good_at(HERE, check_arena(state), SPAN(text), want)

static void
good_at(struct place at, struct arena *a, struct span text, const char *want)
{
	struct buf b;

	buf_init(&b, a, 4096);
	xtext_put(&b, text);
	check_text(at, buf_span(&b), want);
}

static void
test_put(void **state)
{
	good("", "");
	good("alice@example.com", "alice@example.com");
	good("!*,<>~", "!*,<>~");
	good("a+b=c", "a+2Bb+3Dc");
	good(" ", "+20");
	good("\t\r\n\0\x7f", "+09+0D+0A+00+7F");
	good("\xc3\xa4\xff", "+C3+A4+FF");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
