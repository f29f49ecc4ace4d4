/*
 * assign - looks an address up in a database that cdb-database made
 *
 * A simple key is '!', the address and a NUL; a wildcard key is '!' and the
 * prefix.  The empty key has the last characters of all prefixes that are not
 * empty, so that most lengths need not be asked for.
 */
#include "file/assign.h"

/*
 * assign_find - the data for an address
 */
enum cdb_result
assign_find(struct span *data, struct span *key, const struct cdb *c,
    struct span address, struct arena *a)
{
	/* The sign, the address, and a NUL. */
	char *k = arena_take(a, address.n + 2);
	struct span ends = SPAN("");
	enum cdb_result r;

	k[0] = '!';
	for (size_t i = 0; i < address.n; i++)
		k[i + 1] = ascii_lower(address.p[i]);
	k[address.n + 1] = '\0';
	if (cdb_find(&ends, c, SPAN("")) == CDB_DAMAGED)
		return CDB_DAMAGED;
	r = address.n == 0
	        ? CDB_ABSENT
	        : cdb_find(data, c, (struct span){ k, address.n + 2 });
	*key = (struct span){ k, address.n + 1 };
	if (r != CDB_ABSENT) {
		k[0] = '=';
		return r;
	}
	for (size_t n = address.n + 1; n-- > 0;) {
		if (n > 0 && span_find(ends, k[n]) == ends.n)
			continue;
		r = cdb_find(data, c, (struct span){ k, n + 1 });
		if (r != CDB_ABSENT) {
			key->n = n + 1;
			break;
		}
	}
	k[0] = '+';
	return r;
}
