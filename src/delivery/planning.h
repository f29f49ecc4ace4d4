/*
 * planning - what the files that make a plan share; nobody else includes it
 */
#ifndef DELIVERY_PLANNING_H
#define DELIVERY_PLANNING_H

#include "base/buf.h"
#include "delivery/plan.h"

enum {
	/* An argument can be no longer than half of this, and quoting at most
	 * doubles it. */
	PLANNING_ADDRESS_MAX = 1024 * 1024,
};

/* A plan being made.                                    confined */
struct planning {
	struct plan *plan;
	const struct request *request;
	/* The request's host in A-label form, if that is another. */
	struct span alias;
	struct settings *settings;
	const struct shared *shared;
	struct arena *arena;
	struct trouble *trouble;
};

/* An address as it goes on the wire. */
struct span planning_wire_form(struct planning *, struct span address);

/* A control file cannot be read, or makes no sense: always -1. */
int planning_bad_file(struct planning *, enum cause, const struct fault *);

/* A setting that is a number; one in seconds, as milliseconds.  0, or -1. */
int planning_number(uint64_t *out, struct planning *, enum setting);
int planning_milliseconds(uint64_t *out, struct planning *, enum setting);

/*
 * planning_find_candidates - looks up the host or relay of the plan's search
 *
 * Sets the rest of the search, rewrites recipients if CNAMEs are wanted, and
 * opens the candidates.  0, or -1 with the trouble.
 */
int planning_find_candidates(struct planning *);

#endif
