/*
 * routes - the one route of all files and variables
 *
 * A pure function; delivery/ reads the files.
 */
#ifndef POLICY_ROUTES_H
#define POLICY_ROUTES_H

#include "policy/route.h"

/* Where routes may stand; an absent file has no lines.               value */
struct routes {
	/* moresmtproutes.cdb: by recipient; NULL if there is none. */
	const struct cdb *more;
	struct route_table qmtp, smtp;
	/* What else the host may be listed as; empty: nothing. */
	struct span alias;
};

/*
 * routes_find - the route for one recipient
 *
 * The first match: for the null sender "!@", in moresmtproutes.cdb,
 * qmtproutes and smtproutes; then moresmtproutes.cdb by the recipient; then
 * qmtproutes and smtproutes together, the longest domain field first,
 * qmtproutes on a tie.  In each of these two the alias is looked for where
 * nothing but the empty field fits the host.
 */
enum route_result routes_find(struct route *out, const struct routes *,
    struct span host, bool null_sender, struct span rcpt, struct arena *);

#endif
