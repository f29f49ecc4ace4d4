/*
 * smtp_test - a session with an SMTP server                    [5321:3]
 *
 * A few conversations from end to end, each with a server that says its part
 * and hears ours.
 */
#include "base/buf.h"
#include "base/check.h"
#include "proto/smtp.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
	/* Whoever waits longer has failed. */
	PATIENCE = 10 * 1000,
};

/*
 * A server in a thread of its own.  Its part is a text, line by line:
 *	S: what it says
 *	C: what it must hear
 *	C! it hears anything, but no final dot, until we hang up
 * At the end it hangs up if the last line is its own; else we must have, and
 * must not have said any more.
 */
struct server {
	int fd;
	struct span part;
	pthread_t thread;
	/* What it heard in place of what it should; empty if all was well. */
	char wrong[200];
};

/* A line from the client, without its CR LF; -1 at the end. */
static int
hear(int fd, char *line, size_t room)
{
	size_t n = 0;

	while (n < room) {
		if (recv(fd, line + n, 1, 0) != 1)
			return -1;
		if (n > 0 && line[n - 1] == '\r' && line[n] == '\n')
			return (int)(n - 1);
		n++;
	}
	return (int)n;
}

static void
note(struct server *s, const char *what, struct span line)
{
	(void)snprintf(
	    s->wrong, sizeof(s->wrong), "%s: %.*s", what, (int)line.n, line.p);
}

/* One line of its part; false if it went wrong. */
static bool
play_line(struct server *s, struct span line)
{
	struct span text = span_tail(line, 3), heard;
	char said[2000];
	int n;

	if (line.p[0] == 'S') {
		(void)send(s->fd, text.p, text.n, MSG_NOSIGNAL);
		(void)send(s->fd, "\r\n", 2, MSG_NOSIGNAL);
		return true;
	}
	do {
		n = hear(s->fd, said, sizeof(said));
		heard = (struct span){ said, n < 0 ? 0 : (size_t)n };
	} while (line.p[1] == '!' && n >= 0 && !span_equal(heard, SPAN(".")));
	if (line.p[1] == '!' ? n < 0 : n >= 0 && span_equal(heard, text))
		return true;
	note(s, n < 0 ? "nothing heard" : "heard", n < 0 ? text : heard);
	return false;
}

static void *
serve(void *arg)
{
	struct server *s = arg;
	struct span line = SPAN(""), more;
	char said[100];
	int n;

	while (s->part.n > 0 && s->wrong[0] == '\0') {
		line = span_cut(&s->part, '\n');
		if (!play_line(s, line))
			break;
	}
	if (s->wrong[0] == '\0' && line.n > 1 &&
	    span_begins(line, SPAN("C:"))) {
		n = hear(s->fd, said, sizeof(said));
		more = (struct span){ said, n < 0 ? 0 : (size_t)n };
		if (n >= 0)
			note(s, "more heard", more);
	}
	(void)close(s->fd);
	return NULL;
}

