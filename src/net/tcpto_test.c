/*
 * tcpto_test - addresses that lately failed
 *
 * The tables are written out byte by byte, as other programs of the same
 * queue write and read them; the file is long because there are two layouts.
 *
 * REQ: TRY-04 TRY-05
 */
#include "base/check.h"
#include "net/tcpto.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>

enum {
	RECORDS = 64,
	WIDE = 32,
	CLASSIC = 16,
	/* "\0\xf1\x53\x65" in a record. */
	NOW = 1700000000,
	PENALTY = 3600,
	TOLERANCE = 120,
};

/* What stands in the file. */
struct table {
	size_t n;
	char bytes[(RECORDS + 2) * WIDE];
};

/* Records of 192.0.2.X with a count, and the last byte of the time. */
#define V4(x, count, time)                                                     \
	SPAN("\2\0\0\0" count "\0\0\0" time "\xf1\x53\x65\0\0\0\0\xc0\0\2" x   \
	     "\0\0\0\0\0\0\0\0\0\0\0\0")
/* 2001:db8::X */
#define V6(x, count, time)                                                     \
	SPAN("\12\0\0\0" count "\0\0\0" time                                   \
	     "\xf1\x53\x65\0\0\0\0\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0" x)
/* 192.0.2.X as qmail 1.03 has it. */
#define CLASSIC4(x, count, time)                                               \
	SPAN("\xc0\0\2" x count "\0\0\0" time "\xf1\x53\x65\0\0\0\0")

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(&ip, span_of(text)));
	return ip;
}

/* A table of n bytes, all free. */
static void
clear(struct table *t, size_t n)
{
	memset(t, 0, sizeof(*t));
	t->n = n;
}

static void
put(struct table *t, size_t i, struct span record)
{
	assert_true(record.n == WIDE || record.n == CLASSIC);
	memcpy(t->bytes + i * record.n, record.p, record.n);
}

/* Writes the table below the test's directory, and opens it. */
static struct tcpto *
open_table(void **state, const struct table *t, enum tcpto_layout layout)
{
	struct tcpto *opened;

	(void)mkdir(check_path(state, "lock"), 0700);
	(void)check_file(state, "lock/tcpto", (struct span){ t->bytes, t->n });
	opened = tcpto_open(check_path(state, "."), layout, check_arena(state));
	assert_non_null(opened);
	return opened;
}

#define is_now(t) is_now_at(HERE, state, (t))

/* The file holds this table, and nothing else. */
static void
is_now_at(struct place at, void **state, const struct table *want)
{
	int fd = open(check_path(state, "lock/tcpto"), O_RDONLY | O_CLOEXEC);
	struct table got;
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, got.bytes, sizeof(got.bytes));
	assert_int_equal(close(fd), 0);
	check_number(at, (uint64_t)n, want->n);
	for (size_t i = 0; i < want->n; i += CLASSIC) {
		struct span row = { got.bytes + i, CLASSIC };

		if (want->n - i < CLASSIC)
			row.n = want->n - i;
		check_span(at, row, (struct span){ want->bytes + i, row.n });
	}
}

static void
test_new_records(void **state)
{
	struct ip a = ip_of("192.0.2.1"), b = ip_of("2001:db8::9");
	struct table want;
	struct tcpto *t;

	clear(&want, 2048);
	t = open_table(state, &want, TCPTO_WIDE);
	tcpto_failed(t, &a, TOLERANCE, NOW);
	put(&want, 0, V4("\1", "\1", "\0"));
	is_now(&want);
	tcpto_failed(t, &b, TOLERANCE, NOW + 1);
	put(&want, 1, V6("\x09", "\1", "\1"));
	is_now(&want);

	clear(&want, 1024);
	t = open_table(state, &want, TCPTO_CLASSIC);
	tcpto_failed(t, &a, TOLERANCE, NOW);
	put(&want, 0, CLASSIC4("\1", "\1", "\0"));
	is_now(&want);
	/* It has no place for IPv6. */
	tcpto_failed(t, &b, TOLERANCE, NOW);
	tcpto_worked(t, &b);
	assert_false(tcpto_recent(t, &b, PENALTY, NOW));
	is_now(&want);
}

