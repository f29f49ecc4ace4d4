/*
 * program_test - what another program says in one line
 *
 * REQ: AUTH-14
 */
#include "base/buf.h"
#include "base/check.h"
#include "file/program.h"

#include <errno.h>

#define prints(script, want) prints_at(state, HERE, script, BY_NOTHING, want)
#define fails(script, cause) prints_at(state, HERE, script, cause, "")

/* A shell script, what becomes of it, and its line. */
static void
prints_at(void **state, struct place at, const char *script, enum cause want,
    const char *line)
{
	static const char *const vars[] = { "PATH=/usr/bin:/bin", "A=b", NULL };
	const struct env env = { vars };
	struct check *s = *state;
	struct span out = SPAN("");
	const char *path;
	struct buf b;
	int err = 0;

	buf_init(&b, s->arena, SIZE_MAX);
	buf_puts(&b, "#!/bin/sh\n");
	buf_puts(&b, script);
	path = check_file(state, "program", buf_span(&b));
	assert_int_equal(chmod(path, 0700), 0);
	check_number(at,
	    program_line(&out, path, &env, clock_in(1000), s->arena, &err),
	    want);
	if (want == BY_NOTHING)
		check_text(at, out, line);
}

static void
test_line(void **state)
{
	prints("echo secret", "secret");
	prints("printf secret", "secret");
	prints("printf 'secret \\t\\n\\nmore\\n'", "secret");
	prints("echo $# $A $0 | sed 's,/.*/,,'", "0 b program");
	prints("cat; echo one 1>&2; echo two", "two");
	/* Much more than a line. */
	prints("echo secret; head -c 3000000 /dev/zero", "secret");
	/* A child that stays behind is not waited for. */
	prints("sleep 100 & echo secret", "secret");
	/* None of our descriptors. */
	prints("ls /proc/self/fd | wc -l", "4");
}

static void
test_failures(void **state)
{
	struct check *s = *state;
	const struct env env = { (const char *const[]){ NULL } };
	struct span out;
	int err = 0;

	fails("", BY_LACK);
	fails("echo", BY_LACK);
	fails("echo secret; exit 1", BY_GARBLE);
	fails("echo secret; kill -9 $$", BY_GARBLE);
	fails("sleep 100", BY_TIMEOUT);
	fails("echo secret; sleep 100", BY_TIMEOUT);
	fails("exec 1>&-; sleep 100", BY_TIMEOUT);
	fails("while :; do echo secret; done", BY_TIMEOUT);
	assert_int_equal(program_line(&out, "/nonexistent/program", &env,
	                     clock_in(1000), s->arena, &err),
	    BY_SYSTEM);
	assert_int_equal(err, ENOENT);
	assert_int_equal(program_line(&out, check_file(state, "x", SPAN("x")),
	                     &env, clock_in(1000), s->arena, &err),
	    BY_SYSTEM);
	assert_int_equal(err, EACCES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_line),
		CHECK(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
