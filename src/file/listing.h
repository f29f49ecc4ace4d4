/*
 * listing - which names a directory may hold
 *
 * Most control files are absent.  One look at the directory spares an
 * open(2) for each of them: a name that the listing rules out is not there.
 */
#ifndef FILE_LISTING_H
#define FILE_LISTING_H

#include "base/span.h"

#include <stdint.h>

/* value */
struct listing {
	/* A set bit for the hash of each name. */
	uint64_t bits[8];
	/* The directory could not be read whole: every name is possible. */
	bool unknown;
};

/* Reads the directory.  One that cannot be read leaves every name possible. */
void listing_read(struct listing *, const char *path);

/* False only if the directory had no such name when it was read. */
bool listing_may_have(const struct listing *, struct span name);

#endif
