/*
 * dotstuff_test - LF lines to the lines of SMTP, block by block
 *
 * REQ: MSG-01 MSG-03 MSG-04 MSG-05
 */
#include "base/check.h"
#include "mail/dotstuff.h"

enum {
	/* Any test's output, and a byte behind it that must stay. */
	ROOM = 512,
	UNTOUCHED = 0x55,
	/* Of the strings that are all tried. */
	LONGEST = 7,
};

/* What has been converted so far. */
struct wire {
	struct dotstuff state;
	char p[ROOM];
	size_t n;
};

static void
begin(struct wire *w, bool stuff)
{
	w->state = (struct dotstuff){ .stuff = stuff };
	w->n = 0;
}

/*
 * The wire form, worked out from the whole input: each byte by itself and
 * its neighbours, without any state.
 */
static struct span
expected(char *out, struct span in, bool stuff)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		char before = '\n', c = in.p[i], after = '\n';

		if (i > 0)
			before = in.p[i - 1];
		if (i + 1 < in.n)
			after = in.p[i + 1];
		/* Of a last CR it is not known what it is. */
		if (c == '\r' && after == '\n')
			continue;
		if (c == '\n')
			out[n++] = '\r';
		if (c == '.' && before == '\n' && stuff)
			out[n++] = '.';
		out[n++] = c == '\r' ? ' ' : c;
	}
	return (struct span){ out, n };
}

/*
 * Converts one block, at most room bytes a step.  False if a step writes
 * behind its room, or leaves input though there is room for more.
 */
static bool
convert(struct wire *w, struct span block, size_t room)
{
	for (int steps = 0; block.n > 0; steps++) {
		char *out = w->p + w->n;
		size_t n;

		if (steps > ROOM || w->n + room >= ROOM)
			return false;
		out[room] = UNTOUCHED;
		n = dotstuff_step(&w->state, out, room, &block);
		if (n > room || out[room] != UNTOUCHED ||
		    (block.n > 0 && room - n >= DOTSTUFF_ROOM))
			return false;
		w->n += n;
	}
	return true;
}

/* What is tried, byte by byte. */
struct trial {
	size_t room;
	bool stuff;
	char in[LONGEST];
};

/*
 * The room that takes all a block of n bytes gives, and a step needs: more
 * makes no difference.
 */
static size_t
enough(size_t n)
{
	return 2 * n + DOTSTUFF_ROOM;
}

/*
 * Whether the output for the first n bytes is what it should be.
 */
static bool
is_right(const struct trial *t, const struct wire *w, size_t n)
{
	char text[2 * LONGEST];
	struct span want = expected(text, (struct span){ t->in, n }, t->stuff);

	return span_equal((struct span){ w->p, w->n }, want) &&
	       dotstuff_whole(&w->state) == (n == 0 || t->in[n - 1] == '\n');
}

/*
 * Goes on behind n bytes with every block of a length, and behind each with
 * every other one: so every string is tried, in every way to split it.
 */
static void
extend(struct trial *t, const struct wire *before, size_t n, size_t length,
    size_t longest)
{
	size_t most = length > longest ? length : longest;
	size_t rest = LONGEST - n - length;

	if (t->room > enough(most > rest ? most : rest))
		return;
	for (unsigned u = 0; u < 1U << 2 * length; u++) {
		struct wire w;

		for (size_t i = 0; i < length; i++)
			t->in[n + i] = "a.\r\n"[u >> 2 * i & 3];
		w.state = before->state;
		w.n = before->n;
		memcpy(w.p, before->p, before->n);
		if (!convert(&w, (struct span){ t->in + n, length }, t->room) ||
		    !is_right(t, &w, n + length)) {
			check_show("input", (struct span){ t->in, n + length });
			fail_msg("last block %zu, room %zu, stuff %d", length,
			    t->room, t->stuff);
		}
		for (size_t next = 1; next <= rest; next++)
			extend(t, &w, n + length, next, most);
	}
}

/*
 * Every string over "a.\r\n" of up to seven bytes, in every way to split it,
 * at every room up to 16.
 */
static void
try_all(bool stuff)
{
	for (size_t room = DOTSTUFF_ROOM; room <= 16; room++) {
		struct trial t = { .room = room, .stuff = stuff };
		struct wire w;

		begin(&w, stuff);
		assert_true(is_right(&t, &w, 0));
		for (size_t length = 1; length <= LONGEST; length++)
			extend(&t, &w, 0, length, 0);
	}
}

static void
test_all_for_data(void **state)
{
	(void)state;
	try_all(true);
}

static void
test_all_for_bdat(void **state)
{
	(void)state;
	try_all(false);
}

#define good(...) good_at(HERE, __VA_ARGS__)