static void
test_tolerance(void **state)
{
	struct ip ip = ip_of("192.0.2.1");
	struct table want;
	struct tcpto *t;

	/* A failure soon after the last one does not count. */
	clear(&want, 2048);
	put(&want, 5, V4("\1", "\1", "\0"));
	t = open_table(state, &want, TCPTO_WIDE);
	tcpto_failed(t, &ip, TOLERANCE, NOW);
	tcpto_failed(t, &ip, TOLERANCE, NOW + TOLERANCE - 1);
	is_now(&want);
	tcpto_failed(t, &ip, TOLERANCE, NOW + TOLERANCE);
	put(&want, 5, V4("\1", "\2", "\x78"));
	is_now(&want);
	/* No tolerance: each counts. */
	tcpto_failed(t, &ip, 0, NOW + TOLERANCE);
	put(&want, 5, V4("\1", "\3", "\x78"));
	is_now(&want);
	/* The clock went back: what can be said is that it failed again. */
	tcpto_failed(t, &ip, TOLERANCE, NOW + 1);
	put(&want, 5, V4("\1", "\4", "\1"));
	is_now(&want);
}

static void
test_count_ends(void **state)
{
	struct ip ip = ip_of("192.0.2.1");
	struct table want;
	struct tcpto *t;

	clear(&want, 2048);
	put(&want, 0, V4("\1", "\x09", "\0"));
	t = open_table(state, &want, TCPTO_WIDE);
	tcpto_failed(t, &ip, 0, NOW + 1);
	put(&want, 0, V4("\1", "\x0a", "\1"));
	is_now(&want);
	tcpto_failed(t, &ip, 0, NOW + 2);
	put(&want, 0, V4("\1", "\x0a", "\2"));
	is_now(&want);
}

static void
test_worked(void **state)
{
	struct ip a = ip_of("192.0.2.1"), b = ip_of("2001:db8::1");
	struct ip other = ip_of("192.0.2.3");
	struct table want;
	struct tcpto *t;

	clear(&want, 2048);
	put(&want, 1, V4("\1", "\3", "\0"));
	put(&want, 2, V6("\1", "\2", "\0"));
	t = open_table(state, &want, TCPTO_WIDE);
	tcpto_worked(t, &other);
	is_now(&want);
	tcpto_worked(t, &a);
	put(&want, 1, V4("\1", "\0", "\0"));
	is_now(&want);
	tcpto_worked(t, &b);
	put(&want, 2, V6("\1", "\0", "\0"));
	is_now(&want);
	assert_false(tcpto_recent(t, &a, PENALTY, NOW));
	/* It begins anew: a free record, and one failure. */
	tcpto_failed(t, &a, TOLERANCE, NOW + 1);
	put(&want, 0, V4("\1", "\1", "\1"));
	is_now(&want);
}

static void
test_worked_after_all(void **state)
{
	struct ip ip = ip_of("192.0.2.1");
	struct table want;
	struct tcpto *t;

	/*
	 * A server that fails by one name works by another.  It had no record
	 * when it was first looked up, which must not be believed for long.
	 */
	clear(&want, 2048);
	t = open_table(state, &want, TCPTO_WIDE);
	assert_false(tcpto_recent(t, &ip, PENALTY, NOW));
	tcpto_failed(t, &ip, TOLERANCE, NOW);
	assert_false(tcpto_recent(t, &ip, PENALTY, NOW));
	tcpto_worked(t, &ip);
	put(&want, 0, V4("\1", "\0", "\0"));
	is_now(&want);
}

