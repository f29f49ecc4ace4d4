/*
 * cdb_test - D. J. Bernstein's constant database, read
 *
 * Long because there are many ways for a database to lie.
 *
 * REQ: RTE-07 RTE-10 RTE-12
 */
#include "file/cdb_test.h"

#include "base/compiler.h"

#include <errno.h>

/* A database of the bytes; they are all that may be read. */
static struct cdb
open_bytes(struct span bytes)
{
	struct cdb c;

	assert_true(cdb_of_memory(&c, bytes, SPAN("test.cdb")));
	return c;
}

#define found(...) found_at(HERE, __VA_ARGS__)
#define absent(...) absent_at(HERE, __VA_ARGS__)

static void
found_at(
    struct place at, const struct cdb *c, struct span key, struct span want)
{
	struct span got;

	check_number(at, cdb_find(&got, c, key), CDB_FOUND);
	check_span(at, got, want);
}

static void
absent_at(struct place at, const struct cdb *c, struct span key)
{
	struct span got;

	check_number(at, cdb_find(&got, c, key), CDB_ABSENT);
}

static void
test_bytes_of_another_writer(void **state)
{
	/* What tinycdb makes of "+3,5:one->Hello" and "+3,7:two->Goodbye",
	 * from the first record to the end. */
	static const char body[] = "\3\0\0\0\5\0\0\0oneHello"
	                           "\3\0\0\0\7\0\0\0twoGoodbye"
	                           "\x29\x60\x87\x0b\x10\x08\0\0"
	                           "\0\0\0\0\0\0\0\0"
	                           "\0\0\0\0\0\0\0\0"
	                           "\x81\x5b\x87\x0b\0\x08\0";
	struct cdb_record records[] = {
		{ SPAN("one"), SPAN("Hello") },
		{ SPAN("two"), SPAN("Goodbye") },
	};
	const struct cdb_records r = { records, COUNT_OF(records) };
	char bytes[CDB_TEST_HEADER + sizeof(body)];
	const struct span whole = { bytes, sizeof(bytes) };
	struct cdb c;

	/* Tables without slots; then those of "two" and of "one". */
	for (size_t i = 0; i < CDB_TEST_TABLES; i++) {
		cdb_put(bytes + i * CDB_TEST_PAIR, i <= 41    ? 2082
		                                   : i <= 129 ? 2098
		                                              : 2114);
		cdb_put(
		    bytes + i * CDB_TEST_PAIR + 4, i == 41 || i == 129 ? 2 : 0);
	}
	memcpy(bytes + CDB_TEST_HEADER, body, sizeof(body));
	c = open_bytes(whole);
	found(&c, SPAN("one"), SPAN("Hello"));
	found(&c, SPAN("two"), SPAN("Goodbye"));
	absent(&c, SPAN("three"));
	/* The writer of these tests makes the same. */
	check_span(HERE, cdb_make(check_arena(state), &r), whole);
}

static void
test_keys(void **state)
{
	struct cdb_record records[] = {
		{ SPAN("example.org"), SPAN("relay.example.org:26") },
		{ SPAN(""), SPAN("the empty key") },
		{ SPAN("empty"), SPAN("") },
		{ SPAN("\0\xff\n"), SPAN("any \0 bytes") },
		{ SPAN("twice"), SPAN("first") },
		{ SPAN("twice"), SPAN("second") },
		/* These two have the same hash. */
		{ SPAN("bC"), SPAN("one") },
		{ SPAN("cb"), SPAN("other") },
	};
	const struct cdb_records r = { records, COUNT_OF(records) };
	struct cdb c = open_bytes(cdb_make(check_arena(state), &r));

	found(&c, SPAN("example.org"), SPAN("relay.example.org:26"));
	found(&c, SPAN(""), SPAN("the empty key"));
	found(&c, SPAN("empty"), SPAN(""));
	found(&c, SPAN("\0\xff\n"), SPAN("any \0 bytes"));
	/* Of several records, the first. */
	found(&c, SPAN("twice"), SPAN("first"));
	assert_int_equal(cdb_hash(SPAN("bC")), cdb_hash(SPAN("cb")));
	found(&c, SPAN("bC"), SPAN("one"));
	found(&c, SPAN("cb"), SPAN("other"));

	absent(&c, SPAN("example.com"));
	absent(&c, SPAN("example.or"));
	absent(&c, SPAN("example.orgs"));
	absent(&c, SPAN("Example.org"));
	absent(&c, SPAN("empty\0"));
	absent(&c, SPAN("\0"));
}

static void
test_nothing_in_it(void **state)
{
	const struct cdb_records none = { NULL, 0 };
	struct cdb c = open_bytes(cdb_make(check_arena(state), &none));

	assert_int_equal(c.map.n, CDB_TEST_HEADER);
	absent(&c, SPAN(""));
	absent(&c, SPAN("example.org"));
}

