/*
 * resolver - one question, by a deadline
 */
#include "dns/resolver.h"

/*
 * status_name - for the trace
 */
static const char *
status_name(enum dns_status s)
{
	static const char *const names[] = {
		[DNS_OK] = "ok",
		[DNS_NODATA] = "no data",
		[DNS_NXDOMAIN] = "no such name",
		[DNS_SOFT] = "failed",
	};

	return names[s];
}

/*
 * type_name - for the trace
 */
static const char *
type_name(enum wire_type t)
{
	switch (t) {
	case WIRE_A:
		return "A";
	case WIRE_AAAA:
		return "AAAA";
	case WIRE_MX:
		return "MX";
	case WIRE_CNAME:
		return "CNAME";
	case WIRE_TLSA:
		return "TLSA";
	}
	return "?";
}

/*
 * find - resolver_find, untraced
 */
static enum dns_status
find(struct wire_record **out, size_t *n, struct span *canonical,
    struct resolver *r, struct span name, enum wire_type type, struct arena *a)
{
	struct span packet;
	enum dns_status s;
	int count;

	r->secure = false;
	if (!wire_name_ok(name))
		return DNS_NXDOMAIN;
	s = r->ask(r, &packet, arena_string(a, name), type, a);
	if (s != DNS_OK)
		return s;
	count = wire_answers(out, canonical, packet, type, a);
	if (count < 0)
		return DNS_SOFT;
	*n = (size_t)count;
	return count > 0 ? DNS_OK : DNS_NODATA;
}

/*
 * resolver_find - the records of one type
 */
enum dns_status
resolver_find(struct wire_record **out, size_t *n, struct span *canonical,
    struct resolver *r, struct span name, enum wire_type type, struct arena *a)
{
	struct span ignored;
	enum dns_status s;

	*n = 0;
	s = find(
	    out, n, canonical != NULL ? canonical : &ignored, r, name, type, a);
	TRACE(r->trace, "dns", { "name", name },
	    { "type", span_of(type_name(type)) },
	    { "status", span_of(status_name(s)) },
	    { "dnssec", r->secure ? SPAN("secure") : SPAN("insecure") });
	return s;
}
