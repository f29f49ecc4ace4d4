/*
 * route - where the postmaster wants a domain's mail to go
 *
 * A pure function of the lines of a route file.
 */
#ifndef POLICY_ROUTE_H
#define POLICY_ROUTE_H

#include "base/why.h"
#include "file/control.h"

#include <stdint.h>

/* Where mail goes.                                                   value */
struct route {
	/* The relay; empty: the domain's own mail exchangers. */
	struct span relay;
	/* 0: the usual one. */
	uint16_t port;
	/* Seconds a relay that failed is left in peace, and what it may fail
	 * before; -1: not said. */
	int64_t penalty, tolerance;
	/* What follows the first space: whom to log in as. */
	struct span login;
	/* Which line said so; its rule is the domain field. */
	struct why why;
};

enum route_result {
	ROUTE_NONE,
	ROUTE_FOUND,
	/* The line that matches makes no sense; out->why names it. */
	ROUTE_BAD,
};

/*
 * route_find - the route for a host
 *
 * The longest domain field that matches wins, the first of equals: the host
 * itself, then ".suffix" of it, then the empty field.  For the null sender
 * "!@" comes before all.  Names are compared without regard to case.  source
 * is the name of the file, for out->why.
 */
enum route_result route_find(struct route *out, struct control lines,
    struct span source, struct span host, bool null_sender);

#endif
