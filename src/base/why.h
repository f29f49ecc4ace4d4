/*
 * why - what decided
 *
 * Every decision carries the place that made it, so that a report can name
 * the line and an administrator can be shown it.
 */
#ifndef BASE_WHY_H
#define BASE_WHY_H

#include "base/span.h"

struct why {
	/* A path, or "environment", "dns", "default". */
	struct span file;
	/* Counted from 1; 0 if lines do not apply. */
	unsigned line;
	/* The rule that matched, or what is wrong with it. */
	struct span rule;
};

#endif
