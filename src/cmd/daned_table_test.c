/*
 * daned_table_test - the verdicts that qmail-daned remembers, and their file
 *
 * REQ: DND-01
 */
#include "base/check.h"
#include "cmd/daned_table.h"

enum {
	/* Names, and how many of them a table holds. */
	NAMES = 200,
	MOST = 60,
	STEPS = 30000,
};

#define THREE ".a-label-that-is-long.a-label-that-is-long.a-label-that-is-long"

/* What a table should hold; a time of 0 is no verdict. */
struct model {
	int64_t time[NAMES];
	enum daned_status status[NAMES];
};

/* The name of a number; some end alike, and some are long. */
static struct span
name_of(char room[DANED_NAME_MAX], unsigned i)
{
	int n = snprintf(room, DANED_NAME_MAX, "%u%.*s", i, (int)(i % 7) * 30,
	    THREE THREE THREE);

	return (struct span){ room, (size_t)n };
}

/* How many there are, and the oldest; -1 if there is none. */
static unsigned
model_count(const struct model *m, int *oldest)
{
	unsigned count = 0;

	*oldest = -1;
	for (int i = 0; i < NAMES; i++) {
		if (m->time[i] == 0)
			continue;
		count++;
		if (*oldest < 0 || m->time[i] < m->time[*oldest])
			*oldest = i;
	}
	return count;
}

/* The table holds what the model does. */
static void
same(const struct daned_table *t, const struct model *m)
{
	char room[DANED_NAME_MAX];
	int oldest;

	assert_int_equal(t->count, model_count(m, &oldest));
	for (unsigned i = 0; i < NAMES; i++) {
		const struct daned_verdict *v =
		    daned_table_find(t, name_of(room, i));

		assert_int_equal(v != NULL, m->time[i] != 0);
		if (v == NULL)
			continue;
		assert_int_equal(v->time, m->time[i]);
		assert_int_equal(v->status, m->status[i]);
	}
}

/* Anything, many times, with times of all orders. */
static void
test_like_a_model(void **state)
{
	unsigned long chance = 1;
	struct model m = { { 0 }, { 0 } };
	struct daned_table t;

	daned_table_init(&t, MOST, check_arena(state));
	for (int64_t step = 1; step <= STEPS; step++) {
		char room[DANED_NAME_MAX];
		unsigned i;
		int oldest;

		chance = chance * 6364136223846793005U + 1442695040888963407U;
		i = (unsigned)(chance >> 33) % NAMES;
		if (chance >> 60 == 0 && step % 50 == 0) {
			int64_t limit = step * 10 - 400;

			for (int k = 0; k < NAMES; k++)
				if (m.time[k] < limit)
					m.time[k] = 0;
			(void)daned_table_expire(&t, limit);
			same(&t, &m);
			continue;
		}
		if (m.time[i] == 0 && model_count(&m, &oldest) == MOST)
			m.time[oldest] = 0;
		/* No two at the same time, or any might be the oldest. */
		m.time[i] = step * 10 - (int64_t)(chance >> 40) % 50 * 10 +
		            step % 10 + 1000;
		for (int k = 0; k < NAMES; k++)
			if (k != (int)i && m.time[k] == m.time[i])
				m.time[i]++, k = -1;
		m.status[i] =
		    (chance >> 50) % 2 ? DANED_VERIFIED : DANED_FAILED;
		daned_table_put(&t, name_of(room, i), m.status[i], m.time[i]);
		if (step % 20 == 0)
			same(&t, &m);
	}
	assert_true(t.changed);
}

static void
test_none_left(void **state)
{
	struct daned_table t;

	daned_table_init(&t, 1, check_arena(state));
	assert_int_equal(daned_table_expire(&t, INT64_MAX), 0);
	daned_table_put(&t, SPAN("a"), DANED_VERIFIED, 1);
	daned_table_put(&t, SPAN("b"), DANED_FAILED, 2);
	assert_null(daned_table_find(&t, SPAN("a")));
	assert_int_equal(daned_table_expire(&t, 2), 0);
	assert_int_equal(daned_table_expire(&t, 3), 1);
	assert_null(daned_table_find(&t, SPAN("b")));
	daned_table_put(&t, SPAN("c"), DANED_VERIFIED, 1);
	assert_non_null(daned_table_find(&t, SPAN("c")));
}

/* A file with more than the table holds, in no order: the newest stay. */
static void
test_more_than_it_holds(void **state)
{
	struct daned_table large, small;
	char room[DANED_NAME_MAX];
	const char *path = check_path(state, "context");
	bool whole;

	daned_table_init(&large, NAMES, check_arena(state));
	for (unsigned i = 0; i < NAMES; i++)
		daned_table_put(&large, name_of(room, i), DANED_VERIFIED,
		    1000 + (i * 77) % NAMES);
	assert_int_equal(daned_table_save(&large, path, check_arena(state)), 0);
	assert_false(large.changed);
	daned_table_init(&small, MOST, check_arena(state));
	assert_int_equal(daned_table_load(&small, path, &whole), 0);
	assert_true(whole);
	assert_int_equal(small.count, MOST);
	for (unsigned i = 0; i < NAMES; i++)
		assert_int_equal(
		    daned_table_find(&small, name_of(room, i)) != NULL,
		    (i * 77) % NAMES >= NAMES - MOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_like_a_model),
		CHECK(test_none_left),
		CHECK(test_more_than_it_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
