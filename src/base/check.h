/*
 * check - what the unit tests share
 *
 * A table test calls good() or bad() once for each case.  They are macros
 * that hand the place of the case to a function, whose checks fail there: so
 * the line that cmocka names is that of the case.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include "base/arena.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* After those above, which it needs. */
#include <cmocka.h>

/* Where a case stands. */
struct place {
	const char *file;
	int line;
};

#define HERE ((struct place){ __FILE__, __LINE__ })

/* What CHECK() gives a test as its state. */
struct check {
	struct arena *arena;
	/* A directory of its own; empty until somebody wants it. */
	char dir[32];
};

/* A test with a struct check: CHECK(test_reply). */
#define CHECK(test)                                                            \
	cmocka_unit_test_setup_teardown(test, check_begin, check_end)

/*
 * check_no_memory - for arenas of tests
 */
static inline void
check_no_memory(void)
{
	fail_msg("out of memory");
}

/*
 * check_begin - makes the state of a test
 */
static inline int
check_begin(void **state)
{
	struct arena *a = arena_new(check_no_memory);
	struct check *c = arena_zero(a, sizeof(*c));

	c->arena = a;
	*state = c;
	return 0;
}

/*
 * check_remove - removes one file or empty directory
 */
static inline int
check_remove(
    const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

/*
 * check_end - removes what the test left behind
 */
static inline int
check_end(void **state)
{
	struct check *c = *state;
	int rc = 0;

	if (c->dir[0] != '\0')
		rc = nftw(c->dir, check_remove, 8, FTW_DEPTH | FTW_PHYS);
	arena_free(c->arena);
	return rc;
}

/*
 * check_arena - memory until the end of the test
 */
static inline struct arena *
check_arena(void **state)
{
	return ((struct check *)*state)->arena;
}

/*
 * check_path - the path of a name in the test's own directory
 */
static inline const char *
check_path(void **state, const char *name)
{
	struct check *c = *state;
	char *path;
	size_t n;

	if (c->dir[0] == '\0') {
		strcpy(c->dir, "/tmp/qremote-XXXXXX");
		assert_non_null(mkdtemp(c->dir));
	}
	n = strlen(c->dir);
	path = arena_take(c->arena, n + 1 + strlen(name) + 1);
	memcpy(path, c->dir, n);
	path[n] = '/';
	strcpy(path + n + 1, name);
	return path;
}

/*
 * check_file - a file with the given bytes there; returns its path
 */
static inline const char *
check_file(void **state, const char *name, struct span bytes)
{
	const char *path = check_path(state, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
	assert_int_equal(close(fd), 0);
	return path;
}

/*
 * check_true - what must hold
 */
static inline void
check_true(struct place at, bool holds, const char *what)
{
	_assert_true(holds, what, at.file, at.line);
}

/*
 * check_number - two numbers that must be equal
 */
static inline void
check_number(struct place at, uint64_t got, uint64_t want)
{
	_assert_int_equal(got, want, at.file, at.line);
}

/*
 * check_show - prints bytes so that each can be told
 */
static inline void
check_show(const char *label, struct span s)
{
	enum { SHOWN = 400 };
	char text[SHOWN * 4 + 1];
	size_t n = 0;

	for (size_t i = 0; i < s.n && i < SHOWN; i++) {
		unsigned char c = (unsigned char)s.p[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
	}
	text[n] = '\0';
	print_error("%s (%zu): %s\n", label, s.n, text);
}

/*
 * check_span - bytes that must be the same
 */
static inline void
check_span(struct place at, struct span got, struct span want)
{
	if (span_equal(got, want))
		return;
	check_show("got ", got);
	check_show("want", want);
	_fail(at.file, at.line);
}

/*
 * check_text - bytes that must be those of a C string
 */
static inline void
check_text(struct place at, struct span got, const char *want)
{
	check_span(at, got, span_of(want));
}

#endif
