/*
 * stream_test - buffered bytes to and from a peer, by a deadline
 *
 * Long because a peer may be slow, silent, loud or gone, in both directions.
 */
#include "base/buf.h"
#include "base/check.h"
#include "base/compiler.h"
#include "net/stream.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

enum {
	/* Long enough for whatever does not have to wait. */
	PATIENCE = 20 * 1000,
	FOUR_MB = 4 * 1024 * 1024,
	/* "250 so it goes\n" */
	LINE = 15,
};

/* Two ends of a connection: a stream, and the peer's socket. */
struct pair {
	struct stream *stream;
	int peer;
};

static struct pair
connect_pair(void **state)
{
	struct pair p;
	int fd[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	p.stream = stream_new(fd[0], check_arena(state));
	p.peer = fd[1];
	stream_pace(p.stream, PATIENCE, NEVER);
	return p;
}

static void
end_pair(struct pair *p)
{
	stream_close(p->stream);
	if (p->peer >= 0)
		assert_int_equal(close(p->peer), 0);
}

/* The peer says something, all of which must fit into the socket. */
static void
say(const struct pair *p, struct span s)
{
	assert_int_equal(send(p->peer, s.p, s.n, MSG_NOSIGNAL), (ssize_t)s.n);
}

static void
hang_up(struct pair *p)
{
	assert_int_equal(close(p->peer), 0);
	p->peer = -1;
}

/* So many bytes, each another than its neighbours. */
static struct span
pattern(void **state, size_t n)
{
	char *p = arena_take(check_arena(state), n);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)('a' + i % 23);
	return (struct span){ p, n };
}

#define lines(...) lines_at(HERE, state, __VA_ARGS__)

/* What the peer says before it hangs up, as lines with a bar behind each. */
static void
lines_at(struct place at, void **state, struct span said, struct span want)
{
	struct pair p = connect_pair(state);
	char got[200];
	struct span line;
	size_t n = 0;
	enum cause c;

	say(&p, said);
	hang_up(&p);
	while ((c = stream_line(&line, p.stream, 100)) == BY_NOTHING) {
		assert_true(n + line.n < sizeof(got));
		memcpy(got + n, line.p, line.n);
		n += line.n;
		got[n++] = '|';
	}
	check_number(at, c, BY_CLOSE);
	check_span(at, (struct span){ got, n }, want);
	end_pair(&p);
}

static void
test_lines(void **state)
{
	lines(SPAN("a\r\nb\r\n"), SPAN("a|b|"));
	lines(SPAN("a\nb\n"), SPAN("a|b|"));
	lines(SPAN("\r\n\n"), SPAN("||"));
	/* Only one CR, and only in front of the LF, belongs to the end. */
	lines(SPAN("a\rb\r\r\n"), SPAN("a\rb\r|"));
	lines(SPAN("a\0b\r\n\0\n"), SPAN("a\0b|\0|"));
	lines(SPAN("\xff\x80\n"), SPAN("\xff\x80|"));
	/* A line that was never ended is none. */
	lines(SPAN("a\r\nb"), SPAN("a|"));
	lines(SPAN("a\r"), SPAN(""));
	lines(SPAN(""), SPAN(""));
}

static void
test_long_lines(void **state)
{
	struct pair p = connect_pair(state);
	struct span big = pattern(state, 50000), line;

	say(&p, big);
	say(&p, SPAN("\r\nnext\r\n"));
	assert_int_equal(stream_line(&line, p.stream, 10), BY_NOTHING);
	check_span(HERE, line, span_head(big, 10));
	assert_int_equal(stream_line(&line, p.stream, 10), BY_NOTHING);
	check_text(HERE, line, "next");

	/* No more than STREAM_LINE_MAX, whatever is asked for. */
	say(&p, big);
	say(&p, SPAN("\r\nnext\r\n"));
	assert_int_equal(stream_line(&line, p.stream, SIZE_MAX), BY_NOTHING);
	check_span(HERE, line, span_head(big, STREAM_LINE_MAX));
	assert_int_equal(stream_line(&line, p.stream, 10), BY_NOTHING);
	check_text(HERE, line, "next");

	/* Around the most that is kept: the end of the line is not part. */
	for (size_t n = 8; n <= 12; n++) {
		say(&p, span_head(big, n));
		say(&p, SPAN("\r\n"));
		assert_int_equal(stream_line(&line, p.stream, 10), BY_NOTHING);
		check_span(HERE, line, span_head(big, n < 10 ? n : 10));
	}
	end_pair(&p);
}

