/*
 * route - where the postmaster wants a domain's mail to go
 */
#include "policy/route.h"

#include "base/num.h"
#include "net/ip.h"

enum {
	PORT_MAX = 65535,
	/* Penalty and tolerance: more than a century makes no difference. */
	SECONDS_MAX = INT32_MAX,
};

/*
 * weight - how well a domain field fits; 0 not at all
 */
static size_t
weight(struct span key, struct span host, bool null_sender)
{
	if (null_sender && span_equal(key, SPAN("!@")))
		return ROUTE_NULL_SENDER;
	if (key.n == 0)
		return 1;
	if (span_equal_nocase(key, host))
		return key.n + 2;
	if (key.p[0] == '.' && host.n > key.n && span_ends(host, key))
		return key.n + 1;
	return 0;
}

/*
 * take_number - a field that holds a number no larger than max, or nothing
 */
static bool
take_number(int64_t *out, struct span *fields, uint64_t max)
{
	struct span field = span_cut(fields, ':');
	uint64_t u;

	if (field.n == 0)
		return true;
	if (!num_whole(&u, field) || u > max)
		return false;
	*out = (int64_t)u;
	return true;
}

/*
 * take_relay - the relay, which may be an address
 *
 * An IPv6 address stands in brackets; without any it is one only if nothing
 * follows it.
 */
static bool
take_relay(struct span *relay, struct span *fields)
{
	struct ip ip;

	if (fields->n > 0 && fields->p[0] == '[') {
		size_t n = span_find(*fields, ']') + 1;

		*relay = span_head(*fields, n);
		*fields = span_tail(*fields, n);
		return ip_parse_literal(&ip, *relay) &&
		       (fields->n == 0 || span_cut(fields, ':').n == 0);
	}
	if (fields->n > 0 && fields->p[0] != ':' && ip_parse(&ip, *fields)) {
		*relay = *fields;
		*fields = SPAN("");
		return true;
	}
	*relay = span_cut(fields, ':');
	return !span_has_control(*relay);
}

/*
 * parse - what follows the domain field; NULL, or what is wrong with it
 */
static const char *
parse(struct route *r, struct span rest)
{
	struct span fields = span_cut(&rest, ' ');
	int64_t port = -1;

	r->login = rest;
	r->penalty = r->tolerance = -1;
	if (!take_relay(&r->relay, &fields))
		return "bad relay";
	if (!take_number(&port, &fields, PORT_MAX) || port == 0)
		return "bad port";
	if (!take_number(&r->penalty, &fields, SECONDS_MAX))
		return "bad penalty";
	if (!take_number(&r->tolerance, &fields, SECONDS_MAX))
		return "bad max_tolerance";
	if (fields.n > 0)
		return "too many fields";
	r->port = port > 0 ? (uint16_t)port : 0;
	return NULL;
}

/*
 * match_lines - the best of the lines of a text
 */
static void
match_lines(struct route_match *out, const struct route_table *t,
    struct span host, bool null_sender)
{
	struct control lines = t->lines;
	struct span line, key;

	while (control_next(&line, &lines)) {
		struct span rest = line;
		bool colon = control_split(&key, &rest);
		size_t w = weight(key, host, null_sender);

		if (w <= out->weight)
			continue;
		out->weight = w;
		out->value = rest;
		out->colon = colon;
		out->why = (struct why){ t->source, lines.line, key };
	}
}

/*
 * try_key - one key of a database; false if it is not there
 */
static bool
try_key(struct route_match *out, const struct route_table *t, struct span key,
    size_t w)
{
	enum cdb_result r = cdb_find(&out->value, t->database, key);

	if (r == CDB_ABSENT)
		return false;
	out->weight = w;
	out->colon = true;
	out->damaged = r == CDB_DAMAGED;
	out->why =
	    (struct why){ t->source, 0, out->damaged ? SPAN("damaged") : key };
	return true;
}

/*
 * match_database - the best of the keys that fit, the longest first
 */
static void
match_database(struct route_match *out, const struct route_table *t,
    struct span host, bool null_sender, struct arena *a)
{
	char *lower = arena_take(a, host.n + 1);
	struct span key = { lower, host.n };

	for (size_t i = 0; i < host.n; i++)
		lower[i] = ascii_lower(host.p[i]);
	if (null_sender && try_key(out, t, SPAN("!@"), ROUTE_NULL_SENDER))
		return;
	if (key.n > 0 && try_key(out, t, key, weight(key, host, false)))
		return;
	for (size_t i = 1; i < host.n; i++) {
		key = span_tail((struct span){ lower, host.n }, i);
		if (lower[i] == '.' &&
		    try_key(out, t, key, weight(key, host, false)))
			return;
	}
	(void)try_key(out, t, SPAN(""), weight(SPAN(""), host, false));
}

/*
 * route_match - the line of a table that fits a host best
 */
void
route_match(struct route_match *out, const struct route_table *t,
    struct span host, bool null_sender, struct arena *a)
{
	*out = (struct route_match){ 0 };
	if (t->database != NULL)
		match_database(out, t, host, null_sender, a);
	else
		match_lines(out, t, host, null_sender);
}

/*
 * route_parse - what a matching line says
 */
enum route_result
route_parse(struct route *out, const struct route_match *m)
{
	const char *wrong = "no colon";

	*out = (struct route){ .why = m->why };
	if (m->damaged)
		return ROUTE_BAD;
	if (m->weight == 0)
		return ROUTE_NONE;
	if (m->colon)
		wrong = parse(out, m->value);
	if (wrong == NULL)
		return ROUTE_FOUND;
	out->why.rule = span_of(wrong);
	return ROUTE_BAD;
}