static void
test_many(void **state)
{
	enum { MANY = 5000, TEXT = 24 };
	struct arena *a = check_arena(state);
	struct cdb_records r = {
		arena_array(a, MANY, sizeof(struct cdb_record)), MANY
	};
	struct cdb c;

	for (size_t i = 0; i < MANY; i++) {
		char *text = arena_take(a, TEXT);
		int n = snprintf(text, TEXT, "d%zu.example.org", i);

		r.all[i].key = (struct span){ text, (size_t)n };
		/* Only the number. */
		r.all[i].data = (struct span){ text + 1, (size_t)n - 13 };
	}
	c = open_bytes(cdb_make(a, &r));
	for (size_t i = 0; i < MANY; i++) {
		found(&c, r.all[i].key, r.all[i].data);
		absent(&c, span_tail(r.all[i].key, 1));
	}
}

/* Keys that a damaged database is asked for. */
static const char *const asked[] = { "one", "two", "three", "", "bC" };

/* How often there was each result. */
static size_t seen[CDB_DAMAGED + 1];

/* Asks for every key: whatever comes, it lies within the database. */
static void
ask(struct span bytes)
{
	struct cdb c = open_bytes(bytes);

	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		struct span data = { NULL, 0 };
		enum cdb_result r = cdb_find(&data, &c, span_of(asked[i]));

		assert_in_range(r, CDB_ABSENT, CDB_DAMAGED);
		seen[r]++;
		if (r == CDB_FOUND) {
			assert_true(data.p >= bytes.p);
			assert_true((size_t)(data.p - bytes.p) <= bytes.n);
			assert_true(data.n <= bytes.n);
			assert_true(data.p + data.n <= bytes.p + bytes.n);
		}
	}
}

/* A small database in memory of its own, for the sanitizers to guard. */
static char *
take_small(void **state, size_t *n)
{
	struct cdb_record records[] = {
		{ SPAN("one"), SPAN("Hello") },
		{ SPAN("two"), SPAN("Goodbye") },
		{ SPAN(""), SPAN("the empty key") },
		{ SPAN("cb"), SPAN("collides") },
	};
	const struct cdb_records r = { records, COUNT_OF(records) };
	struct span made = cdb_make(check_arena(state), &r);
	char *bytes = malloc(made.n);

	assert_non_null(bytes);
	memcpy(bytes, made.p, made.n);
	*n = made.n;
	memset(seen, 0, sizeof(seen));
	return bytes;
}

static void
test_every_byte_wrong(void **state)
{
	size_t n;
	char *bytes = take_small(state, &n);

	for (size_t i = 0; i < n; i++) {
		const char good = bytes[i];

		/* Each bit alone, then all of them. */
		for (int bit = 0; bit <= 8; bit++) {
			int wrong = bit < 8 ? 1 << bit : 0xff;

			bytes[i] = (char)(good ^ wrong);
			ask((struct span){ bytes, n });
		}
		bytes[i] = good;
	}
	free(bytes);
	for (size_t i = 0; i < COUNT_OF(seen); i++)
		assert_true(seen[i] > 0);
}

static void
test_every_number_hostile(void **state)
{
	size_t n;
	char *bytes = take_small(state, &n);
	const size_t hostile[] = { 0, 1, 7, CDB_TEST_HEADER - 1,
		CDB_TEST_HEADER, n - 9, n - 8, n - 7, n - 1, n, n + 1,
		UINT32_MAX / 8, INT32_MAX, (size_t)INT32_MAX + 1,
		UINT32_MAX - 7, UINT32_MAX };

	for (size_t at = 0; at + 4 <= n; at++) {
		char good[4];

		memcpy(good, bytes + at, sizeof(good));
		for (size_t i = 0; i < COUNT_OF(hostile); i++) {
			cdb_put(bytes + at, hostile[i]);
			ask((struct span){ bytes, n });
		}
		memcpy(bytes + at, good, sizeof(good));
	}
	free(bytes);
	for (size_t i = 0; i < COUNT_OF(seen); i++)
		assert_true(seen[i] > 0);
}

/* What is in a database that was cut is found, or missed; nobody takes it for
 * a database without it. */
static void
ask_for_all(struct span bytes)
{
	static const char *const keys[] = { "one", "two", "", "cb" };
	struct cdb c = open_bytes(bytes);

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct span data;

		assert_int_not_equal(
		    cdb_find(&data, &c, span_of(keys[i])), CDB_ABSENT);
	}
}

