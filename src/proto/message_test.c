/*
 * message_test - the message, as blocks of bytes
 *
 * REQ: CLI-08 MSG-02 MXP-04
 */
#include "base/check.h"
#include "proto/message.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum {
	BLOCK = 64 * 1024,
	PATIENCE = 20 * 1000,
};

/* Bytes of lines, so many, with a line feed at the end. */
static struct span
lines(void **state, size_t n)
{
	char *p = arena_take(check_arena(state), n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i % 61 == 60 ? '\n' : 'a' + i % 23);
	if (n > 0)
		p[n - 1] = '\n';
	return (struct span){ p, n };
}

/* A file with these bytes, read up to an offset. */
static int
file_at(void **state, struct span bytes, off_t offset)
{
	int fd =
	    open(check_file(state, "message", bytes), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, offset, SEEK_SET), offset);
	return fd;
}

/* A pipe that holds these bytes, and will get no more. */
static int
pipe_of(struct span bytes)
{
	int fd[2];

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	assert_true(fcntl(fd[1], F_SETPIPE_SZ, 1 << 20) >= 1 << 20);
	assert_int_equal(write(fd[1], bytes.p, bytes.n), (ssize_t)bytes.n);
	assert_int_equal(close(fd[1]), 0);
	return fd[0];
}

/* What is to be known of a message before it is sent. */
struct known {
	bool whole, partial, may_be_8bit;
	uint64_t length;
};

#define reads(...) reads_at(HERE, check_arena(state), __VA_ARGS__)

/* Reads it to the end: first what is known of it, then all its bytes. */
static void
reads_at(
    struct place at, struct arena *a, int fd, struct known k, struct span want)
{
	off_t begin = lseek(fd, 0, SEEK_CUR);
	struct message *m;
	struct span block;
	int err;

	check_number(at, message_open(&m, fd, a, &err), BY_NOTHING);
	check_number(
	    at, message_begin(m, clock_in(PATIENCE), &err), BY_NOTHING);
	check_number(at, message_is_whole(m), k.whole);
	check_number(at, message_is_partial(m), k.partial);
	check_number(at, message_may_be_8bit(m), k.may_be_8bit);
	check_number(at, message_length(m), k.length);
	do {
		check_number(at, message_next(&block, m, &err), BY_NOTHING);
		check_true(at, block.n <= want.n, "no more than there is");
		check_span(at, block, span_head(want, block.n));
		want = span_tail(want, block.n);
	} while (block.n > 0);
	check_number(at, want.n, 0);
	/* The end stays the end. */
	check_number(at, message_next(&block, m, &err), BY_NOTHING);
	check_number(at, block.n, 0);
	/* What can go back does so, to where it was. */
	check_number(at, message_rewind(fd, m), begin >= 0);
	check_number(at, (uint64_t)lseek(fd, 0, SEEK_CUR), (uint64_t)begin);
	/* The descriptor stays the caller's. */
	check_number(at, (unsigned)close(fd), 0);
}

static void
test_small_file(void **state)
{
	struct span text = SPAN("Subject: x\n\nhello\n");

	reads(file_at(state, text, 0), (struct known){ true, false, false, 18 },
	    text);
	reads(file_at(state, text, 12), (struct known){ true, false, false, 6 },
	    span_tail(text, 12));
	/* Nothing at all, for whichever reason, is an empty message. */
	reads(file_at(state, text, 18), (struct known){ .whole = true },
	    SPAN(""));
	reads(file_at(state, text, 99), (struct known){ .whole = true },
	    SPAN(""));
	reads(file_at(state, SPAN(""), 0), (struct known){ .whole = true },
	    SPAN(""));

	reads(file_at(state, SPAN("a\nb"), 0),
	    (struct known){ true, true, false, 3 }, SPAN("a\nb"));
	reads(file_at(state, SPAN("a\n\r"), 0),
	    (struct known){ true, true, false, 3 }, SPAN("a\n\r"));
	reads(file_at(state, SPAN("a\0\xff\n"), 0),
	    (struct known){ true, false, true, 4 }, SPAN("a\0\xff\n"));
}

