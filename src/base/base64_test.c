/*
 * base64_test - bytes as letters, and back
 */
#include "base/base64.h"
#include "base/check.h"

#define good(...) good_at(s, HERE, __VA_ARGS__)
#define bad(...) bad_at(s, HERE, __VA_ARGS__)

static void
good_at(struct check *s, struct place at, struct span bytes, const char *text)
{
	struct buf b, back;

	buf_init(&b, s->arena, SIZE_MAX);
	buf_init(&back, s->arena, SIZE_MAX);
	base64_put(&b, bytes);
	check_text(at, buf_span(&b), text);
	check_true(at, base64_get(&back, span_of(text)), "goes back");
	check_true(at, span_equal(buf_span(&back), bytes), "is the same");
}

static void
bad_at(struct check *s, struct place at, const char *text)
{
	struct buf b;

	buf_init(&b, s->arena, SIZE_MAX);
	check_true(at, !base64_get(&b, span_of(text)), "is refused");
}

static void
test_base64(void **state)
{
	struct check *s = *state;

	/* [4648:10] */
	good(SPAN(""), "");
	good(SPAN("f"), "Zg==");
	good(SPAN("fo"), "Zm8=");
	good(SPAN("foo"), "Zm9v");
	good(SPAN("foob"), "Zm9vYg==");
	good(SPAN("fooba"), "Zm9vYmE=");
	good(SPAN("foobar"), "Zm9vYmFy");
	good(SPAN("\0alice\0secret"), "AGFsaWNlAHNlY3JldA==");
	good(SPAN("\377\376\375\374"), "//79/A==");

	bad("Z");
	bad("Zg");
	bad("Zg=");
	bad("Zg===");
	bad("====");
	bad("=g==");
	bad("Z===");
	bad("Zg==Zg==");
	bad("Zm9v\n");
	bad("Zm 9");
	bad("Zm-9");
	bad("*");
	bad("\303\244\303\244");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { CHECK(test_base64) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
