/*
 * daned_table - the verdicts that qmail-daned remembers, and their file
 */
#ifndef CMD_DANED_TABLE_H
#define CMD_DANED_TABLE_H

#include "base/arena.h"
#include "proto/daned.h"

#include <stdint.h>

/* One verdict. */
struct daned_verdict {
	/* In lower case. */
	char name[DANED_NAME_MAX];
	uint8_t length;
	/* DANED_VERIFIED or DANED_FAILED. */
	uint8_t status;
	/* Where it stands among all by age. */
	uint32_t at;
	/* Seconds since 1970. */
	int64_t time;
};

/*
 * A table that never holds more verdicts than it was made for: a new one then
 * takes the place of the oldest.                        confined
 */
struct daned_table {
	struct daned_verdict *verdicts;
	uint32_t count, most;
	/* Their numbers as a heap: none is older than the one at half its
	 * place, so the first is the oldest. */
	uint32_t *heap;
	/* Where a name's verdict is, plus 1; 0: nowhere. */
	uint32_t *index;
	uint32_t places;
	/* So that nobody can choose names that meet in one place. */
	uint32_t seed;
	/* Something was remembered or forgotten since it was saved. */
	bool changed;
};

/* An empty table for so many verdicts, in memory of the arena. */
void daned_table_init(struct daned_table *, uint32_t most, struct arena *);

/* The verdict on a name, which is in lower case; NULL if there is none. */
const struct daned_verdict *daned_table_find(
    const struct daned_table *, struct span name);

/* Remembers a verdict, in place of an older one. */
void daned_table_put(
    struct daned_table *, struct span name, enum daned_status, int64_t now);

/* Forgets what is older than that time; how many those were. */
uint32_t daned_table_expire(struct daned_table *, int64_t oldest);

/*
 * daned_table_load - reads the context file
 *
 * What cannot be understood ends the reading, and *whole is then false.
 * Returns 0, or errno; a file that is not there is empty.
 */
int daned_table_load(struct daned_table *, const char *path, bool *whole);

/*
 * daned_table_save - writes the context file
 *
 * The old file stays until the new one is whole and on the disk.  Returns 0,
 * or errno.
 */
int daned_table_save(
    struct daned_table *, const char *path, const struct arena *beside);

#endif