static void
test_large_file(void **state)
{
	struct span big = lines(state, 300000);

	/* About as large as a block, and far larger; at any offset. */
	for (size_t n = BLOCK - 1; n <= BLOCK + 1; n++) {
		struct span some = lines(state, n);

		reads(file_at(state, some, 0),
		    (struct known){ true, false, false, n }, some);
	}
	for (size_t at = 0; at < 3 * 4096; at += 1365)
		reads(file_at(state, big, (off_t)at),
		    (struct known){ true, false, false, big.n - at },
		    span_tail(big, at));
	/* What is wrong with it stands at its end. */
	reads(file_at(state, span_head(big, 200000), 0),
	    (struct known){ true, true, false, 200000 },
	    span_head(big, 200000));
	((char *)(uintptr_t)big.p)[299998] = '\x80';
	reads(file_at(state, big, 1),
	    (struct known){ true, false, true, big.n - 1 }, span_tail(big, 1));
}

static void
test_pipe(void **state)
{
	struct span big = lines(state, 300000);

	reads(pipe_of(SPAN("a\n")), (struct known){ true, false, false, 2 },
	    SPAN("a\n"));
	reads(pipe_of(SPAN("")), (struct known){ .whole = true }, SPAN(""));
	reads(pipe_of(SPAN("a\nb")), (struct known){ true, true, false, 3 },
	    SPAN("a\nb"));
	reads(pipe_of(span_head(big, BLOCK - 1)),
	    (struct known){ true, true, false, BLOCK - 1 },
	    span_head(big, BLOCK - 1));
	/* Of what is longer than a block nothing is known. */
	reads(pipe_of(span_head(big, BLOCK)),
	    (struct known){ .may_be_8bit = true }, span_head(big, BLOCK));
	reads(pipe_of(big), (struct known){ .may_be_8bit = true }, big);
}