/* One input at once; the reference itself is tried by these. */
static void
good_at(struct place at, struct span in, struct span data, struct span bdat)
{
	for (int stuff = 0; stuff < 2; stuff++) {
		struct span want = stuff != 0 ? data : bdat;
		char text[ROOM];
		struct wire w;

		begin(&w, stuff != 0);
		check_span(at, expected(text, in, stuff != 0), want);
		check_true(at, convert(&w, in, 256), "steps");
		check_span(at, (struct span){ w.p, w.n }, want);
	}
}

#define same(in, wire) good(SPAN(in), SPAN(wire), SPAN(wire))

static void
test_lines(void **state)
{
	(void)state;
	same("", "");
	same("\n", "\r\n");
	same("a\n", "a\r\n");
	same("a\nb\n", "a\r\nb\r\n");
	same("a\n\n\nb\n", "a\r\n\r\n\r\nb\r\n");

	/* CR LF is one line end already. */
	same("a\r\nb\r\n", "a\r\nb\r\n");
	same("\r\n", "\r\n");
	same("a\nb\r\nc\n", "a\r\nb\r\nc\r\n");

	/* A CR by itself is no line end, and none of it is left. */
	same("a\rb\n", "a b\r\n");
	same("a\r\r\n", "a \r\n");
	same("\r\r\r\n", "  \r\n");
	same("\n\r", "\r\n");

	/* Everything else stays.                              MSG-03, MSG-05 */
	same("a\0b\n", "a\0b\r\n");
	same("\xc3\xa4\xff\t\x7f\n", "\xc3\xa4\xff\t\x7f\r\n");
}

static void
test_dots(void **state)
{
	(void)state;
	good(SPAN(".\n"), SPAN("..\r\n"), SPAN(".\r\n"));
	good(SPAN("..\n"), SPAN("...\r\n"), SPAN("..\r\n"));
	good(SPAN(".a\n.b\n"), SPAN("..a\r\n..b\r\n"), SPAN(".a\r\n.b\r\n"));
	same("a.\n", "a.\r\n");
	same("a..b\n", "a..b\r\n");
	good(SPAN("\r\n.\r\n"), SPAN("\r\n..\r\n"), SPAN("\r\n.\r\n"));

	/* What others take for a line end is none, so no dot needs stuffing. */
	same("a\r.\r\n", "a .\r\n");
	same("a\r.\rMAIL FROM:<x>\n", "a . MAIL FROM:<x>\r\n");
	good(SPAN("a\n.\rb\n"), SPAN("a\r\n.. b\r\n"), SPAN("a\r\n. b\r\n"));
	good(SPAN("a\n.\nb\n"), SPAN("a\r\n..\r\nb\r\n"),
	    SPAN("a\r\n.\r\nb\r\n"));
	/* A CR at the beginning of a line takes the dot's place there. */
	same("a\n\r.\n", "a\r\n .\r\n");
}

static void
test_end_stands_once(void **state)
{
	static const char alphabet[] = "a.\r\n";
	static const char end[] = "\r\n.\r\n";
	unsigned seed = 1;

	(void)state;
	/* Long inputs by chance: no end of data but the one put there. */
	for (int i = 0; i < 2000; i++) {
		char in[200];
		const char *at;
		struct wire w;

		for (size_t j = 0; j < sizeof(in); j++) {
			seed = seed * 1103515245U + 12345U;
			in[j] = alphabet[seed >> 16 & 3];
		}
		in[sizeof(in) - 1] = '\n';
		/* The reply to DATA stands before it. */
		begin(&w, true);
		memcpy(w.p, "\r\n", 2);
		w.n = 2;
		assert_true(convert(
		    &w, (struct span){ in, sizeof(in) }, 4 + seed % 60));
		assert_true(dotstuff_whole(&w.state));
		memcpy(w.p + w.n, ".\r\n", 4);
		at = strstr(w.p, end);
		assert_non_null(at);
		assert_int_equal(at - w.p, w.n - 2);
		for (size_t j = 0; j < w.n; j++) {
			if (w.p[j] == '\r')
				assert_int_equal(w.p[j + 1], '\n');
			if (w.p[j] == '\n')
				assert_int_equal(w.p[j - 1], '\r');
		}
	}
}

static void
test_no_room(void **state)
{
	struct span in = SPAN("a\n");
	struct dotstuff d = { .stuff = true };
	char out[DOTSTUFF_ROOM];

	(void)state;
	for (size_t room = 0; room < DOTSTUFF_ROOM; room++) {
		assert_int_equal(dotstuff_step(&d, out, room, &in), 0);
		assert_int_equal(in.n, 2);
	}
	in = SPAN("");
	assert_int_equal(dotstuff_step(&d, out, sizeof(out), &in), 0);
	assert_true(dotstuff_whole(&d));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_all_for_data),
		CHECK(test_all_for_bdat),
		CHECK(test_lines),
		CHECK(test_dots),
		CHECK(test_end_stands_once),
		CHECK(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
