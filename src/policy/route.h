/*
 * route - where the postmaster wants a domain's mail to go
 *
 * Pure functions of the lines of route files; policy/routes puts them
 * together.
 */
#ifndef POLICY_ROUTE_H
#define POLICY_ROUTE_H

#include "base/why.h"
#include "file/cdb.h"
#include "file/control.h"

#include <stdint.h>

enum route_protocol { ROUTE_SMTP, ROUTE_QMTP };

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
	enum route_protocol protocol;
	/* Which line said so; its rule is the domain field. */
	struct why why;
};

enum route_result {
	ROUTE_NONE,
	ROUTE_FOUND,
	/* The line that matches makes no sense; out->why names it. */
	ROUTE_BAD,
};

/* Routes by domain: the lines of a file or variable, or a database. */
struct route_table {
	/* The name of the file or variable. */
	struct span source;
	struct control lines;
	/* In place of the lines, unless NULL: key the domain field in lower
	 * case, data the rest of the line. */
	const struct cdb *database;
};

/* A line, and how well it fits. */
struct route_match {
	/* 0: not at all; of two tables' matches the larger is the longer. */
	size_t weight;
	/* What follows the domain field; whether a colon stands between. */
	struct span value;
	bool colon;
	struct why why;
	/* The database is damaged; nothing else counts. */
	bool damaged;
};

/* The weight of a match of the null sender's "!@". */
#define ROUTE_NULL_SENDER SIZE_MAX

/*
 * route_match - the line of a table that fits a host best
 *
 * The longest domain field that matches wins, the first of equals: the host
 * itself, then ".suffix" of it, then the empty field.  For the null sender
 * "!@" comes before all.  Names are compared without regard to case.
 */
void route_match(struct route_match *out, const struct route_table *,
    struct span host, bool null_sender, struct arena *);

/*
 * route_parse - what a matching line says
 *
 * ROUTE_NONE if nothing matched; ROUTE_BAD names the line, and what is wrong
 * with it, in out->why.
 */
enum route_result route_parse(struct route *out, const struct route_match *);

#endif
