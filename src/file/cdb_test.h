/*
 * cdb_test - makes databases for tests
 *
 * In memory of the arena, for cdb_of_memory() or check_file().
 */
#ifndef FILE_CDB_TEST_H
#define FILE_CDB_TEST_H

#include "base/check.h"
#include "file/cdb.h"
#include "file/control.h"

enum {
	CDB_TEST_HEADER = 2048,
	CDB_TEST_TABLES = 256,
	CDB_TEST_PAIR = 8,
};

struct cdb_record {
	struct span key, data;
};

/* The records of a database to be, in order. */
struct cdb_records {
	struct cdb_record *all;
	size_t n;
};

/*
 * cdb_put - a number, the lowest byte first
 */
static inline void
cdb_put(char *at, size_t number)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char)(number >> 8 * i & 0xff);
}

/*
 * cdb_hash - the hash of a key
 */
static inline uint32_t
cdb_hash(struct span key)
{
	uint32_t h = 5381;

	for (size_t i = 0; i < key.n; i++)
		h = h * 33 ^ (unsigned char)key.p[i];
	return h;
}

/*
 * cdb_put_table - one hash table; each record in the first slot that is free
 * from the one that its hash names
 *
 * positions has the place of each record.  Returns the bytes that were used.
 */
static inline size_t
cdb_put_table(char *table, size_t which, const struct cdb_records *r,
    const size_t *positions)
{
	size_t slots = 0;

	for (size_t i = 0; i < r->n; i++)
		if (cdb_hash(r->all[i].key) % CDB_TEST_TABLES == which)
			slots += 2;
	for (size_t i = 0; i < r->n; i++) {
		uint32_t h = cdb_hash(r->all[i].key);
		static const char unused[4];
		size_t slot;

		if (h % CDB_TEST_TABLES != which)
			continue;
		slot = h / CDB_TEST_TABLES % slots;
		while (memcmp(table + slot * CDB_TEST_PAIR + 4, unused, 4) != 0)
			slot = (slot + 1) % slots;
		cdb_put(table + slot * CDB_TEST_PAIR, h);
		cdb_put(table + slot * CDB_TEST_PAIR + 4, positions[i]);
	}
	return slots * CDB_TEST_PAIR;
}

/*
 * cdb_make - a database
 */
static inline struct span
cdb_make(struct arena *a, const struct cdb_records *r)
{
	size_t *positions = arena_array(a, r->n + 1, sizeof(*positions));
	size_t n = CDB_TEST_HEADER;
	char *p;

	for (size_t i = 0; i < r->n; i++)
		n += 3 * CDB_TEST_PAIR + r->all[i].key.n + r->all[i].data.n;
	p = arena_zero(a, n);
	n = CDB_TEST_HEADER;
	for (size_t i = 0; i < r->n; i++) {
		const struct cdb_record *one = &r->all[i];

		positions[i] = n;
		cdb_put(p + n, one->key.n);
		cdb_put(p + n + 4, one->data.n);
		n += CDB_TEST_PAIR;
		if (one->key.n > 0)
			memcpy(p + n, one->key.p, one->key.n);
		n += one->key.n;
		if (one->data.n > 0)
			memcpy(p + n, one->data.p, one->data.n);
		n += one->data.n;
	}
	for (size_t i = 0; i < CDB_TEST_TABLES; i++) {
		size_t used = cdb_put_table(p + n, i, r, positions);

		cdb_put(p + i * CDB_TEST_PAIR, n);
		cdb_put(p + i * CDB_TEST_PAIR + 4, used / CDB_TEST_PAIR);
		n += used;
	}
	return (struct span){ p, n };
}

/*
 * cdb_add - one record more, its key in lower case between head and tail
 */
static inline void
cdb_add(struct arena *a, struct cdb_records *r, struct span head,
    struct span key, struct span tail, struct span data)
{
	size_t n = head.n + key.n + tail.n;
	char *whole = arena_take(a, n + 1);

	memcpy(whole, head.p, head.n);
	for (size_t i = 0; i < key.n; i++)
		whole[head.n + i] = ascii_lower(key.p[i]);
	memcpy(whole + head.n + key.n, tail.p, tail.n);
	r->all[r->n++] = (struct cdb_record){ { whole, n }, data };
}

/*
 * cdb_room - for one record more than a text has lines
 */
static inline struct cdb_records
cdb_room(struct arena *a, struct span text)
{
	size_t n = 2;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return (struct cdb_records){
		arena_array(a, n, sizeof(struct cdb_record)), 0
	};
}

/*
 * cdb_of_routes - smtproutes.cdb from the lines of smtproutes
 */
static inline struct span
cdb_of_routes(struct arena *a, const char *text)
{
	struct control lines = { span_of(text), 0 };
	struct cdb_records r = cdb_room(a, lines.rest);
	struct span line, key;

	while (control_next(&line, &lines)) {
		struct span rest = line;

		if (control_split(&key, &rest))
			cdb_add(a, &r, SPAN(""), key, SPAN(""), rest);
	}
	return cdb_make(a, &r);
}

/*
 * cdb_of_recipients - moresmtproutes.cdb from lines "address relay"
 */
static inline struct span
cdb_of_recipients(struct arena *a, const char *text)
{
	struct control lines = { span_of(text), 0 };
	struct cdb_records r = cdb_room(a, lines.rest);
	struct span line;

	while (control_next(&line, &lines)) {
		struct span address = span_cut(&line, ' ');

		cdb_add(a, &r, SPAN(""), address, SPAN(""), line);
	}
	return cdb_make(a, &r);
}

/*
 * cdb_of_assignments - what cdb-database makes of lines "=addr:data:" and
 * "+prefix:data:"
 */
static inline struct span
cdb_of_assignments(struct arena *a, const char *text)
{
	struct control lines = { span_of(text), 0 };
	struct cdb_records r = cdb_room(a, lines.rest);
	char *ends = arena_take(a, lines.rest.n + 1);
	size_t n = 0;
	struct span line;

	while (control_next(&line, &lines)) {
		bool wildcard = line.p[0] == '+';
		struct span data = span_tail(line, 1);
		struct span key = span_cut(&data, ':');

		data = span_head(data, span_find_last(data, ':'));
		cdb_add(a, &r, SPAN("!"), key, wildcard ? SPAN("") : SPAN("\0"),
		    data);
		if (wildcard && key.n > 0)
			ends[n++] = ascii_lower(key.p[key.n - 1]);
	}
	r.all[r.n++] = (struct cdb_record){ SPAN(""), { ends, n } };
	return cdb_make(a, &r);
}

#endif
