/*
 * assign_test - looks an address up in a database that cdb-database made
 *
 * REQ: AUTH-06
 */
#include "file/assign.h"
#include "file/cdb_test.h"

#define good(...) good_at(HERE, check_arena(state), __VA_ARGS__)
#define none(...) none_at(HERE, check_arena(state), __VA_ARGS__)

/* Looks an address up among the assignments of a text. */
static enum cdb_result
look_up(struct arena *a, const char *text, struct span address,
    struct span *data, struct span *key)
{
	struct cdb c;

	assert_true(
	    cdb_of_memory(&c, cdb_of_assignments(a, text), SPAN("test.cdb")));
	return assign_find(data, key, &c, address, a);
}

static void
good_at(struct place at, struct arena *a, const char *text, const char *address,
    const char *want, const char *want_key)
{
	struct span data, key;

	check_number(
	    at, look_up(a, text, span_of(address), &data, &key), CDB_FOUND);
	check_text(at, data, want);
	check_text(at, key, want_key);
}

static void
none_at(struct place at, struct arena *a, const char *text, const char *address)
{
	struct span data, key;

	check_number(
	    at, look_up(a, text, span_of(address), &data, &key), CDB_ABSENT);
}

static void
test_simple(void **state)
{
	static const char text[] = "=Joe@Example.ORG:user password:\n"
	                           "=twice:first:\n"
	                           "=twice:second:\n"
	                           "=empty::\n"
	                           "=colons:a:b:c:\n";

	good(text, "joe@example.org", "user password", "=joe@example.org");
	/* Case does not count, on either side; that of the data does. */
	good(text, "JOE@example.org", "user password", "=joe@example.org");
	good("=a:User PASS:\n", "A", "User PASS", "=a");
	/* Several for one address: the first. */
	good(text, "twice", "first", "=twice");
	good(text, "empty", "", "=empty");
	/* Data runs to the last colon. */
	good(text, "colons", "a:b:c", "=colons");

	none(text, "joe@example.or");
	none(text, "joe@example.org.");
	none(text, "joe");
	none(text, "");
	/* A simple line is not for longer addresses. */
	none("=joe:a:\n", "joe-direct");
}

static void
test_wildcard(void **state)
{
	static const char text[] = "+:all:\n"
	                           "+joe-:joes:\n"
	                           "+joe-list-:lists:\n"
	                           "=joe:one:\n"
	                           "=joe-list-x:simple:\n";

	good(text, "joe", "one", "=joe");
	good(text, "joe-direct", "joes", "+joe-");
	good(text, "bill", "all", "+");
	/* The prefix itself. */
	good(text, "joe-", "joes", "+joe-");
	/* The longest prefix, and before it the simple line. */
	good(text, "joe-list", "joes", "+joe-");
	good(text, "joe-list-a", "lists", "+joe-list-");
	good(text, "joe-list-x", "simple", "=joe-list-x");
	good(text, "joe-list-xy", "lists", "+joe-list-");
	good(text, "JOE-LIST-A", "lists", "+joe-list-");
	good(text, "jo", "all", "+");

	/* Without "+:" there is no match for the rest. */
	none("+joe-:a:\n", "bill");
	none("+joe-:a:\n", "joe");
	/* Nothing of the address is added to the data. */
	good("+joe-:user password:\n", "joe-direct", "user password", "+joe-");
	/* A prefix that ends in an upper-case letter. */
	good("+JOE:a:\n", "joel", "a", "+joe");
	good("+JOE:a:\n", "JOEL", "a", "+joe");
	/* One that ends as a shorter one does. */
	good("+a-b-:long:\n+a-:short:\n", "a-b-c", "long", "+a-b-");
	good("+a-b-:long:\n+a-:short:\n", "a-c", "short", "+a-");
	/* Bytes that are not letters. */
	good("+\xc3\xbc:a:\n", "\xc3\xbcx", "a", "+\xc3\xbc");
}

static void
test_null_sender(void **state)
{
	/* Only the line for all is for it, also one that says "=:". */
	good("+:all:\n", "", "all", "+");
	good("=:nobody:\n+:all:\n", "", "all", "+");
	none("=:nobody:\n+joe:joes:\n", "");
}

static void
test_addresses_that_look_like_keys(void **state)
{
	struct span data, key;

	/* A NUL in the address does not turn a wildcard into a simple one. */
	assert_int_equal(look_up(check_arena(state), "=joe:one:\n",
	                     SPAN("joe\0"), &data, &key),
	    CDB_ABSENT);
	none("=joe:one:\n", "!joe");
	none("+joe:one:\n", "!joe");
	good("=!joe:one:\n", "!joe", "one", "=!joe");
}

static void
test_damaged(void **state)
{
	struct arena *a = check_arena(state);
	struct span made = cdb_of_assignments(a, "=joe:one:\n+:all:\n");
	struct span data, key;
	struct cdb c;

	/* Without its tables: neither the simple key, nor the last characters
	 * of prefixes, nor the key for all, can be known to be absent. */
	made = span_head(made, CDB_TEST_HEADER);
	assert_true(cdb_of_memory(&c, made, SPAN("test.cdb")));
	assert_int_equal(
	    assign_find(&data, &key, &c, SPAN("joe"), a), CDB_DAMAGED);
	assert_int_equal(
	    assign_find(&data, &key, &c, SPAN("bill"), a), CDB_DAMAGED);
	assert_int_equal(
	    assign_find(&data, &key, &c, SPAN(""), a), CDB_DAMAGED);
}

static void
test_without_last_characters(void **state)
{
	/* A database that another program made may lack the empty key: simple
	 * keys and the one for all are found then. */
	struct cdb_record records[] = {
		{ SPAN("!joe\0"), SPAN("one") },
		{ SPAN("!joe-"), SPAN("joes") },
		{ SPAN("!"), SPAN("all") },
	};
	const struct cdb_records r = { records, 3 };
	struct arena *a = check_arena(state);
	struct span data, key;
	struct cdb c;

	assert_true(cdb_of_memory(&c, cdb_make(a, &r), SPAN("test.cdb")));
	assert_int_equal(
	    assign_find(&data, &key, &c, SPAN("joe"), a), CDB_FOUND);
	check_text(HERE, data, "one");
	assert_int_equal(
	    assign_find(&data, &key, &c, SPAN("joe-x"), a), CDB_FOUND);
	check_text(HERE, data, "all");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_simple),
		CHECK(test_wildcard),
		CHECK(test_null_sender),
		CHECK(test_addresses_that_look_like_keys),
		CHECK(test_damaged),
		CHECK(test_without_last_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
