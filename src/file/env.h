/*
 * env - the environment, as a value
 *
 * main() hands its environment over once; nothing below reads the process's
 * own.                                                  immutable
 */
#ifndef FILE_ENV_H
#define FILE_ENV_H

#include "base/span.h"

struct env {
	/* "NAME=value" strings, NULL behind the last; owned by the caller. */
	char *const *vars;
};

/*
 * The value of a variable, borrowed; false if it is not set.  A variable set
 * to nothing is set: *out is then empty.
 */
bool env_get(struct span *out, const struct env *, const char *name);

#endif