static void
test_many_lines(void **state)
{
	struct pair p = connect_pair(state);
	char text[20];
	struct span line;

	/* More at once than the buffer holds: it ends in the middle of one. */
	for (int i = 0; i < 10000; i += 1000) {
		struct buf b;

		buf_init(&b, check_arena(state), 20000);
		for (int j = i; j < i + 1000; j++) {
			buf_puts(&b, "line ");
			buf_put_number(&b, (uint64_t)j);
			buf_puts(&b, "\r\n");
		}
		say(&p, buf_span(&b));
		for (int j = i; j < i + 1000; j++) {
			(void)snprintf(text, sizeof(text), "line %d", j);
			assert_int_equal(
			    stream_line(&line, p.stream, 100), BY_NOTHING);
			check_text(HERE, line, text);
		}
		assert_false(stream_pending(p.stream));
	}
	end_pair(&p);
}

static void
test_take(void **state)
{
	struct pair p = connect_pair(state);
	struct span big = pattern(state, 65535), got;

	say(&p, SPAN("line\nabc"));
	assert_int_equal(stream_line(&got, p.stream, 100), BY_NOTHING);
	assert_true(stream_pending(p.stream));
	assert_int_equal(stream_take(&got, p.stream, 0), BY_NOTHING);
	assert_int_equal(got.n, 0);
	assert_int_equal(stream_take(&got, p.stream, 2), BY_NOTHING);
	check_text(HERE, got, "ab");
	say(&p, SPAN("de"));
	assert_int_equal(stream_take(&got, p.stream, 3), BY_NOTHING);
	check_text(HERE, got, "cde");
	assert_false(stream_pending(p.stream));
	/* Far more than the first room for what is heard. */
	say(&p, big);
	assert_int_equal(stream_take(&got, p.stream, big.n), BY_NOTHING);
	check_span(HERE, got, big);
	/* So also behind what was read before it. */
	say(&p, SPAN("line\n"));
	say(&p, big);
	assert_int_equal(stream_line(&got, p.stream, 100), BY_NOTHING);
	assert_int_equal(stream_take(&got, p.stream, big.n), BY_NOTHING);
	check_span(HERE, got, big);
	say(&p, SPAN("ab"));
	hang_up(&p);
	assert_int_equal(stream_take(&got, p.stream, 3), BY_CLOSE);
	/* What did come is still there. */
	assert_int_equal(stream_take(&got, p.stream, 2), BY_NOTHING);
	check_text(HERE, got, "ab");
	end_pair(&p);
}

static void
test_send(void **state)
{
	struct pair p = connect_pair(state);
	char got[100], *room;
	size_t n;

	/* Nothing leaves before the flush. */
	stream_put(p.stream, SPAN("EHLO "));
	stream_put(p.stream, SPAN(""));
	room = stream_room(p.stream, &n);
	assert_true(n >= STREAM_ROOM_MIN);
	memcpy(room, "me\r\n", 4);
	stream_used(p.stream, 4);
	assert_int_equal(recv(p.peer, got, sizeof(got), MSG_DONTWAIT), -1);
	assert_int_equal(stream_unsent(p.stream), 9);
	assert_int_equal(stream_flush(p.stream), BY_NOTHING);
	assert_int_equal(stream_unsent(p.stream), 0);
	assert_int_equal(recv(p.peer, got, sizeof(got), MSG_DONTWAIT), 9);
	check_text(HERE, (struct span){ got, 9 }, "EHLO me\r\n");
	/* Nothing to send is sent. */
	assert_int_equal(stream_flush(p.stream), BY_NOTHING);
	assert_int_equal(recv(p.peer, got, sizeof(got), MSG_DONTWAIT), -1);
	end_pair(&p);
}

