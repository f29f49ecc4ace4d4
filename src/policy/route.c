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
 * take_key - the domain field of a line, which may be in brackets
 *
 * False if there is no colon behind it.
 */
static bool
take_key(struct span *key, struct span *rest)
{
	size_t n = span_find(*rest, ':');

	if (rest->n > 0 && rest->p[0] == '[') {
		size_t close = span_find(*rest, ']');

		if (close + 1 < rest->n && rest->p[close + 1] == ':')
			n = close + 1;
	}
	*key = span_head(*rest, n);
	if (n == rest->n)
		return false;
	*rest = span_tail(*rest, n + 1);
	return true;
}

/*
 * weight - how well a domain field fits; 0 not at all
 */
static size_t
weight(struct span key, struct span host, bool null_sender)
{
	if (null_sender && span_equal(key, SPAN("!@")))
		return SIZE_MAX;
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
	int64_t port = 0;

	r->login = rest;
	r->penalty = r->tolerance = -1;
	if (!take_relay(&r->relay, &fields))
		return "bad relay";
	if (!take_number(&port, &fields, PORT_MAX))
		return "bad port";
	if (!take_number(&r->penalty, &fields, SECONDS_MAX))
		return "bad penalty";
	if (!take_number(&r->tolerance, &fields, SECONDS_MAX))
		return "bad max_tolerance";
	if (fields.n > 0)
		return "too many fields";
	r->port = (uint16_t)port;
	return NULL;
}

/*
 * route_find - the route for a host
 *
 * One pass: the parts of a line are looked at only once its domain field is
 * known to be the best.
 */
enum route_result
route_find(struct route *out, struct control lines, struct span source,
    struct span host, bool null_sender)
{
	struct span line, key, rest, best = SPAN("");
	bool colon, best_colon = false;
	const char *wrong;
	size_t most = 0;

	*out = (struct route){ .why.file = source };
	while (control_next(&line, &lines)) {
		size_t w;

		rest = line;
		colon = take_key(&key, &rest);
		w = weight(key, host, null_sender);
		if (w <= most)
			continue;
		most = w;
		best = rest;
		best_colon = colon;
		out->why.line = lines.line;
		out->why.rule = key;
	}
	if (most == 0)
		return ROUTE_NONE;
	wrong = best_colon ? parse(out, best) : "no colon";
	if (wrong == NULL)
		return ROUTE_FOUND;
	out->why.rule = span_of(wrong);
	return ROUTE_BAD;
}
