/*
 * reply_test - one SMTP reply                                  [5321:4.2]
 */
#include "base/check.h"
#include "mail/reply.h"

/* Adds lines that end with '\n' until one ends the reply, and only then. */
static enum reply_more
add_all(struct reply *r, struct span lines)
{
	enum reply_more more = REPLY_MORE;

	reply_clear(r);
	while (more == REPLY_MORE && lines.n > 0)
		more = reply_add(r, span_cut(&lines, '\n'));
	assert_int_equal(lines.n, 0);
	return more;
}

#define good(...) good_at(HERE, __VA_ARGS__)
#define bad(...) bad_at(HERE, __VA_ARGS__)

static void
good_at(struct place at, struct span lines, unsigned code, const char *ecode,
    const char *text)
{
	struct reply r;

	check_number(at, add_all(&r, lines), REPLY_DONE);
	check_number(at, r.code, code);
	check_text(at, span_of(r.ecode), ecode);
	check_text(at, reply_text(&r), text);
}

/* What came is kept for all that. */
static void
bad_at(struct place at, struct span lines, const char *text)
{
	struct reply r;

	check_number(at, add_all(&r, lines), REPLY_GARBLED);
	check_number(at, r.code, 0);
	check_text(at, reply_text(&r), text);
}

static void
test_one_line(void **state)
{
	(void)state;
	good(SPAN("250 ok\n"), 250, "", "250 ok");
	good(SPAN("250\n"), 250, "", "250"); /* [5321:4.2] */
	good(SPAN("250 \n"), 250, "", "250 ");
	good(SPAN("220 mx.example.org ESMTP\n"), 220, "",
	    "220 mx.example.org ESMTP");
	good(SPAN("354 go ahead\n"), 354, "", "354 go ahead");
	good(SPAN("421 later\n"), 421, "", "421 later");
	/* The outermost codes there are. */
	good(SPAN("200 x\n"), 200, "", "200 x");
	good(SPAN("599 x\n"), 599, "", "599 x");
}

static void
test_more_lines(void **state)
{
	(void)state;
	good(SPAN("250-a\n250 b\n"), 250, "", "250-a\n250 b");
	good(SPAN("250-a\n250\n"), 250, "", "250-a\n250");
	good(SPAN("250-\n250-\n250 c\n"), 250, "", "250-\n250-\n250 c");
	/* The first line's code is the one that counts. */
	good(SPAN("550-5.7.1 a\n550 5.2.2 b\n"), 550, "5.7.1",
	    "550-5.7.1 a\n550 5.2.2 b");
	good(SPAN("550-no\n550 5.7.1 b\n"), 550, "", "550-no\n550 5.7.1 b");
}

static void
test_ecode(void **state)
{
	(void)state;
	/* [3463:2] */
	good(SPAN("250 2.0.0 ok\n"), 250, "2.0.0", "250 2.0.0 ok");
	good(SPAN("450 4.2.1 busy\n"), 450, "4.2.1", "450 4.2.1 busy");
	good(SPAN("550 5.7.1\n"), 550, "5.7.1", "550 5.7.1");
	good(SPAN("550 5.123.456 x\n"), 550, "5.123.456", "550 5.123.456 x");
	good(SPAN("550 5.9.0 x\n"), 550, "5.9.0", "550 5.9.0 x");

	/* Not the class of the code: what it means cannot be known. */
	good(SPAN("550 4.7.1 no\n"), 550, "", "550 4.7.1 no");
	good(SPAN("450 5.7.1 no\n"), 450, "", "450 5.7.1 no");
	good(SPAN("250 5.7.1 no\n"), 250, "", "250 5.7.1 no");

	/* Something like one. */
	good(SPAN("550 5.7\n"), 550, "", "550 5.7");
	good(SPAN("550 5.7.\n"), 550, "", "550 5.7.");
	good(SPAN("550 5.123\n"), 550, "", "550 5.123");
	good(SPAN("550 5..1\n"), 550, "", "550 5..1");
	good(SPAN("550 5..10 x\n"), 550, "", "550 5..10 x");
	good(SPAN("550 5.1..1 x\n"), 550, "", "550 5.1..1 x");
	good(SPAN("550 5.7.1.2 x\n"), 550, "", "550 5.7.1.2 x");
	good(SPAN("550 5.7.1x\n"), 550, "", "550 5.7.1x");
	good(SPAN("550 5.7.1234 x\n"), 550, "", "550 5.7.1234 x");
	good(SPAN("550 5.1234.1 x\n"), 550, "", "550 5.1234.1 x");
	good(SPAN("550 55.7.1 x\n"), 550, "", "550 55.7.1 x");
	good(SPAN("550  5.7.1 x\n"), 550, "", "550  5.7.1 x");
	good(SPAN("550 192.0.2.1 is blocked\n"), 550, "",
	    "550 192.0.2.1 is blocked");
}