static void
test_room(void **state)
{
	struct pair p = connect_pair(state);
	struct span big = pattern(state, STREAM_OUT);
	char *got = arena_take(check_arena(state), STREAM_OUT);
	size_t n;

	/* Nearly full: what is there leaves, and there is room again. */
	stream_put(p.stream, span_head(big, STREAM_OUT - 10));
	(void)stream_room(p.stream, &n);
	assert_int_equal(n, STREAM_OUT);
	assert_int_equal(stream_unsent(p.stream), 0);
	assert_int_equal(
	    recv(p.peer, got, STREAM_OUT, MSG_WAITALL | MSG_DONTWAIT),
	    STREAM_OUT - 10);
	assert_memory_equal(got, big.p, STREAM_OUT - 10);
	/* Just enough is enough. */
	stream_put(p.stream, span_head(big, STREAM_OUT - STREAM_ROOM_MIN));
	(void)stream_room(p.stream, &n);
	assert_int_equal(n, STREAM_ROOM_MIN);
	/* Exactly full: it leaves by itself. */
	stream_put(p.stream, span_head(big, STREAM_ROOM_MIN));
	assert_int_equal(stream_unsent(p.stream), 0);
	end_pair(&p);
}

/* What a peer in a thread of its own does. */
struct script {
	int fd;
	/* It says so much, in lines, before it listens; then hears so much. */
	size_t says, hears;
	/* Milliseconds before each piece, and the most it says at once. */
	int pause;
	size_t piece;
	/* How much was said and heard; that was the pattern. */
	size_t said, heard;
	bool right;
	pthread_t thread;
};

static void *
play(void *arg)
{
	struct script *s = arg;
	char text[LINE * 256];
	ssize_t n;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "250 so it goes\n"[i % LINE];
	for (; s->said < s->says; s->said += (size_t)n) {
		size_t at = s->said % sizeof(text);
		struct span rest = { text + at, sizeof(text) - at };

		rest = span_head(span_head(rest, s->piece), s->says - s->said);
		(void)poll(NULL, 0, s->pause);
		n = send(s->fd, rest.p, rest.n, MSG_NOSIGNAL);
		if (n <= 0)
			return NULL;
	}
	s->right = true;
	for (; s->heard < s->hears; s->heard += (size_t)n) {
		(void)poll(NULL, 0, s->pause);
		n = recv(s->fd, text, sizeof(text), 0);
		if (n <= 0)
			return NULL;
		for (size_t i = 0; i < (size_t)n; i++)
			if (text[i] != (char)('a' + (s->heard + i) % 23))
				s->right = false;
	}
	return NULL;
}

static void
begin(struct script *s, const struct pair *p)
{
	s->fd = p->peer;
	assert_int_equal(pthread_create(&s->thread, NULL, play, s), 0);
}

static void
end(struct script *s)
{
	assert_int_equal(pthread_join(s->thread, NULL), 0);
}

static void
test_duplex(void **state)
{
	struct pair p = connect_pair(state);
	struct script s = { .says = FOUR_MB / LINE * LINE,
		.hears = FOUR_MB,
		.piece = FOUR_MB };
	struct span big = pattern(state, FOUR_MB), line;

	/* It does not listen until it has said all, and nor do we: [2920:3.1] */
	begin(&s, &p);
	stream_put(p.stream, big);
	assert_int_equal(stream_flush(p.stream), BY_NOTHING);
	for (size_t i = 0; i < FOUR_MB / LINE; i++) {
		assert_int_equal(stream_line(&line, p.stream, 100), BY_NOTHING);
		check_text(HERE, line, "250 so it goes");
	}
	assert_false(stream_pending(p.stream));
	end(&s);
	assert_int_equal(s.heard, FOUR_MB);
	assert_true(s.right);
	end_pair(&p);
}

static void
test_too_loud(void **state)
{
	struct pair p = connect_pair(state);
	struct script s = { .says = SIZE_MAX, .piece = SIZE_MAX };
	int err;

	/* There is an end to what is kept of a peer that does not listen. */
	begin(&s, &p);
	stream_put(p.stream, pattern(state, FOUR_MB));
	assert_int_equal(stream_flush(p.stream), BY_GARBLE);
	assert_int_equal(stream_broken(p.stream, &err), BY_GARBLE);
	stream_close(p.stream);
	p.stream = NULL;
	end(&s);
	assert_in_range(s.said, 16 * 1024 * 1024, 20 * 1024 * 1024);
	end_pair(&p);
}

