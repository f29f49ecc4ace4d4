/*
 * store_test - a file without a name, for what must be read before it is sent
 *
 * REQ: MXP-04
 */
#include "base/check.h"
#include "proto/store.h"

#include <errno.h>
#include <sys/resource.h>

/* What a store holds. */
static struct span
held(void **state, const struct store *s)
{
	off_t n = lseek(s->fd, 0, SEEK_END);
	char *p = arena_take(check_arena(state), (size_t)n + 1);

	assert_true(n >= 0);
	assert_int_equal(pread(s->fd, p, (size_t)n, 0), n);
	return (struct span){ p, (size_t)n };
}

static void
test_put(void **state)
{
	const char *dir = check_path(state, "place");
	struct store s;
	int err;

	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(store_open(&s, dir, &err), BY_NOTHING);
	assert_int_equal(store_put(&s, SPAN("one "), &err), BY_NOTHING);
	assert_int_equal(store_put(&s, SPAN(""), &err), BY_NOTHING);
	assert_int_equal(store_put(&s, SPAN("two\0"), &err), BY_NOTHING);
	assert_true(span_equal(held(state, &s), SPAN("one two\0")));
	/* The directory shows nothing of it. */
	assert_int_equal(rmdir(dir), 0);
	/* It is not handed down. */
	assert_int_equal(fcntl(s.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(s.fd);
}

static void
test_places(void **state)
{
	struct store s;
	int err;

	(void)state;
	/* A directory that is none is no reason to give up. */
	assert_int_equal(store_open(&s, "/nowhere/at/all", &err), BY_NOTHING);
	assert_int_equal(store_put(&s, SPAN("x"), &err), BY_NOTHING);
	close(s.fd);
}

static void
test_limits(void **state)
{
	struct rlimit before, few;
	struct store s;
	int err = 0;

	assert_int_equal(
	    store_open(&s, check_path(state, "."), &err), BY_NOTHING);
	s.room = 3;
	assert_int_equal(store_put(&s, SPAN("abc"), &err), BY_NOTHING);
	assert_int_equal(store_put(&s, SPAN("d"), &err), BY_SYSTEM);
	assert_int_equal(err, EFBIG);
	assert_true(span_equal(held(state, &s), SPAN("abc")));
	/* What the system will not take. */
	close(s.fd);
	s.room = 3;
	assert_int_equal(store_put(&s, SPAN("e"), &err), BY_SYSTEM);
	assert_int_equal(err, EBADF);
	/* No descriptor is to be had. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(store_open(&s, "/tmp", &err), BY_SYSTEM);
	assert_int_equal(err, EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_put),
		CHECK(test_places),
		CHECK(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
