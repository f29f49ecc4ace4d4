/*
 * assign - looks an address up in a database that cdb-database made
 *
 * A simple line "=addr:data:" is for one address, a wildcard line
 * "+prefix:data:" for all that begin so.  The simple one wins, then the
 * longest prefix.  Case does not count.
 */
#ifndef FILE_ASSIGN_H
#define FILE_ASSIGN_H

#include "file/cdb.h"

/*
 * assign_find - the data for an address
 *
 * CDB_FOUND: *data is a part of the database, and *key of the arena's memory
 * says which line it was: "=addr" or "+prefix".  The empty address matches
 * only the line "+:".
 */
enum cdb_result assign_find(struct span *data, struct span *key,
    const struct cdb *, struct span address, struct arena *);

#endif
