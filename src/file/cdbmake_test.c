/*
 * cdbmake_test - writes a constant database
 *
 * What is written is read with file/cdb.
 *
 * REQ: CMP-01
 */
#include "base/check.h"
#include "base/compiler.h"
#include "file/cdb.h"
#include "file/cdbmake.h"

#include <dirent.h>
#include <errno.h>

#define OLD SPAN("the database as it was")

/* A source, and the place of its database. */
struct place_of {
	const char *source, *path;
};

/* Begins a database, which must go well. */
static struct cdbmake *
begin(void **state, struct place_of *p, const volatile sig_atomic_t *stop)
{
	struct cdbmake *m;
	int err;

	p->source = check_file(state, "list", SPAN("a source"));
	p->path = check_path(state, "list.cdb");
	assert_int_equal(cdbmake_begin(&m, p->path, p->source, stop,
	                     check_arena(state), &err),
	    BY_NOTHING);
	return m;
}

/* The names in the test's directory. */
static unsigned
count_files(void **state)
{
	DIR *d = opendir(check_path(state, "."));
	unsigned n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	assert_int_equal(closedir(d), 0);
	return n;
}

/* What stands at the place must be the old database, and nothing else. */
static void
unchanged(void **state, const struct place_of *p)
{
	char text[64];
	int fd = open(p->path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));

	assert_int_equal(close(fd), 0);
	assert_int_equal(n, OLD.n);
	check_span(HERE, (struct span){ text, OLD.n }, OLD);
	assert_int_equal(count_files(state), 2);
}

static void
test_written(void **state)
{
	static const struct {
		struct span key, data;
	} records[] = {
		{ SPAN("key"), SPAN("data") },
		{ SPAN(""), SPAN("of the empty key") },
		{ SPAN("nul\0key"), SPAN("nul\0data") },
		{ SPAN("empty data"), SPAN("") },
		{ SPAN("\xff\n"), SPAN("\n") },
	};
	volatile sig_atomic_t stop = 0;
	struct place_of p;
	struct cdbmake *m = begin(state, &p, &stop);
	struct span data;
	struct cdb c;
	int err;

	/* Twice, the second time with other data: the first is found. */
	for (size_t i = 0; i < COUNT_OF(records); i++)
		assert_int_equal(
		    cdbmake_add(m, records[i].key, records[i].data, &err),
		    BY_NOTHING);
	for (size_t i = 0; i < COUNT_OF(records); i++)
		assert_int_equal(
		    cdbmake_add(m, records[i].key, SPAN("second"), &err),
		    BY_NOTHING);
	/* It is not there before its end. */
	assert_int_equal(
	    cdb_open(&c, p.path, check_arena(state), &err), BY_LACK);
	assert_int_equal(cdbmake_end(m, &err), BY_NOTHING);
	assert_int_equal(count_files(state), 2);

	assert_int_equal(
	    cdb_open(&c, p.path, check_arena(state), &err), BY_NOTHING);
	for (size_t i = 0; i < COUNT_OF(records); i++) {
		assert_int_equal(
		    cdb_find(&data, &c, records[i].key), CDB_FOUND);
		check_span(HERE, data, records[i].data);
	}
	assert_int_equal(cdb_find(&data, &c, SPAN("nul")), CDB_ABSENT);
}

static void
test_empty(void **state)
{
	volatile sig_atomic_t stop = 0;
	struct place_of p;
	struct cdbmake *m = begin(state, &p, &stop);
	struct span data;
	struct cdb c;
	int err;

	assert_int_equal(cdbmake_end(m, &err), BY_NOTHING);
	assert_int_equal(
	    cdb_open(&c, p.path, check_arena(state), &err), BY_NOTHING);
	assert_int_equal(cdb_find(&data, &c, SPAN("")), CDB_ABSENT);
}

static void
test_abandoned(void **state)
{
	volatile sig_atomic_t stop = 0;
	struct place_of p;
	struct cdbmake *m;
	int err;

	(void)check_file(state, "list.cdb", OLD);
	m = begin(state, &p, &stop);
	assert_int_equal(
	    cdbmake_add(m, SPAN("key"), SPAN("data"), &err), BY_NOTHING);
	cdbmake_abandon(m);
	unchanged(state, &p);
}

static void
test_stopped(void **state)
{
	volatile sig_atomic_t stop = 0;
	struct place_of p;
	struct cdbmake *m;
	int err = 0;

	(void)check_file(state, "list.cdb", OLD);
	m = begin(state, &p, &stop);
	assert_int_equal(
	    cdbmake_add(m, SPAN("key"), SPAN("data"), &err), BY_NOTHING);
	stop = 1;
	assert_int_equal(
	    cdbmake_add(m, SPAN("more"), SPAN("data"), &err), BY_SYSTEM);
	assert_int_equal(err, EINTR);
	err = 0;
	assert_int_equal(cdbmake_end(m, &err), BY_SYSTEM);
	assert_int_equal(err, EINTR);
	unchanged(state, &p);
}

/* A length that the format has no room for; no byte of it is looked at. */
static void
test_too_long(void **state)
{
	struct span huge = { "x", (size_t)UINT32_MAX + 1 };
	volatile sig_atomic_t stop = 0;
	struct place_of p;
	struct cdbmake *m;
	int err = 0;

	(void)check_file(state, "list.cdb", OLD);
	m = begin(state, &p, &stop);
	assert_int_equal(cdbmake_add(m, huge, SPAN(""), &err), BY_SYSTEM);
	assert_int_equal(err, EFBIG);
	err = 0;
	assert_int_equal(cdbmake_add(m, SPAN(""), huge, &err), BY_SYSTEM);
	assert_int_equal(err, EFBIG);
	cdbmake_abandon(m);
	unchanged(state, &p);
}

static void
test_nothing_to_be_like(void **state)
{
	volatile sig_atomic_t stop = 0;
	struct cdbmake *m;
	int err = 0;

	assert_int_equal(
	    cdbmake_begin(&m, check_path(state, "list.cdb"),
	        check_path(state, "absent"), &stop, check_arena(state), &err),
	    BY_SYSTEM);
	assert_int_equal(err, ENOENT);
	assert_int_equal(count_files(state), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_written),
		CHECK(test_empty),
		CHECK(test_abandoned),
		CHECK(test_stopped),
		CHECK(test_too_long),
		CHECK(test_nothing_to_be_like),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
