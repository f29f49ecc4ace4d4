/*
 * cdb - D. J. Bernstein's constant database, read
 *
 * Every offset is checked against the file, so a corrupt one is found
 * damaged, or does not have the key; it is never read beyond its end.
 */
#ifndef FILE_CDB_H
#define FILE_CDB_H

#include "base/arena.h"
#include "base/cause.h"

#include <stdint.h>

/* A database in memory.                                 immutable */
struct cdb {
	/* Its path, for reports. */
	struct span path;
	struct span map;
};

enum cdb_result {
	CDB_ABSENT,
	CDB_FOUND,
	/* It points outside of itself. */
	CDB_DAMAGED,
};

/*
 * cdb_open - maps a database
 *
 * BY_NOTHING: *out is ready, and stays so until the process ends.  BY_LACK:
 * there is no such file.  BY_SYSTEM: it cannot be read; *err has errno.
 * BY_GARBLE: it is too short to be a database.
 */
enum cause cdb_open(
    struct cdb *out, const char *path, struct arena *, int *err);

/* A database that is in memory already. */
bool cdb_of_memory(struct cdb *out, struct span bytes, struct span path);

/*
 * cdb_find - the data of the first record with this key
 *
 * CDB_FOUND: *data is a part of the database.
 */
enum cdb_result cdb_find(
    struct span *data, const struct cdb *, struct span key);

/*
 * cdb_next - the record at *at, 0 for the first; *at moves to the next
 *
 * CDB_ABSENT: there are no more.
 */
enum cdb_result cdb_next(
    struct span *key, struct span *data, const struct cdb *, size_t *at);

#endif