static void
test_every_length(void **state)
{
	size_t n;
	char *whole = take_small(state, &n);

	for (size_t i = 1; i <= n; i++) {
		char *cut = malloc(i);
		struct span bytes = { cut, i };
		struct cdb c;

		assert_non_null(cut);
		memcpy(cut, whole, i);
		if (i < CDB_TEST_HEADER) {
			assert_false(cdb_of_memory(&c, bytes, SPAN("cut")));
		} else {
			ask(bytes);
			ask_for_all(bytes);
		}
		free(cut);
	}
	free(whole);
}

/* The table of "one" becomes slots at a position; what asking for it finds. */
static enum cdb_result
find_in_table(char *bytes, size_t n, size_t position, size_t slots)
{
	size_t header = cdb_hash(SPAN("one")) % CDB_TEST_TABLES * CDB_TEST_PAIR;
	struct cdb c = open_bytes((struct span){ bytes, n });
	struct span data;

	cdb_put(bytes + header, position);
	cdb_put(bytes + header + 4, slots);
	return cdb_find(&data, &c, SPAN("one"));
}

static void
test_tables_that_lie(void **state)
{
	/* Not a slot is empty, and all have the hash. */
	enum { SLOTS = 1000, FULL = SLOTS * CDB_TEST_PAIR };
	const size_t end = CDB_TEST_HEADER + FULL;
	char *bytes = arena_zero(check_arena(state), end + 11);
	const size_t n = end + 11;

	/* Another key with this hash would be asked for in vain, once round. */
	for (size_t i = 0; i < SLOTS; i++) {
		char *slot = bytes + CDB_TEST_HEADER + i * CDB_TEST_PAIR;

		cdb_put(slot, cdb_hash(SPAN("one")));
		cdb_put(slot + 4, end);
	}
	cdb_put(bytes + end, 3);
	cdb_put(bytes + end + 4, 0);
	memcpy(bytes + end + 8, "two", 3);
	assert_int_equal(
	    find_in_table(bytes, n, CDB_TEST_HEADER, SLOTS), CDB_ABSENT);
	memcpy(bytes + end + 8, "one", 3);
	assert_int_equal(
	    find_in_table(bytes, n, CDB_TEST_HEADER, SLOTS), CDB_FOUND);

	/* An empty slot ends the search, whatever stands behind it.  "one" is
	 * looked for in the second of two slots, then in the first. */
	assert_int_equal(cdb_hash(SPAN("one")) / CDB_TEST_TABLES % 2, 1);
	assert_int_equal(
	    find_in_table(bytes, n, CDB_TEST_HEADER, 2), CDB_FOUND);
	cdb_put(bytes + CDB_TEST_HEADER + CDB_TEST_PAIR + 4, 0);
	assert_int_equal(
	    find_in_table(bytes, n, CDB_TEST_HEADER, 2), CDB_ABSENT);

	/* The last slot may end where the file ends, and not behind it. */
	assert_int_equal(find_in_table(bytes, n, n - 8, 1), CDB_ABSENT);
	assert_int_equal(find_in_table(bytes, n, n - 7, 1), CDB_DAMAGED);
	assert_int_equal(find_in_table(bytes, n, n, 1), CDB_DAMAGED);
	assert_int_equal(find_in_table(bytes, n, n + 1, 1), CDB_DAMAGED);
	assert_int_equal(find_in_table(bytes, n, UINT32_MAX, 1), CDB_DAMAGED);
	assert_int_equal(
	    find_in_table(bytes, n, CDB_TEST_HEADER, UINT32_MAX), CDB_DAMAGED);
	assert_int_equal(
	    find_in_table(bytes, n, CDB_TEST_HEADER, SLOTS + 2), CDB_DAMAGED);
	/* 8 * 0x20000001 is 8 in 32 bits. */
	assert_int_equal(
	    find_in_table(bytes, n, CDB_TEST_HEADER, 0x20000001), CDB_DAMAGED);
	/* No slots: wherever they are not. */
	assert_int_equal(find_in_table(bytes, n, UINT32_MAX, 0), CDB_ABSENT);
}

#define record(...) record_at(HERE, __VA_ARGS__)

/* A table of one slot sends "one" to a record of these lengths. */
static void
record_at(struct place at, char *bytes, size_t n, size_t position, size_t key_n,
    size_t data_n, enum cdb_result want)
{
	char *slot = bytes + n - CDB_TEST_PAIR;

	if (position + CDB_TEST_PAIR <= n) {
		cdb_put(bytes + position, key_n);
		cdb_put(bytes + position + 4, data_n);
	}
	cdb_put(slot, cdb_hash(SPAN("one")));
	cdb_put(slot + 4, position);
	check_number(at, find_in_table(bytes, n, n - CDB_TEST_PAIR, 1), want);
}

