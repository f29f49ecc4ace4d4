/*
 * control_test - what a control file holds
 */
#include "base/check.h"
#include "file/control.h"

#include <errno.h>

#define reads(...) reads_at(HERE, state, __VA_ARGS__)

/* A file with these bytes is read as them. */
static void
reads_at(struct place at, void **state, struct span bytes)
{
	const char *path = check_file(state, "file", bytes);
	struct span got;
	unsigned line;
	int err;

	check_number(at,
	    control_read(&got, path, check_arena(state), &err, &line),
	    BY_NOTHING);
	check_span(at, got, bytes);
}

static void
test_read(void **state)
{
	char *big = arena_take(check_arena(state), 10000);

	reads(SPAN(""));
	reads(SPAN("\n"));
	reads(SPAN("one line\n"));
	reads(SPAN("no line feed"));
	reads(SPAN("# any bytes \xff\x01\r\n\tbut NUL\n"));
	/* Around the first room, and where it has doubled. */
	memset(big, 'x', 10000);
	for (size_t n = 1022; n <= 1026; n++)
		reads((struct span){ big, n });
	for (size_t n = 4095; n <= 4097; n++)
		reads((struct span){ big, n });
	reads((struct span){ big, 10000 });
}

#define garbled(...) garbled_at(HERE, state, __VA_ARGS__)

static void
garbled_at(struct place at, void **state, struct span bytes, unsigned want)
{
	const char *path = check_file(state, "file", bytes);
	unsigned line = 99;
	struct span got;
	int err;

	check_number(at,
	    control_read(&got, path, check_arena(state), &err, &line),
	    BY_GARBLE);
	check_number(at, line, want);
}

static void
test_nul(void **state)
{
	garbled(SPAN("\0"), 1);
	garbled(SPAN("a\0"), 1);
	garbled(SPAN("a\n\0b\n"), 2);
	garbled(SPAN("a\nb\nc\0\n\0"), 3);
	/* A comment does not hide it. */
	garbled(SPAN("# a\0b\n"), 1);
}

#define fails(...) fails_at(HERE, state, __VA_ARGS__)

static void
fails_at(struct place at, void **state, const char *path, enum cause want,
    int want_errno)
{
	struct span got;
	unsigned line;
	int err = 0;

	check_number(at,
	    control_read(&got, path, check_arena(state), &err, &line), want);
	check_number(at, (unsigned)err, (unsigned)want_errno);
}

static void
test_unreadable(void **state)
{
	const char *loop = check_path(state, "loop");

	/* REQ: RTE-12: only a file that is not there is as an empty one. */
	fails(check_path(state, "absent"), BY_LACK, ENOENT);
	fails(check_path(state, "."), BY_SYSTEM, EISDIR);
	assert_int_equal(symlink("loop", loop), 0);
	fails(loop, BY_SYSTEM, ELOOP);
	(void)check_file(state, "file", SPAN("x"));
	fails(check_path(state, "file/below"), BY_SYSTEM, ENOTDIR);
}

static void
test_first(void **state)
{
	(void)state;
	check_text(
	    HERE, control_first(SPAN("mx.example.org\n")), "mx.example.org");
	check_text(
	    HERE, control_first(SPAN("mx.example.org")), "mx.example.org");
	check_text(HERE, control_first(SPAN("mx.example.org \t\r\nmore\n")),
	    "mx.example.org");
	check_text(HERE, control_first(SPAN(" a b\n")), " a b");
	/* Only the first line, even if it is empty or looks like a comment. */
	check_text(HERE, control_first(SPAN("\nmx.example.org\n")), "");
	check_text(HERE, control_first(SPAN("# no\n")), "# no");
	check_text(HERE, control_first(SPAN("")), "");
}

#define lines(...) lines_at(HERE, __VA_ARGS__)

/* The lines that count, as "number:line|" each. */
static void
lines_at(struct place at, const char *text, const char *want)
{
	struct control c = { .rest = span_of(text) };
	char got[200] = "";
	struct span line;
	size_t n = 0;

	while (control_next(&line, &c))
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%u:%.*s|",
		    c.line, (int)line.n, line.p);
	check_text(at, span_of(got), want);
	/* The end stays the end. */
	check_true(at, !control_next(&line, &c), "end");
}

static void
test_next(void **state)
{
	(void)state;
	lines("a\nb\nc\n", "1:a|2:b|3:c|");
	/* A last line without a line feed counts. */
	lines("a\nb", "1:a|2:b|");
	/* White space at the end does not, at the beginning it does. */
	lines("a \t\r\n b\n", "1:a|2: b|");
	/* Empty lines and comments are counted, but do not count. */
	lines("\n\na\n#b\n \t\nc\n#", "3:a|6:c|");
	lines("a#b\n #c\n", "1:a#b|2: #c|");
	lines("#\n\n \n", "");
	lines("\n", "");
	lines("", "");
}

#define splits(...) splits_at(HERE, __VA_ARGS__)

static void
splits_at(struct place at, const char *line, bool colon, const char *key,
    const char *want_rest)
{
	struct span got, rest = span_of(line);

	check_number(at, control_split(&got, &rest), colon);
	check_text(at, got, key);
	if (colon)
		check_text(at, rest, want_rest);
}

static void
test_split(void **state)
{
	(void)state;
	splits("key:rest", true, "key", "rest");
	splits("key:a:b", true, "key", "a:b");
	splits("key:", true, "key", "");
	splits(":rest", true, "", "rest");
	splits("::", true, "", ":");
	splits("key", false, "key", "");
	splits("", false, "", "");
	/* A key in brackets ends behind the bracket. */
	splits("[::1]:rest", true, "[::1]", "rest");
	splits("[::1]:", true, "[::1]", "");
	splits("[192.0.2.1]:a:b", true, "[192.0.2.1]", "a:b");
	splits("a[::1]:rest", true, "a[", ":1]:rest");
	splits("[a:rest", true, "[a", "rest");
	splits("[a]b:rest", true, "[a]b", "rest");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_read),
		CHECK(test_nul),
		CHECK(test_unreadable),
		CHECK(test_first),
		CHECK(test_next),
		CHECK(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
