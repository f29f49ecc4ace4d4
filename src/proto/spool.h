/*
 * spool - a file without a name, for what must be read before it is sent
 *
 * Nobody else can open it, and it is gone with the process.  confined
 */
#ifndef PROTO_SPOOL_H
#define PROTO_SPOOL_H

#include "base/cause.h"
#include "base/span.h"

#include <stdint.h>

struct spool {
	int fd;
	/* How much more it may hold. */
	uint64_t room;
};

/*
 * spool_open - an empty one, below a directory if that can be, else below
 * /tmp, else in memory
 *
 * In memory it is bounded.  BY_SYSTEM: there is no place; *err has errno.
 * The caller owns its descriptor, which is closed on exec.
 */
enum cause spool_open(struct spool *, const char *directory, int *err);

/* Adds bytes.  BY_SYSTEM: they have no room; *err has errno. */
enum cause spool_put(struct spool *, struct span, int *err);

#endif