static void
test_records_that_lie(void **state)
{
	const size_t n = CDB_TEST_HEADER + 8 + 3 + 5 + 8;
	char *bytes = arena_zero(check_arena(state), n);

	memcpy(bytes + CDB_TEST_HEADER + 8, "oneHello", 8);
	record(bytes, n, CDB_TEST_HEADER, 3, 5, CDB_FOUND);
	/* Data may run to the end, even into the table, and not behind it. */
	record(bytes, n, CDB_TEST_HEADER, 3, 13, CDB_FOUND);
	record(bytes, n, CDB_TEST_HEADER, 3, 14, CDB_DAMAGED);
	record(bytes, n, CDB_TEST_HEADER, 3, UINT32_MAX, CDB_DAMAGED);
	record(bytes, n, CDB_TEST_HEADER, 16, 0, CDB_ABSENT);
	record(bytes, n, CDB_TEST_HEADER, 17, 0, CDB_DAMAGED);
	record(bytes, n, CDB_TEST_HEADER, UINT32_MAX, 0, CDB_DAMAGED);
	/* Together 2 in 32 bits. */
	record(bytes, n, CDB_TEST_HEADER, 3, UINT32_MAX, CDB_DAMAGED);
	record(bytes, n, CDB_TEST_HEADER, UINT32_MAX, 3, CDB_DAMAGED);
	record(bytes, n, CDB_TEST_HEADER, UINT32_MAX, UINT32_MAX, CDB_DAMAGED);
	/* A record in the header, or behind the end. */
	record(bytes, n, CDB_TEST_HEADER - 1, 3, 5, CDB_DAMAGED);
	record(bytes, n, 1, 3, 5, CDB_DAMAGED);
	record(bytes, n, n - 7, 3, 5, CDB_DAMAGED);
	record(bytes, n, n, 3, 5, CDB_DAMAGED);
	record(bytes, n, n + 1, 3, 5, CDB_DAMAGED);
	record(bytes, n, UINT32_MAX, 3, 5, CDB_DAMAGED);
}

static void
test_open(void **state)
{
	struct arena *a = check_arena(state);
	struct span made = cdb_of_routes(a, "example.org:relay\n");
	const char *path = check_file(state, "a.cdb", made);
	struct cdb c;
	int err = 0;

	assert_int_equal(cdb_open(&c, path, a, &err), BY_NOTHING);
	check_text(HERE, c.path, path);
	check_span(HERE, c.map, made);
	found(&c, SPAN("example.org"), SPAN("relay"));

	/* What was opened stays, whatever takes its place. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(cdb_open(&c, path, a, &err), BY_LACK);
	check_text(HERE, c.path, path);
	(void)check_file(state, "a.cdb", made);
	assert_int_equal(cdb_open(&c, path, a, &err), BY_NOTHING);
	assert_int_equal(unlink(path), 0);
	found(&c, SPAN("example.org"), SPAN("relay"));
}

static void
test_open_what_is_none(void **state)
{
	struct arena *a = check_arena(state);
	char bytes[CDB_TEST_HEADER] = { 0 };
	const char *path;
	struct cdb c;
	int err = 0;

	/* Shorter than its header: a text file, say. */
	path = check_file(state, "text", SPAN("example.org:relay\n"));
	assert_int_equal(cdb_open(&c, path, a, &err), BY_GARBLE);
	path = check_file(state, "empty", SPAN(""));
	assert_int_equal(cdb_open(&c, path, a, &err), BY_GARBLE);
	path = check_file(
	    state, "short", (struct span){ bytes, sizeof(bytes) - 1 });
	assert_int_equal(cdb_open(&c, path, a, &err), BY_GARBLE);
	path = check_file(state, "none", (struct span){ bytes, sizeof(bytes) });
	assert_int_equal(cdb_open(&c, path, a, &err), BY_NOTHING);
	absent(&c, SPAN("example.org"));

	path = check_path(state, "directory");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(cdb_open(&c, path, a, &err), BY_GARBLE);
	path = check_path(state, "circle");
	assert_int_equal(symlink(path, path), 0);
	assert_int_equal(cdb_open(&c, path, a, &err), BY_SYSTEM);
	assert_int_equal(err, ELOOP);
	path = check_path(state, "text/below.cdb");
	assert_int_equal(cdb_open(&c, path, a, &err), BY_SYSTEM);
	assert_int_equal(err, ENOTDIR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_bytes_of_another_writer),
		CHECK(test_keys),
		CHECK(test_nothing_in_it),
		CHECK(test_many),
		CHECK(test_every_byte_wrong),
		CHECK(test_every_number_hostile),
		CHECK(test_every_length),
		CHECK(test_tables_that_lie),
		CHECK(test_records_that_lie),
		CHECK(test_open),
		CHECK(test_open_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