static int
begin(struct server *s, const char *part)
{
	const struct timeval limit = { .tv_sec = PATIENCE / 1000 };
	int fd[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(
	    setsockopt(fd[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)),
	    0);
	*s = (struct server){ .fd = fd[1], .part = span_of(part) };
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
	return fd[0];
}

/* The message in a pipe; NULL for one too long for a block, cut in a line. */
static struct message *
message_of(struct arena *a, const char *text, int *fd)
{
	enum { LONG = 100 * 1000 };
	struct message *m;
	int ends[2], err;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (text == NULL) {
		char *big = arena_take(a, LONG);

		memset(big, 'x', LONG);
		assert_true(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) > LONG);
		assert_int_equal(write(ends[1], big, LONG), LONG);
	} else {
		assert_int_equal(
		    write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
	}
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(message_open(&m, ends[0], a, &err), BY_NOTHING);
	assert_int_equal(
	    message_begin(m, clock_in(PATIENCE), &err), BY_NOTHING);
	*fd = ends[0];
	return m;
}

static void
describe_trouble(struct buf *b, const struct trouble *t)
{
	static const char *const stages[STAGES] = {
		[AT_PARTIAL_LINE] = "partial",
		[AT_GREETING] = "greeting",
		[AT_HELLO] = "hello",
		[AT_MAIL] = "MAIL",
		[AT_RCPT] = "RCPT",
		[AT_DATA] = "DATA",
		[AT_BODY] = "body",
		[AT_DOT] = "dot",
	};
	static const char *const causes[] = {
		[BY_NOTHING] = "nothing",
		[BY_SYSTEM] = "system",
		[BY_TIMEOUT] = "timeout",
		[BY_CLOSE] = "close",
		[BY_GARBLE] = "garble",
		[BY_4XX] = "4xx",
		[BY_5XX] = "5xx",
		[BY_LACK] = "lack",
		[BY_DISTRUST] = "distrust",
	};

	buf_puts(b, stages[t->stage]);
	buf_putc(b, ' ');
	buf_puts(b, causes[t->cause]);
	if (t->reply != NULL) {
		buf_puts(b, ": ");
		buf_put(b, reply_text(t->reply));
	}
}

/*
 * What became of it: a letter for each recipient (r, s, h, or - for unheard),
 * then "accepted: reply", "said STAGE CAUSE: reply" or "broke STAGE CAUSE".
 */
static void
describe(
    struct buf *b, const struct outcome *out, int rc, const struct trouble *t)
{
	for (size_t i = 0; i < out->nrcpt; i++)
		buf_putc(b, "-rsh"[out->rcpt[i].fate]);
	if (rc < 0) {
		buf_puts(b, " broke ");
		describe_trouble(b, t);
	} else if (out->trouble.cause == BY_NOTHING) {
		buf_puts(b, " accepted: ");
		buf_put(b, reply_text(out->reply));
	} else {
		buf_puts(b, " said ");
		describe_trouble(b, &out->trouble);
	}
}

#define plays(...) plays_at(HERE, check_arena(state), __VA_ARGS__)

/* One session, with two recipients; want is what became of it. */
static void
plays_at(struct place at, struct arena *a, const char *part, const char *text,
    const char *want, enum progress_step want_step)
{
	const struct span to[] = { SPAN("bob@b.example"),
		SPAN("carol@b.example") };
	const struct envelope e = { .sender = SPAN("alice@a.example"),
		.rcpt = to,
		.nrcpt = 2,
		.size = SPAN("1000") };
	progress step = PROGRESS_NOT_SENT;
	const struct smtp_terms terms = { .patience = PATIENCE,
		.cap = NEVER,
		.discard = SPAN("XDISCARD"),
		.progress = &step };
	static const struct tls_want in_clear = { .level = TLS_NEVER };
	struct verdict verdicts[2] = { { 0 }, { 0 } };
	struct outcome out = { .rcpt = verdicts, .nrcpt = 2 };
	struct trouble t = { 0 };
	struct server server;
	struct smtp *s = NULL;
	struct message *m;
	struct buf b;
	int rc, fd;

	buf_init(&b, a, 1000);
	m = message_of(a, text, &fd);
	rc = smtp_open(&s, begin(&server, part), SPAN("me.example"), &in_clear,
	    &terms, a, &t);
	if (rc == 0) {
		rc = smtp_send(s, &e, m, &out, &t);
		smtp_close(s);
	}
	assert_int_equal(pthread_join(server.thread, NULL), 0);
	assert_int_equal(close(fd), 0);
	check_text(at, span_of(server.wrong), "");
	describe(&b, &out, rc, &t);
	check_text(at, buf_span(&b), want);
	check_number(at, (unsigned)step, want_step);
}

#define HELLO                                                                  \
	"S: 220 mx.b.example ESMTP\n"                                          \
	"C: EHLO me.example\n"
#define PLAIN HELLO "S: 250 mx.b.example\n"
#define PIPELINING                                                             \
	HELLO "S: 250-mx.b.example\n"                                          \
	      "S: 250 PIPELINING\n"
#define MAIL "C: MAIL FROM:<alice@a.example>\n"
#define BOB "C: RCPT TO:<bob@b.example>\n"
#define CAROL "C: RCPT TO:<carol@b.example>\n"

/* clang-format off */
static void
test_plain(void **state)
{
	plays(PLAIN
	    MAIL "S: 250 ok\n"
	    BOB "S: 250 ok\n"
	    CAROL "S: 251 will forward\n"
	    "C: DATA\nS: 354 go ahead\n"
	    "C: Subject: x\nC: \nC: ..\nC: hello\nC: .\n"
	    "S: 250 queued\n"
	    "C: QUIT\n",
	    "Subject: x\n\n.\nhello\n", "rr accepted: 250 queued",
	    PROGRESS_DECIDED);
	/* An empty message. */
	plays(PLAIN
	    MAIL "S: 250 ok\n" BOB "S: 250 ok\n" CAROL "S: 250 ok\n"
	    "C: DATA\nS: 354 go ahead\n"
	    "C: .\n"
	    "S: 250 queued\n"
	    "C: QUIT\n",
	    "", "rr accepted: 250 queued", PROGRESS_DECIDED);
}

static void
test_pipelining(void **state)
{
	/* [2920:3.1] */
	plays(PIPELINING
	    MAIL BOB CAROL "C: DATA\n"
	    "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go ahead\n"
	    "C: hello\nC: .\n"
	    "S: 250 queued\nC: QUIT\n",
	    "hello\n", "rr accepted: 250 queued", PROGRESS_DECIDED);
	/* One of two: the message goes to the other. */
	plays(PIPELINING
	    MAIL BOB CAROL "C: DATA\n"
	    "S: 250 ok\nS: 250 ok\nS: 452 full\nS: 354 go ahead\n"
	    "C: hello\nC: .\n"
	    "S: 250 queued\nC: QUIT\n",
	    "hello\n", "rs accepted: 250 queued", PROGRESS_DECIDED);
	/* A good-bye in the place of the reply is no acceptance. */
	plays(PIPELINING
	    MAIL BOB CAROL "C: DATA\n"
	    "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go ahead\n"
	    "C: hello\nC: .\n"
	    "S: 221 bye\n",
	    "hello\n", "rr broke dot garble: 221 bye",
	    PROGRESS_MAY_HAVE_ARRIVED);
	/* None, but 354 all the same: an empty message ends it. */
	plays(PIPELINING
	    MAIL BOB CAROL "C: DATA\n"
	    "S: 250 ok\nS: 550 no\nS: 550 nor her\nS: 354 go ahead\n"
	    "C: .\nC: QUIT\n",
	    "hello\n", "hh said RCPT 5xx: 550 nor her", PROGRESS_NOT_SENT);
}

static void
test_chunking(void **state)
{
	/* [3030:2] REQ: MSG-10 */
	plays(HELLO
	    "S: 250-mx.b.example\nS: 250-PIPELINING\nS: 250 CHUNKING\n"
	    MAIL BOB CAROL
	    "C: BDAT 10 LAST\nC: .hello\nC: \n"
	    "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 250 queued\nC: QUIT\n",
	    ".hello\n\n", "rr accepted: 250 queued", PROGRESS_DECIDED);
	/* Without PIPELINING it is not used. */
	plays(HELLO
	    "S: 250-mx.b.example\nS: 250 CHUNKING\n"
	    MAIL "S: 250 ok\n" BOB "S: 250 ok\n" CAROL "S: 250 ok\n"
	    "C: DATA\nS: 354 go ahead\nC: ..hello\nC: .\n"
	    "S: 250 queued\nC: QUIT\n",
	    ".hello\n", "rr accepted: 250 queued", PROGRESS_DECIDED);
}

static void
test_parameters(void **state)
{
	/* REQ: CLI-05 MSG-06 */
	plays(HELLO
	    "S: 250-mx.b.example\nS: 250-SIZE\nS: 250 8BITMIME\n"
	    "C: MAIL FROM:<alice@a.example> SIZE=1000 BODY=8BITMIME\n"
	    "S: 250 ok\n" BOB "S: 250 ok\n" CAROL "S: 250 ok\n"
	    "C: DATA\nS: 354 go ahead\nC: \xc3\xa4\nC: .\n"
	    "S: 250 queued\nC: QUIT\n",
	    "\xc3\xa4\n", "rr accepted: 250 queued", PROGRESS_DECIDED);
	/* Too large for it: it may say so before it gets more. REQ: MSG-07 */
	plays(HELLO
	    "S: 250-mx.b.example\nS: 250-PIPELINING\nS: 250 SIZE 999\n"
	    "C: MAIL FROM:<alice@a.example> SIZE=1000\n"
	    "S: 552 too large\nC: QUIT\n",
	    "hello\n", "-- said MAIL 5xx: 552 too large", PROGRESS_NOT_SENT);
}

static void
test_helo(void **state)
{
	/* REQ: TRY-09 */
	plays(HELLO
	    "S: 502 what is EHLO?\n"
	    "C: HELO me.example\nS: 250 mx.b.example\n"
	    MAIL "S: 250 ok\n" BOB "S: 250 ok\n" CAROL "S: 250 ok\n"
	    "C: DATA\nS: 354 go ahead\nC: hello\nC: .\n"
	    "S: 250 queued\nC: QUIT\n",
	    "hello\n", "rr accepted: 250 queued", PROGRESS_DECIDED);
	/* What it offers while it refuses is not offered. */
	plays(HELLO
	    "S: 502-what\nS: 502 PIPELINING\n"
	    "C: HELO me.example\nS: 250-mx\nS: 250 PIPELINING\n"
	    MAIL "S: 550 go away\nC: QUIT\n",
	    "hello\n", "-- said MAIL 5xx: 550 go away", PROGRESS_NOT_SENT);
	plays(HELLO
	    "S: 502 what is EHLO?\n"
	    "C: HELO me.example\nS: 550 who are you\nC: QUIT\n",
	    "hello\n", "-- broke hello 5xx: 550 who are you",
	    PROGRESS_NOT_SENT);
	plays(HELLO "S: 451 not now\nC: QUIT\n", "hello\n",
	    "-- broke hello 4xx: 451 not now", PROGRESS_NOT_SENT);
}

static void
test_greetings(void **state)
{
	plays("S: 554 no service\nC: QUIT\n", "hello\n",
	    "-- broke greeting 5xx: 554 no service", PROGRESS_NOT_SENT);
	plays("S: 421 too busy\nC: QUIT\n", "hello\n",
	    "-- broke greeting 4xx: 421 too busy", PROGRESS_NOT_SENT);
	/* It hangs up in the middle of its greeting. */
	plays("S: 220-wait\n", "hello\n", "-- broke greeting close",
	    PROGRESS_NOT_SENT);
	plays("S: SSH-2.0-OpenSSH\n", "hello\n",
	    "-- broke greeting garble: SSH-2.0-OpenSSH", PROGRESS_NOT_SENT);
	plays("S: 354 go ahead\n", "hello\n",
	    "-- broke greeting garble: 354 go ahead", PROGRESS_NOT_SENT);
}

static void
test_refusals(void **state)
{
	plays(PLAIN MAIL "S: 550 no\nC: QUIT\n", "hello\n",
	    "-- said MAIL 5xx: 550 no", PROGRESS_NOT_SENT);
	/* One that may be accepted later outweighs one that never will. */
	plays(PLAIN MAIL "S: 250 ok\n" BOB "S: 450 later\n"
	    CAROL "S: 550 no\nC: QUIT\n",
	    "hello\n", "sh said RCPT 4xx: 450 later", PROGRESS_NOT_SENT);
	plays(PLAIN MAIL "S: 250 ok\n" BOB "S: 250 ok\n" CAROL "S: 250 ok\n"
	    "C: DATA\nS: 451 disk\nC: QUIT\n",
	    "hello\n", "rr said DATA 4xx: 451 disk", PROGRESS_NOT_SENT);
	plays(PLAIN MAIL "S: 250 ok\n" BOB "S: 250 ok\n" CAROL "S: 250 ok\n"
	    "C: DATA\nS: 354 go ahead\nC: hello\nC: .\n"
	    "S: 554 spam\nC: QUIT\n",
	    "hello\n", "rr said dot 5xx: 554 spam",
	    PROGRESS_MAY_HAVE_ARRIVED);
}

static void
test_breakdowns(void **state)
{
	plays(PLAIN MAIL "S: 250 ok\n" BOB "S: 250-wait\n", "hello\n",
	    "-- broke RCPT close", PROGRESS_NOT_SENT);
	plays(PLAIN MAIL "S: 250 ok\n" BOB "S: 250 ok\n" CAROL "S: 250 ok\n"
	    "C: DATA\nS: 354 go ahead\nC: hello\nC: .\nS: 250-almost\n",
	    "hello\n", "rr broke dot close", PROGRESS_MAY_HAVE_ARRIVED);
	plays(PLAIN MAIL "S: ok\n", "hello\n", "-- broke MAIL garble: ok",
	    PROGRESS_NOT_SENT);
}

static void
test_partial_line(void **state)
{
	/* Found out too late to say it before: the end is never said. */
	plays(PLAIN MAIL "S: 250 ok\n" BOB "S: 250 ok\n" CAROL "S: 250 ok\n"
	    "C: DATA\nS: 354 go ahead\nC! no end\n",
	    NULL, "rr broke partial lack", PROGRESS_NOT_SENT);
}

/* clang-format on */

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_plain),
		CHECK(test_pipelining),
		CHECK(test_chunking),
		CHECK(test_parameters),
		CHECK(test_helo),
		CHECK(test_greetings),
		CHECK(test_refusals),
		CHECK(test_breakdowns),
		CHECK(test_partial_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