static void
test_recent(void **state)
{
	struct ip one = ip_of("192.0.2.1"), two = ip_of("192.0.2.2");
	struct ip six = ip_of("2001:db8::6"), none = ip_of("192.0.2.9");
	struct table table;
	struct tcpto *t;

	clear(&table, 2048);
	put(&table, 0, V4("\1", "\1", "\0"));
	put(&table, 7, V4("\2", "\2", "\0"));
	put(&table, RECORDS - 1, V6("\6", "\x0a", "\0"));
	t = open_table(state, &table, TCPTO_WIDE);

	/* Once is never enough. */
	assert_false(tcpto_recent(t, &one, PENALTY, NOW));
	assert_false(tcpto_recent(t, &none, PENALTY, NOW));
	assert_true(tcpto_recent(t, &two, PENALTY, NOW));
	assert_true(tcpto_recent(t, &two, PENALTY, NOW + PENALTY - 1));
	assert_true(tcpto_recent(t, &six, PENALTY, NOW + PENALTY - 1));
	/* Half of the penalty more, at most. */
	assert_false(
	    tcpto_recent(t, &two, PENALTY, NOW + PENALTY + PENALTY / 2 + 1));
	assert_false(
	    tcpto_recent(t, &six, PENALTY, NOW + PENALTY + PENALTY / 2 + 1));
	/* Clocks differ a little; a clock that was wrong blocks nobody. */
	assert_true(tcpto_recent(t, &two, PENALTY, NOW - 100));
	assert_false(tcpto_recent(t, &two, PENALTY, NOW - 100000));
	assert_false(tcpto_recent(t, &two, 0, NOW));
	assert_true(tcpto_recent(t, &two, 1, NOW));
	assert_false(tcpto_recent(t, &two, 1, NOW + 1));
	/* Asking changes nothing. */
	is_now(&table);

	/* As long as can be said, and far beyond any clock. */
	assert_true(tcpto_recent(t, &two, UINT64_MAX / 4, NOW + PENALTY));
}

static void
test_penalty_without_end(void **state)
{
	struct ip ip = ip_of("192.0.2.2");
	struct table table;
	struct tcpto *t;

	/* Nor does the largest penalty begin again at 0 with the share added. */
	clear(&table, 2048);
	put(&table, 0, V4("\2", "\2", "\0"));
	t = open_table(state, &table, TCPTO_WIDE);
	assert_true(tcpto_recent(t, &ip, UINT64_MAX, NOW + (1 << 25)));
}

static void
test_not_all_at_once(void **state)
{
	struct ip ip = ip_of("192.0.2.0");
	int64_t least = INT64_MAX, most = 0;
	struct table table;
	struct tcpto *t;

	/* Sixty that failed at one time come back at different times. */
	clear(&table, 2048);
	for (uint8_t i = 0; i < 60; i++) {
		put(&table, i, V4("\0", "\2", "\0"));
		table.bytes[i * WIDE + 19] = (char)i;
	}
	t = open_table(state, &table, TCPTO_WIDE);
	for (uint8_t i = 0; i < 60; i++) {
		int64_t age = PENALTY;

		ip.b[3] = i;
		while (tcpto_recent(t, &ip, PENALTY, NOW + age))
			age += 10;
		/* Once back, it stays so. */
		assert_false(tcpto_recent(t, &ip, PENALTY, NOW + age + 1));
		assert_in_range(age, PENALTY, PENALTY + PENALTY / 2 + 10);
		least = age < least ? age : least;
		most = age > most ? age : most;
	}
	assert_true(least < PENALTY + PENALTY / 8);
	assert_true(most > PENALTY + PENALTY * 3 / 8);
}

static void
test_full(void **state)
{
	struct ip ip = ip_of("192.0.2.200");
	struct table want;
	struct tcpto *t;

	/* The oldest goes, but a count weighs 1024 seconds. */
	clear(&want, 2048);
	for (int i = 0; i < RECORDS; i++) {
		put(&want, (size_t)i, V4("\0", "\1", "\x10"));
		want.bytes[i * WIDE + 19] = (char)i;
	}
	/* 10 seconds older, but it failed twice; and 5 seconds older. */
	put(&want, 3, V4("\3", "\2", "\6"));
	put(&want, 40, V4("\x28", "\1", "\x0b"));
	t = open_table(state, &want, TCPTO_WIDE);
	tcpto_failed(t, &ip, TOLERANCE, NOW + 32);
	put(&want, 40, V4("\xc8", "\1", "\x20"));
	is_now(&want);
	/* Of equals the first. */
	ip.b[3] = 201;
	tcpto_failed(t, &ip, TOLERANCE, NOW + 33);
	put(&want, 0, V4("\xc9", "\1", "\x21"));
	is_now(&want);
}