/* How long since, in milliseconds. */
static int64_t
since(instant begin)
{
	return clock_now() - begin;
}

static void
test_silence(void **state)
{
	struct pair p = connect_pair(state);
	struct span line;
	instant start = clock_now();

	stream_pace(p.stream, 100, NEVER);
	assert_int_equal(stream_line(&line, p.stream, 100), BY_TIMEOUT);
	assert_in_range(since(start), 100, 5000);
	/* Too late is too late. */
	say(&p, SPAN("250 sorry\n"));
	assert_int_equal(stream_line(&line, p.stream, 100), BY_TIMEOUT);
	end_pair(&p);
}

static void
test_cap(void **state)
{
	struct pair p = connect_pair(state);
	struct span line;
	instant start = clock_now();

	stream_pace(p.stream, PATIENCE, clock_in(100));
	assert_int_equal(stream_line(&line, p.stream, 100), BY_TIMEOUT);
	assert_in_range(since(start), 100, 5000);
	end_pair(&p);

	/* Nothing is sent once it has passed. */
	p = connect_pair(state);
	stream_pace(p.stream, PATIENCE, clock_now() - 1);
	stream_put(p.stream, SPAN("QUIT\r\n"));
	assert_int_equal(stream_flush(p.stream), BY_TIMEOUT);
	assert_int_equal(stream_unsent(p.stream), 6);
	assert_int_equal(recv(p.peer, (char[1]){ 0 }, 1, MSG_DONTWAIT), -1);
	end_pair(&p);
}

static void
test_drip(void **state)
{
	struct pair p = connect_pair(state);
	struct script s = { .says = 14, .pause = 50, .piece = 1 };
	struct span line;
	instant start = clock_now();

	/* A byte now and then does not renew the patience.      REQ: TRY-07 */
	begin(&s, &p);
	stream_pace(p.stream, 300, NEVER);
	assert_int_equal(stream_line(&line, p.stream, 100), BY_TIMEOUT);
	assert_in_range(since(start), 300, 900);
	end(&s);
	end_pair(&p);
}

static void
test_await(void **state)
{
	struct span line;

	/* Two lines, 300 ms apart: in 500 ms, or in 500 ms each. */
	for (int anew = 0; anew < 2; anew++) {
		struct pair p = connect_pair(state);
		struct script s = {
			.says = 2 * LINE, .pause = 300, .piece = LINE
		};

		begin(&s, &p);
		stream_pace(p.stream, 500, NEVER);
		assert_int_equal(stream_line(&line, p.stream, 100), BY_NOTHING);
		if (anew == 1)
			stream_await(p.stream);
		assert_int_equal(stream_line(&line, p.stream, 100),
		    anew == 1 ? BY_NOTHING : BY_TIMEOUT);
		end(&s);
		end_pair(&p);
	}
}

static void
test_early_close(void **state)
{
	struct pair p = connect_pair(state);
	struct span line;
	int err;

	/* It says why, and is gone before we have said anything. */
	say(&p, SPAN("421 too busy\r\n"));
	hang_up(&p);
	stream_put(p.stream, SPAN("EHLO me\r\n"));
	assert_int_equal(stream_flush(p.stream), BY_CLOSE);
	assert_int_equal(stream_unsent(p.stream), 9);
	assert_int_equal(stream_line(&line, p.stream, 100), BY_NOTHING);
	check_text(HERE, line, "421 too busy");
	assert_int_equal(stream_line(&line, p.stream, 100), BY_CLOSE);
	assert_int_equal(stream_broken(p.stream, &err), BY_CLOSE);
	/* From now on puts do nothing. */
	stream_put(p.stream, SPAN("more"));
	assert_int_equal(stream_flush(p.stream), BY_CLOSE);
	assert_int_equal(stream_unsent(p.stream), 9);
	end_pair(&p);
}

