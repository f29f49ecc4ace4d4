/*
 * routes - the one route of all files and variables
 */
#include "policy/routes.h"

/*
 * match_more - an entry of moresmtproutes.cdb
 */
static bool
match_more(struct route_match *m, const struct cdb *more, struct span key,
    struct arena *a)
{
	char *lower = arena_take(a, key.n + 1);
	enum cdb_result r;

	*m = (struct route_match){ 0 };
	if (more == NULL)
		return false;
	for (size_t i = 0; i < key.n; i++)
		lower[i] = ascii_lower(key.p[i]);
	key.p = lower;
	r = cdb_find(&m->value, more, key);
	if (r == CDB_ABSENT)
		return false;
	m->weight = 1;
	m->colon = true;
	m->damaged = r == CDB_DAMAGED;
	m->why =
	    (struct why){ more->path, 0, m->damaged ? SPAN("damaged") : key };
	return true;
}

/*
 * finish - the route of a match, by its table's protocol
 */
static enum route_result
finish(struct route *out, const struct route_match *m, enum route_protocol p)
{
	enum route_result r = route_parse(out, m);

	out->protocol = p;
	return r;
}

/*
 * match - the line of a table that fits the host best, by either name
 *
 * The name as written goes first; the alias is asked for where only the empty
 * field fits that.
 */
static void
match(struct route_match *out, const struct routes *all,
    const struct route_table *t, struct span host, bool null_sender,
    struct arena *a)
{
	struct route_match other;

	route_match(out, t, host, null_sender, a);
	if (all->alias.n == 0 || out->damaged || out->weight > 1)
		return;
	route_match(&other, t, all->alias, null_sender, a);
	if (other.weight > out->weight || other.damaged)
		*out = other;
}

/*
 * routes_find - the route for one recipient
 */
enum route_result
routes_find(struct route *out, const struct routes *all, struct span host,
    bool null_sender, struct span rcpt, struct arena *a)
{
	struct route_match more, qmtp, smtp;

	if (null_sender && match_more(&more, all->more, SPAN("!@"), a))
		return finish(out, &more, ROUTE_SMTP);
	match(&qmtp, all, &all->qmtp, host, null_sender, a);
	match(&smtp, all, &all->smtp, host, null_sender, a);
	if (qmtp.weight != ROUTE_NULL_SENDER &&
	    smtp.weight != ROUTE_NULL_SENDER &&
	    match_more(&more, all->more, rcpt, a))
		return finish(out, &more, ROUTE_SMTP);
	/* A damaged database may hide the better match. */
	if (smtp.damaged || qmtp.weight == 0 ||
	    (qmtp.weight < smtp.weight && !qmtp.damaged))
		return finish(out, &smtp, ROUTE_SMTP);
	return finish(out, &qmtp, ROUTE_QMTP);
}