static void
test_stale_bytes(void **state)
{
	struct ip ip = ip_of("192.0.2.1");
	struct table want;
	struct tcpto *t;

	/* Behind an IPv4 address there may be what an IPv6 one left. */
	clear(&want, 2048);
	put(&want, 0, V4("\1", "\2", "\0"));
	memset(want.bytes + 20, 0x5a, 12);
	t = open_table(state, &want, TCPTO_WIDE);
	assert_true(tcpto_recent(t, &ip, PENALTY, NOW));
	tcpto_failed(t, &ip, 0, NOW + 1);
	put(&want, 0, V4("\1", "\3", "\1"));
	is_now(&want);
	/* The same four bytes in the other family are another host. */
	want.bytes[0] = 10;
	t = open_table(state, &want, TCPTO_WIDE);
	assert_false(tcpto_recent(t, &ip, PENALTY, NOW));
}

static void
test_odd_sizes(void **state)
{
	struct ip a = ip_of("192.0.2.1"), b = ip_of("192.0.2.2");
	struct table want;
	struct tcpto *t;

	/* One record and a part of another: the part is not used. */
	clear(&want, WIDE + 20);
	t = open_table(state, &want, TCPTO_WIDE);
	tcpto_failed(t, &a, TOLERANCE, NOW);
	put(&want, 0, V4("\1", "\1", "\0"));
	is_now(&want);
	tcpto_failed(t, &b, TOLERANCE, NOW + 1);
	put(&want, 0, V4("\2", "\1", "\1"));
	is_now(&want);

	/* No record at all: it is not grown. */
	clear(&want, 0);
	t = open_table(state, &want, TCPTO_WIDE);
	tcpto_failed(t, &a, TOLERANCE, NOW);
	assert_false(tcpto_recent(t, &a, PENALTY, NOW));
	is_now(&want);

	/* What is behind the last record is left alone. */
	clear(&want, (RECORDS + 1) * WIDE);
	put(&want, RECORDS, V4("\1", "\2", "\0"));
	t = open_table(state, &want, TCPTO_WIDE);
	assert_false(tcpto_recent(t, &a, PENALTY, NOW));
	is_now(&want);
}

static void
test_classic(void **state)
{
	struct ip a = ip_of("192.0.2.1"), b = ip_of("192.0.2.2");
	struct table want;
	struct tcpto *t;

	clear(&want, 1024);
	put(&want, 62, CLASSIC4("\1", "\2", "\0"));
	put(&want, 63, CLASSIC4("\2", "\1", "\0"));
	t = open_table(state, &want, TCPTO_CLASSIC);
	assert_true(tcpto_recent(t, &a, PENALTY, NOW));
	assert_false(tcpto_recent(t, &b, PENALTY, NOW));
	tcpto_failed(t, &b, TOLERANCE, NOW + TOLERANCE);
	put(&want, 63, CLASSIC4("\2", "\2", "\x78"));
	is_now(&want);
	tcpto_worked(t, &a);
	put(&want, 62, CLASSIC4("\1", "\0", "\0"));
	is_now(&want);
}

#define lists(...) lists_at(HERE, state, __VA_ARGS__)

/* The records in use, as "address count seconds since NOW|" each. */
static void
lists_at(
    struct place at, void **state, enum tcpto_layout layout, const char *want)
{
	char text[400] = "", address[IP_TEXT_MAX];
	struct tcpto_record *r;
	size_t n, used = 0;
	int err;

