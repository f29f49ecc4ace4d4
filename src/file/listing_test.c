/*
 * listing_test - which names a directory may hold
 */
#include "base/check.h"
#include "file/listing.h"

/* "file007" in text; with so many x behind it. */
static const char *
name_of(char text[256], int i, int more)
{
	int n = snprintf(text, 256, "file%03d", i);

	memset(text + n, 'x', (size_t)more);
	text[n + more] = '\0';
	return text;
}

static void
make_files(void **state, int count, int more)
{
	char text[256];

	for (int i = 0; i < count; i++)
		(void)check_file(state, name_of(text, i, more), SPAN(""));
}

/* How many of a thousand names that are not there, but look as if they were,
 * it rules out. */
static int
ruled_out(const struct listing *l)
{
	char text[256];
	int n = 0;

	for (int i = 1000; i < 2000; i++) {
		(void)snprintf(text, sizeof(text), "file%d", i);
		n += !listing_may_have(l, span_of(text));
	}
	return n;
}

static void
test_few(void **state)
{
	char text[256];
	struct listing l;

	make_files(state, 10, 0);
	listing_read(&l, check_path(state, "."));
	assert_false(l.unknown);
	for (int i = 0; i < 10; i++)
		assert_true(listing_may_have(&l, span_of(name_of(text, i, 0))));
	/* With ten names, "." and "..", at most 12 of 512 bits are set. */
	assert_in_range(ruled_out(&l), 900, 1000);
}

static void
test_many(void **state)
{
	char text[256];
	struct listing l;

	make_files(state, 300, 0);
	listing_read(&l, check_path(state, "."));
	assert_false(l.unknown);
	for (int i = 0; i < 300; i++)
		assert_true(listing_may_have(&l, span_of(name_of(text, i, 0))));
}

static void
test_empty(void **state)
{
	struct listing l;

	listing_read(&l, check_path(state, "."));
	assert_false(l.unknown);
	assert_in_range(ruled_out(&l), 900, 1000);
}

static void
test_too_many(void **state)
{
	enum { FILES = 400, LONG = 200 };
	char text[256];
	struct listing l;

	/* More than is read of a directory: then nothing is ruled out. */
	make_files(state, FILES, LONG);
	listing_read(&l, check_path(state, "."));
	assert_true(l.unknown);
	for (int i = 0; i < FILES; i++)
		assert_true(
		    listing_may_have(&l, span_of(name_of(text, i, LONG))));
	assert_int_equal(ruled_out(&l), 0);
}

static void
test_unreadable(void **state)
{
	const char *file = check_file(state, "file", SPAN("x"));
	struct listing l;

	listing_read(&l, check_path(state, "absent"));
	assert_int_equal(ruled_out(&l), 0);
	listing_read(&l, file);
	assert_int_equal(ruled_out(&l), 0);
}

static void
test_is_a_look(void **state)
{
	struct listing l;

	/* It tells what was there when it looked. */
	(void)check_file(state, "early", SPAN(""));
	listing_read(&l, check_path(state, "."));
	assert_int_equal(unlink(check_path(state, "early")), 0);
	assert_true(listing_may_have(&l, SPAN("early")));
	listing_read(&l, check_path(state, "."));
	assert_false(listing_may_have(&l, SPAN("early")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_few),
		CHECK(test_many),
		CHECK(test_empty),
		CHECK(test_too_many),
		CHECK(test_unreadable),
		CHECK(test_is_a_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
