/*
 * arena_test - memory with one lifetime
 */
#include "base/check.h"

#include <sys/wait.h>

static void
test_take(void **state)
{
	enum { PIECES = 500 };
	struct arena *a = check_arena(state);
	unsigned char *piece[PIECES];

	/* Each is aligned, and none lies upon another. */
	for (size_t i = 0; i < PIECES; i++) {
		piece[i] = arena_take(a, i);
		assert_int_equal((uintptr_t)piece[i] % 16, 0);
		memset(piece[i], (int)(i & 255), i);
	}
	for (size_t i = 0; i < PIECES; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_equal(piece[i][j], i & 255);
}

static void
test_large(void **state)
{
	static const size_t sizes[] = { 16 * 1024 - 33, 16 * 1024 - 32,
		16 * 1024 - 16, 16 * 1024, 16 * 1024 + 1, 1 << 20, 1 };

	/* Around the size of a chunk, and far beyond it. */
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *p = arena_take(check_arena(state), sizes[i]);

		memset(p, 'x', sizes[i]);
	}
}

static void
test_zero(void **state)
{
	struct arena *a = check_arena(state);

	for (int i = 0; i < 100; i++) {
		unsigned char *zero = arena_zero(a, 1000);
		uint32_t *array = arena_array(a, 250, sizeof(*array));

		for (int j = 0; j < 1000; j++)
			assert_int_equal(zero[j], 0);
		for (int j = 0; j < 250; j++)
			assert_int_equal(array[j], 0);
		memset(arena_take(a, 1000), 0xff, 1000);
	}
	assert_non_null(arena_array(a, 0, 8));
}

static void
test_copy(void **state)
{
	struct arena *a = check_arena(state);
	char original[] = "abc";
	struct span copy = arena_copy(a, (struct span){ original, 3 });
	char *string = arena_string(a, (struct span){ original, 2 });

	original[0] = 'x';
	check_text(HERE, copy, "abc");
	assert_int_equal(copy.p[3], '\0');
	assert_string_equal(string, "ab");
	copy = arena_copy(a, (struct span){ NULL, 0 });
	assert_int_equal(copy.n, 0);
	assert_int_equal(copy.p[0], '\0');
	assert_string_equal(arena_string(a, (struct span){ NULL, 0 }), "");
	check_span(HERE, arena_copy(a, SPAN("a\0b")), SPAN("a\0b"));
}

static void
test_beside(void **state)
{
	struct arena *b = arena_beside(check_arena(state));
	char *mine = arena_take(check_arena(state), 100);
	char *other = arena_take(b, 100);

	memset(mine, 'm', 100);
	memset(other, 'o', 100);
	arena_free(b);
	for (int i = 0; i < 100; i++)
		assert_int_equal(mine[i], 'm');
	arena_free(NULL);
}

/* What an arena of a child process is told to do. */
static void
leave(void)
{
	_exit(7);
}

static void
take_all(struct arena *a)
{
	(void)arena_take(a, SIZE_MAX);
}

static void
take_nearly_all(struct arena *a)
{
	(void)arena_take(a, SIZE_MAX - 40);
}

static void
zero_all(struct arena *a)
{
	(void)arena_zero(a, SIZE_MAX);
}

static void
array_of_too_many(struct arena *a)
{
	(void)arena_array(a, SIZE_MAX / 2, 4);
}

/* The product is 16: it must not be taken for that. */
static void
array_that_overflows(struct arena *a)
{
	(void)arena_array(a, SIZE_MAX / 16 + 2, 16);
}

#define exhausts(...) exhausts_at(HERE, __VA_ARGS__)

/* Whether the request ends the process as the arena was told at birth. */
static void
exhausts_at(struct place at, void (*request)(struct arena *))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct arena *a = arena_new(leave);

		request(arena_beside(a));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	check_true(at, WIFEXITED(status), "exited");
	check_number(at, (unsigned)WEXITSTATUS(status), 7);
}

static void
test_exhausted(void **state)
{
	(void)state;
	exhausts(take_all);
	exhausts(take_nearly_all);
	exhausts(zero_all);
	exhausts(array_of_too_many);
	exhausts(array_that_overflows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_take),
		CHECK(test_large),
		CHECK(test_zero),
		CHECK(test_copy),
		CHECK(test_beside),
		CHECK(test_exhausted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