static void
test_reset(void **state)
{
	struct pair p = connect_pair(state);
	struct span line;

	/* Closed with something unread: a reset, which is a close too. */
	stream_put(p.stream, SPAN("EHLO me\r\n"));
	assert_int_equal(stream_flush(p.stream), BY_NOTHING);
	hang_up(&p);
	assert_int_equal(stream_line(&line, p.stream, 100), BY_CLOSE);
	end_pair(&p);
}

static void
test_unsent(void **state)
{
	struct pair p = connect_pair(state);
	struct span big = pattern(state, STREAM_OUT - 1);
	char *got = arena_take(check_arena(state), STREAM_OUT);
	int small = 4096;
	ssize_t n;
	size_t taken = 0;

	/* A peer that takes some of it: the rest is known to the byte. */
	assert_int_equal(
	    setsockopt(p.peer, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
	    0);
	stream_pace(p.stream, 100, NEVER);
	stream_put(p.stream, big);
	for (int i = 0; i < 100 && stream_flush(p.stream) == BY_NOTHING; i++)
		stream_put(p.stream, big);
	assert_true(stream_unsent(p.stream) > 0);
	assert_true(stream_unsent(p.stream) <= big.n);
	while ((n = recv(p.peer, got, STREAM_OUT, MSG_DONTWAIT)) > 0)
		taken += (size_t)n;
	assert_int_equal((taken + stream_unsent(p.stream)) % big.n, 0);
	end_pair(&p);
}

static void
test_unsent_after_hearing_fails(void **state)
{
	struct pair p = connect_pair(state);
	struct span line;

	/*
	 * What was put and never flushed has not been sent.
	 */
	stream_put(p.stream, SPAN("EHLO me\r\n"));
	hang_up(&p);
	assert_int_equal(stream_line(&line, p.stream, 100), BY_CLOSE);
	assert_int_equal(stream_unsent(p.stream), 9);
	end_pair(&p);
}

static void
test_slow_reader(void **state)
{
	struct span big = pattern(state, FOUR_MB);

	/* It takes a little now and then: patience lasts, the cap does not. */
	for (int capped = 0; capped < 2; capped++) {
		struct pair p = connect_pair(state);
		struct script s = {
			.hears = FOUR_MB, .pause = 1, .piece = 4096
		};
		instant start = clock_now();

		begin(&s, &p);
		stream_pace(p.stream, 500, capped == 1 ? clock_in(200) : NEVER);
		stream_put(p.stream, big);
		if (capped == 1) {
			assert_int_equal(stream_flush(p.stream), BY_TIMEOUT);
			assert_in_range(since(start), 200, 5000);
		} else {
			assert_int_equal(stream_flush(p.stream), BY_NOTHING);
			assert_true(since(start) > 600);
		}
		stream_close(p.stream);
		p.stream = NULL;
		end(&s);
		assert_true(s.right);
		end_pair(&p);
	}
}

static void
test_no_socket(void **state)
{
	struct stream *s;
	struct span line;
	int fd[2], err;

	/* Any other failure of the system is told with its errno. */
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], "x\n", 2), 2);
	s = stream_new(fd[0], check_arena(state));
	stream_pace(s, PATIENCE, NEVER);
	assert_int_equal(stream_line(&line, s, 100), BY_SYSTEM);
	assert_int_equal(stream_broken(s, &err), BY_SYSTEM);
	assert_int_equal(err, ENOTSOCK);
	stream_close(s);
	assert_int_equal(close(fd[1]), 0);
	/* It was closed, and NULL is allowed. */
	assert_int_equal(fcntl(fd[0], F_GETFD), -1);
	stream_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_lines),
		CHECK(test_long_lines),
		CHECK(test_many_lines),
		CHECK(test_take),
		CHECK(test_send),
		CHECK(test_room),
		CHECK(test_duplex),
		CHECK(test_too_loud),
		CHECK(test_silence),
		CHECK(test_cap),
		CHECK(test_drip),
		CHECK(test_await),
		CHECK(test_early_close),
		CHECK(test_reset),
		CHECK(test_unsent),
		CHECK(test_unsent_after_hearing_fails),
		CHECK(test_slow_reader),
		CHECK(test_no_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