	check_number(at,
	    tcpto_list(&r, &n, check_path(state, "lock/tcpto"), layout,
	        check_arena(state), &err),
	    BY_NOTHING);
	for (size_t i = 0; i < n; i++) {
		(void)ip_text(address, &r[i].ip);
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s %u %d|", address, r[i].count, (int)r[i].time - NOW);
	}
	check_text(at, span_of(text), want);
}

static void
test_list(void **state)
{
	struct table table;

	/* REQ: TRY-08 */
	clear(&table, 2048);
	put(&table, 0, V4("\1", "\0", "\0"));
	put(&table, 1, V4("\2", "\1", "\5"));
	put(&table, 2, V6("\3", "\x0a", "\6"));
	put(&table, 63, V4("\4", "\2", "\0"));
	/* Of no family, or of one that is none. */
	put(&table, 3, V4("\5", "\1", "\0"));
	table.bytes[3 * WIDE] = 0;
	put(&table, 4, V4("\6", "\1", "\0"));
	table.bytes[4 * WIDE] = 3;
	(void)open_table(state, &table, TCPTO_WIDE);
	lists(TCPTO_WIDE, "192.0.2.2 1 5|2001:db8::3 10 6|192.0.2.4 2 0|");
	is_now(&table);

	clear(&table, 1024);
	put(&table, 1, CLASSIC4("\1", "\2", "\7"));
	put(&table, 2, CLASSIC4("\2", "\0", "\7"));
	put(&table, 63, CLASSIC4("\3", "\1", "\x08"));
	(void)open_table(state, &table, TCPTO_CLASSIC);
	lists(TCPTO_CLASSIC, "192.0.2.1 2 7|192.0.2.3 1 8|");

	clear(&table, 0);
	(void)open_table(state, &table, TCPTO_WIDE);
	lists(TCPTO_WIDE, "");
}

static void
test_clear(void **state)
{
	const char *path = check_path(state, "lock/tcpto");
	struct table table;
	int err;

	clear(&table, 2048 + WIDE);
	put(&table, 0, V4("\1", "\1", "\0"));
	put(&table, 63, V6("\1", "\1", "\0"));
	(void)open_table(state, &table, TCPTO_WIDE);
	assert_int_equal(tcpto_clear(path, TCPTO_WIDE, &err), BY_NOTHING);
	clear(&table, 2048 + WIDE);
	is_now(&table);

	clear(&table, 1024);
	put(&table, 63, CLASSIC4("\1", "\1", "\0"));
	(void)open_table(state, &table, TCPTO_CLASSIC);
	assert_int_equal(tcpto_clear(path, TCPTO_CLASSIC, &err), BY_NOTHING);
	clear(&table, 1024);
	is_now(&table);
}

static void
test_no_table_to_list(void **state)
{
	const char *absent = check_path(state, "absent");
	struct arena *a = check_arena(state);
	struct tcpto_record *r;
	size_t n = 99;
	int err = 0;

	assert_int_equal(
	    tcpto_list(&r, &n, absent, TCPTO_WIDE, a, &err), BY_SYSTEM);
	assert_int_equal(err, ENOENT);
	assert_int_equal(n, 0);
	err = 0;
	assert_int_equal(tcpto_clear(absent, TCPTO_WIDE, &err), BY_SYSTEM);
	assert_int_equal(err, ENOENT);
	assert_int_equal(access(absent, F_OK), -1);
	/* One that can be opened, but not be read. */
	assert_int_equal(mkfifo(check_path(state, "pipe"), 0600), 0);
	assert_int_equal(
	    tcpto_list(&r, &n, check_path(state, "pipe"), TCPTO_WIDE, a, &err),
	    BY_SYSTEM);
	assert_int_equal(err, ESPIPE);
	err = 0;
	assert_int_equal(
	    tcpto_clear(check_path(state, "pipe"), TCPTO_WIDE, &err),
	    BY_SYSTEM);
	assert_int_equal(err, ESPIPE);
}