static void
test_not_a_reply(void **state)
{
	(void)state;
	bad(SPAN("2x0 ok\n"), "2x0 ok");
	/* The bytes on either side of the digits. */
	bad(SPAN("3/0 ok\n"), "3/0 ok");
	bad(SPAN("2:0 ok\n"), "2:0 ok");
	bad(SPAN("250ok\n"), "250ok");
	bad(SPAN("2500 ok\n"), "2500 ok");
	bad(SPAN("250\tok\n"), "250?ok");
	bad(SPAN("25\n"), "25");
	bad(SPAN("\n"), "");
	bad(SPAN(" 250 ok\n"), " 250 ok");
	bad(SPAN("-250 ok\n"), "-250 ok");
	bad(SPAN("HTTP/1.1 400 Bad Request\n"), "HTTP/1.1 400 Bad Request");
	/* Codes that there are not.                            [5321:4.2.1] */
	bad(SPAN("000 x\n"), "000 x");
	bad(SPAN("150 x\n"), "150 x");
	bad(SPAN("199 x\n"), "199 x");
	bad(SPAN("600 x\n"), "600 x");
	bad(SPAN("999 x\n"), "999 x");
	/* Fullwidth digits are digits to some, not to SMTP. */
	bad(SPAN("\xef\xbc\x92\xef\xbc\x95\xef\xbc\x90 x\n"), "????????? x");
	/* Later lines must have the code of the first.         [5321:4.2.1] */
	bad(SPAN("250-a\n550 b\n"), "250-a\n550 b");
	bad(SPAN("250-a\n251 b\n"), "250-a\n251 b");
	bad(SPAN("250-a\nb\n"), "250-a\nb");
	bad(SPAN("250-a\n\n"), "250-a\n");
}

static void
test_unprintable(void **state)
{
	(void)state;
	good(SPAN("250 \001\n"), 250, "", "250 ?");
	good(SPAN("250 a\rb\n"), 250, "", "250 a?b");
	good(SPAN("250 a\0b\n"), 250, "", "250 a?b");
	good(SPAN("250 \x7f\x80\xff\n"), 250, "", "250 ???");
	good(SPAN("250 \x1b[31mred\n"), 250, "", "250 ?[31mred");
	/* Both ends of what is printable stay. */
	good(SPAN("250 a ~\n"), 250, "", "250 a ~");
	/* An escape sequence does not hide an enhanced code in front of it. */
	good(SPAN("250 2.0.0 \x1b\n"), 250, "2.0.0", "250 2.0.0 ?");
}

/* A line "250-xxx..." of n bytes. */
static struct span
long_line(void **state, char mark, size_t n)
{
	char *p = arena_take(check_arena(state), n);

	memset(p, 'x', n);
	memcpy(p, "250", 3);
	p[3] = mark;
	return (struct span){ p, n };
}

static void
test_cut(void **state)
{
	/* REQ: RPT-06 */
	struct span line = long_line(state, ' ', 2 * REPLY_TEXT_MAX);
	struct reply r;

	reply_clear(&r);
	assert_int_equal(reply_add(&r, line), REPLY_DONE);
	check_span(HERE, reply_text(&r), span_head(line, REPLY_TEXT_MAX));

	/* Exactly as much as is kept, and one line more. */
	line = long_line(state, '-', REPLY_TEXT_MAX);
	reply_clear(&r);
	assert_int_equal(reply_add(&r, line), REPLY_MORE);
	check_span(HERE, reply_text(&r), line);
	assert_int_equal(reply_add(&r, SPAN("250 end")), REPLY_DONE);
	check_span(HERE, reply_text(&r), line);
	assert_int_equal(r.code, 250);

	/* The line feed between two lines is the last that fits. */
	line = long_line(state, '-', REPLY_TEXT_MAX - 1);
	reply_clear(&r);
	assert_int_equal(reply_add(&r, line), REPLY_MORE);
	assert_int_equal(reply_add(&r, SPAN("250 end")), REPLY_DONE);
	assert_int_equal(reply_text(&r).n, REPLY_TEXT_MAX);
	assert_int_equal(reply_text(&r).p[REPLY_TEXT_MAX - 1], '\n');
}

static void
test_endless(void **state)
{
	struct reply r;

	(void)state;
	/* A peer that talks for ever is still heard to the end. */
	reply_clear(&r);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(reply_add(&r, SPAN("550-blah")), REPLY_MORE);
	assert_int_equal(r.lines, 2);
	assert_int_equal(r.ntext, REPLY_TEXT_MAX);
	assert_int_equal(reply_add(&r, SPAN("550 end")), REPLY_DONE);
	assert_int_equal(r.code, 550);
}

