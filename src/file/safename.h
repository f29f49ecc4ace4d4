/*
 * safename - names from outside that become part of a file name
 *
 * A host name comes from the command line or from DNS, so it may hold
 * slashes, dots and worse.  Only what looks like a host name becomes part of
 * a path; for any other name there is no such file.
 */
#ifndef FILE_SAFENAME_H
#define FILE_SAFENAME_H

#include "base/arena.h"

/*
 * The name without its last dot, in memory of the arena; in lower case if
 * lower is true.  False if it is empty, begins with a dot, or has anything
 * but letters, digits, '-', '_' and '.'.
 */
bool safename(struct span *out, struct span name, bool lower, struct arena *);

#endif