static void
test_unusable(void **state)
{
	struct ip ip = ip_of("192.0.2.1");
	struct arena *a = check_arena(state);
	const char *dir = check_path(state, ".");

	/* A missing one is not made. */
	assert_null(tcpto_open(dir, TCPTO_WIDE, a));
	assert_int_equal(mkdir(check_path(state, "lock"), 0700), 0);
	assert_null(tcpto_open(dir, TCPTO_WIDE, a));
	assert_int_equal(access(check_path(state, "lock/tcpto"), F_OK), -1);
	/* A directory, and a pipe that nobody writes to. */
	assert_int_equal(mkdir(check_path(state, "lock/tcpto"), 0700), 0);
	assert_null(tcpto_open(dir, TCPTO_WIDE, a));
	assert_int_equal(rmdir(check_path(state, "lock/tcpto")), 0);
	assert_int_equal(mkfifo(check_path(state, "lock/tcpto"), 0600), 0);
	tcpto_failed(tcpto_open(dir, TCPTO_WIDE, a), &ip, TOLERANCE, NOW);

	/* Nothing is remembered without a table. */
	assert_false(tcpto_recent(NULL, &ip, PENALTY, NOW));
	tcpto_failed(NULL, &ip, TOLERANCE, NOW);
	tcpto_worked(NULL, &ip);
}

static void
test_waits_for_lock(void **state)
{
	static const struct timespec moment = { .tv_nsec = 200 * 1000 * 1000 };
	struct ip ip = ip_of("192.0.2.1");
	struct table want;
	int fd, status;
	pid_t pid;

	clear(&want, 2048);
	(void)open_table(state, &want, TCPTO_WIDE);
	fd = open(check_path(state, "lock/tcpto"), O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	pid = fork();
	if (pid == 0) {
		tcpto_failed(tcpto_open(check_path(state, "."), TCPTO_WIDE,
		                 check_arena(state)),
		    &ip, TOLERANCE, NOW);
		_exit(0);
	}
	/* It waits, and then sees what we wrote meanwhile. */
	assert_int_equal(nanosleep(&moment, NULL), 0);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	put(&want, 0, V4("\2", "\1", "\0"));
	assert_int_equal(pwrite(fd, want.bytes, WIDE, 0), WIDE);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(close(fd), 0);
	assert_int_equal(status, 0);
	put(&want, 1, V4("\1", "\1", "\0"));
	is_now(&want);
}

static void
test_two_processes(void **state)
{
	struct table want;
	int status;
	pid_t pid[2];

	/* Half of the addresses each, at once: none gets lost. */
	clear(&want, 2048);
	(void)open_table(state, &want, TCPTO_WIDE);
	for (int half = 0; half < 2; half++) {
		pid[half] = fork();
		if (pid[half] == 0) {
			struct ip ip = ip_of("192.0.2.0");
			struct tcpto *t = tcpto_open(check_path(state, "."),
			    TCPTO_WIDE, check_arena(state));

			for (int i = half; i < RECORDS; i += 2) {
				ip.b[3] = (uint8_t)i;
				tcpto_failed(t, &ip, TOLERANCE, NOW);
				tcpto_failed(t, &ip, 0, NOW);
			}
			_exit(0);
		}
	}
	for (int half = 0; half < 2; half++) {
		assert_int_equal(waitpid(pid[half], &status, 0), pid[half]);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < RECORDS; i++) {
		struct ip ip = ip_of("192.0.2.0");

		ip.b[3] = (uint8_t)i;
		assert_true(tcpto_recent(tcpto_open(check_path(state, "."),
		                             TCPTO_WIDE, check_arena(state)),
		    &ip, PENALTY, NOW));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_new_records),
		CHECK(test_tolerance),
		CHECK(test_count_ends),
		CHECK(test_worked),
		CHECK(test_worked_after_all),
		CHECK(test_recent),
		CHECK(test_penalty_without_end),
		CHECK(test_not_all_at_once),
		CHECK(test_full),
		CHECK(test_stale_bytes),
		CHECK(test_odd_sizes),
		CHECK(test_classic),
		CHECK(test_list),
		CHECK(test_clear),
		CHECK(test_no_table_to_list),
		CHECK(test_unusable),
		CHECK(test_waits_for_lock),
		CHECK(test_two_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