static void
test_socket(void **state)
{
	struct span some = lines(state, 100000);
	int fd[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(write(fd[1], some.p, some.n), (ssize_t)some.n);
	assert_int_equal(close(fd[1]), 0);
	reads(fd[0], (struct known){ .may_be_8bit = true }, some);
}

static void
test_slow_pipe(void **state)
{
	struct message *m;
	struct span block;
	int fd[2], err;

	/* It comes in time, or it does not. */
	assert_int_equal(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(
	    message_open(&m, fd[0], check_arena(state), &err), BY_NOTHING);
	assert_int_equal(write(fd[1], "a\n", 2), 2);
	assert_int_equal(message_begin(m, clock_in(100), &err), BY_TIMEOUT);
	assert_int_equal(close(fd[0]), 0);
	assert_int_equal(close(fd[1]), 0);

	/* So also for what comes after the first block. */
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	assert_int_equal(
	    message_open(&m, fd[0], check_arena(state), &err), BY_NOTHING);
	assert_int_equal(write(fd[1], lines(state, BLOCK).p, BLOCK), BLOCK);
	assert_int_equal(message_begin(m, clock_in(200), &err), BY_NOTHING);
	assert_int_equal(message_next(&block, m, &err), BY_NOTHING);
	assert_int_equal(block.n, BLOCK);
	assert_int_equal(message_next(&block, m, &err), BY_TIMEOUT);
	assert_int_equal(close(fd[0]), 0);
	assert_int_equal(close(fd[1]), 0);
}

#define fails(fd, when, error)                                                 \
	fails_at(HERE, check_arena(state), fd, when, error)

/* It cannot be had (0), or cannot be read (1). */
static void
fails_at(struct place at, struct arena *a, int fd, int when, int error)
{
	struct message *m;
	int err = 0;
	enum cause c = message_open(&m, fd, a, &err);

	if (when == 1) {
		check_number(at, c, BY_NOTHING);
		c = message_begin(m, clock_in(PATIENCE), &err);
	}
	check_number(at, c, BY_SYSTEM);
	check_number(at, (unsigned)err, (unsigned)error);
	if (fd >= 0)
		check_number(at, (unsigned)close(fd), 0);
}

#define measures(...) measures_at(HERE, check_arena(state), __VA_ARGS__)

/* Its length is found out before it is read, and it is read whole.
 *                                                         REQ: MXP-04 */
static void
measures_at(struct place at, struct arena *a, int fd, struct span want,
    bool partial, const char *directory)
{
	struct message *m;
	struct span block;
	size_t n = 0;
	int err;

	check_number(at, message_open(&m, fd, a, &err), BY_NOTHING);
	check_number(
	    at, message_begin(m, clock_in(PATIENCE), &err), BY_NOTHING);
	check_number(at, message_measure(m, directory, &err), BY_NOTHING);
	check_number(at, message_length(m), want.n);
	check_number(at, message_is_partial(m), partial);
	/* To know it is no reason to read again. */
	check_number(at, message_measure(m, directory, &err), BY_NOTHING);
	do {
		check_number(at, message_next(&block, m, &err), BY_NOTHING);
		check_span(at, block, span_head(span_tail(want, n), block.n));
		n += block.n;
	} while (block.n > 0);
	check_number(at, n, want.n);
	check_number(at, (unsigned)close(fd), 0);
}

static void
test_measure(void **state)
{
	struct span big = lines(state, 300000);
	const char *dir = check_path(state, ".");

	measures(file_at(state, SPAN("a\n"), 0), SPAN("a\n"), false, dir);
	measures(pipe_of(SPAN("")), SPAN(""), false, dir);
	measures(pipe_of(SPAN("a\nb")), SPAN("a\nb"), true, dir);
	measures(file_at(state, big, 7), span_tail(big, 7), false, dir);
	for (size_t n = BLOCK - 1; n <= BLOCK + 1; n++)
		measures(pipe_of(lines(state, n)), lines(state, n), false, dir);
	measures(pipe_of(big), big, false, dir);
	measures(pipe_of(big), big, false, "/nowhere/at/all");
	measures(
	    pipe_of(span_head(big, 200000)), span_head(big, 200000), true, dir);
}

static void
test_measure_that_cannot_be_done(void **state)
{
	const char *dir = check_path(state, ".");
	struct rlimit before, small;
	struct message *m;
	int fd[2], err;

	/* The rest does not come. */
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	assert_int_equal(
	    message_open(&m, fd[0], check_arena(state), &err), BY_NOTHING);
	assert_int_equal(write(fd[1], lines(state, BLOCK).p, BLOCK), BLOCK);
	assert_int_equal(message_begin(m, clock_in(200), &err), BY_NOTHING);
	assert_int_equal(message_measure(m, dir, &err), BY_TIMEOUT);
	assert_int_equal(close(fd[0]), 0);
	assert_int_equal(close(fd[1]), 0);

	/* It has no room. */
	fd[0] = pipe_of(lines(state, 300000));
	assert_int_equal(
	    message_open(&m, fd[0], check_arena(state), &err), BY_NOTHING);
	assert_int_equal(
	    message_begin(m, clock_in(PATIENCE), &err), BY_NOTHING);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 100000;
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(message_measure(m, dir, &err), BY_SYSTEM);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, EFBIG);
	assert_int_equal(close(fd[0]), 0);
}

static void
test_unreadable(void **state)
{
	const char *path = check_file(state, "message", SPAN("a\n"));

	fails(-1, 0, EBADF);
	fails(open(path, O_WRONLY | O_CLOEXEC), 1, EBADF);
	fails(open("/dev/null", O_WRONLY | O_CLOEXEC), 1, EBADF);
	fails(open(check_path(state, "."), O_RDONLY | O_CLOEXEC), 1, EISDIR);
}

static void
test_8bit(void **state)
{
	char text[200];

	(void)state;
	/* One such byte at each place, in texts of each length. */
	for (size_t n = 0; n <= sizeof(text); n++) {
		memset(text, 0x7f, sizeof(text));
		assert_false(message_has_8bit((struct span){ text, n }));
		for (size_t i = 0; i < sizeof(text); i++) {
			text[i] = '\x80';
			assert_int_equal(
			    message_has_8bit((struct span){ text, n }), i < n);
			text[i] = 0x7f;
		}
	}
	assert_true(message_has_8bit(SPAN("\xff")));
	assert_false(message_has_8bit(SPAN("\0\1\n")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_small_file),
		CHECK(test_large_file),
		CHECK(test_pipe),
		CHECK(test_socket),
		CHECK(test_slow_pipe),
		CHECK(test_unreadable),
		CHECK(test_8bit),
		CHECK(test_measure),
		CHECK(test_measure_that_cannot_be_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
