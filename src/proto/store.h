/*
 * store - a file without a name, for what must be read before it is sent
 *
 * Nobody else can open it, and it is gone with the process.  confined
 */
#ifndef PROTO_STORE_H
#define PROTO_STORE_H

#include "base/cause.h"
#include "base/span.h"

#include <stdint.h>

struct store {
	int fd;
	/* How much more it may hold. */
	uint64_t room;
};

/*
 * store_open - an empty one, below a directory if that can be, else below
 * /tmp, else in memory
 *
 * In memory it is bounded.  BY_SYSTEM: there is no place; *err has errno.
 * The caller owns its descriptor, which is closed on exec.
 */
enum cause store_open(struct store *, const char *directory, int *err);

/* Adds bytes.  BY_SYSTEM: they have no room; *err has errno. */
enum cause store_put(struct store *, struct span, int *err);

#endif