static void
test_clear(void **state)
{
	struct reply r;

	(void)state;
	memset(&r, 0xff, sizeof(r));
	assert_int_equal(add_all(&r, SPAN("550-5.1.1 a\n550 b\n")), REPLY_DONE);
	/* Nothing of the reply before is left in the next. */
	assert_int_equal(add_all(&r, SPAN("250 ok\n")), REPLY_DONE);
	assert_int_equal(r.code, 250);
	assert_string_equal(r.ecode, "");
	check_text(HERE, reply_text(&r), "250 ok");
}

#define shown(text, want) shown_at(HERE, SPAN(text), want)

/* A line whose text may be UTF-8. */
static void
shown_at(struct place at, struct span line, const char *want)
{
	struct reply r;

	reply_clear(&r);
	r.utf8 = true;
	(void)reply_add(&r, line);
	check_text(at, reply_text(&r), want);
}

static void
test_utf8(void **state)
{
	static char line[REPLY_TEXT_MAX + 1];
	struct reply r;

	(void)state;
	/* REQ: RPT-06 */
	shown("550 k\xc3\xa4se \xe2\x82\xac \xf0\x9f\x98\x80",
	    "550 k\xc3\xa4se \xe2\x82\xac \xf0\x9f\x98\x80");
	/* What is no character, and what is none to look at. */
	shown("550 \xe4 \xed\xa0\x80 \xc3", "550 ? ??? ?");
	shown("550 \t\x1b\x7f\xc2\x9b", "550 ?????");
	shown("\xef\xbc\x92\xef\xbc\x95\xef\xbc\x90 x",
	    "\xef\xbc\x92\xef\xbc\x95\xef\xbc\x90 x");
	/* Cut at the end of what is kept, in the middle of a character. */
	memset(line, 'x', sizeof(line));
	memcpy(line, "550 ", 4);
	memcpy(line + REPLY_TEXT_MAX - 1, "\xc3\xa4", 2);
	reply_clear(&r);
	r.utf8 = true;
	(void)reply_add(&r, (struct span){ line, sizeof(line) });
	assert_int_equal(r.ntext, REPLY_TEXT_MAX);
	assert_int_equal(r.text[REPLY_TEXT_MAX - 1], '?');
	/* The next reply is ASCII again. */
	reply_clear(&r);
	(void)reply_add(&r, SPAN("250 \xc3\xa4"));
	check_text(HERE, reply_text(&r), "250 ??");
}

static void
test_text_without_lines(void **state)
{
	static char many[REPLY_TEXT_MAX + 1];
	struct reply r;

	(void)state;
	/* REQ: MXP-03 */
	reply_clear(&r);
	reply_add_text(&r, SPAN(""));
	check_text(HERE, reply_text(&r), "");
	reply_add_text(&r, SPAN("in pieces"));
	reply_add_text(&r, SPAN(", \033 and\nlines\n"));
	reply_add_text(&r, SPAN("\n."));
	check_text(HERE, reply_text(&r), "in pieces, ? and\nlines\n\n.");
	assert_int_equal(r.code, 0);
	/* What does not fit is left out. */
	reply_clear(&r);
	memset(many, 'x', sizeof(many));
	many[REPLY_TEXT_MAX] = '\n';
	reply_add_text(&r, (struct span){ many, sizeof(many) });
	reply_add_text(&r, SPAN("y\n"));
	check_span(HERE, reply_text(&r), (struct span){ many, REPLY_TEXT_MAX });
}

static void
test_cut_by_caller(void **state)
{
	struct reply r;

	(void)state;
	/* Only the first four bytes decide. */
	reply_clear(&r);
	assert_int_equal(
	    reply_add(&r, (struct span){ "250-abc", 4 }), REPLY_MORE);
	assert_int_equal(
	    reply_add(&r, (struct span){ "250 abc", 4 }), REPLY_DONE);
	reply_clear(&r);
	assert_int_equal(
	    reply_add(&r, (struct span){ "250-abc", 3 }), REPLY_DONE);
	check_text(HERE, reply_text(&r), "250");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_one_line),
		CHECK(test_more_lines),
		CHECK(test_ecode),
		CHECK(test_not_a_reply),
		CHECK(test_unprintable),
		CHECK(test_cut),
		CHECK(test_endless),
		CHECK(test_clear),
		CHECK(test_utf8),
		CHECK(test_text_without_lines),
		CHECK(test_cut_by_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
