/*
 * mx - a domain, as mail exchangers in order, and their addresses
 */
#include "dns/mx.h"

#include "base/random.h"

#include <netinet/in.h>
#include <sys/socket.h>

/*
 * insert - puts an exchanger in its place among n sorted ones
 */
static void
insert(struct mx *all, size_t n, struct mx m)
{
	while (n > 0 && all[n - 1].preference > m.preference) {
		all[n] = all[n - 1];
		n--;
	}
	all[n] = m;
}

/*
 * shuffle - mixes exchangers that are equally preferred
 */
static void
shuffle(struct mx *all, size_t n)
{
	for (; n > 1; n--) {
		size_t i = random_below((uint32_t)n);
		struct mx m = all[i];

		all[i] = all[n - 1];
		all[n - 1] = m;
	}
}

/*
 * is_localhost - a name that is this host by definition      [6761:6.3]
 */
static bool
is_localhost(struct span name)
{
	name = span_undotted(name);
	return span_equal_nocase(name, SPAN("localhost")) ||
	       span_ends(name, SPAN(".localhost"));
}

/*
 * mx_find - the mail exchangers of a domain
 */
enum dns_status
mx_find(struct mx **out, size_t *n, bool *null, struct resolver *r,
    struct span domain, struct arena *a)
{
	struct wire_record *records;
	struct span canonical;
	enum dns_status s;
	size_t count, end;
	struct mx *all;
	struct ip ip;
	bool secure;

	*n = 0;
	*null = false;
	if (is_localhost(domain))
		return DNS_NODATA;
	s = resolver_find(&records, &count, &canonical, r, domain, WIRE_MX, a);
	secure = r->secure;
	if (s != DNS_OK)
		return s;
	all = arena_array(a, count, sizeof(*all));
	for (size_t i = 0; i < count; i++) {
		struct mx m = { records[i].name, records[i].preference, secure,
			canonical };

		if (m.name.n == 0)
			*null = count == 1;
		else if (!ip_parse(&ip, m.name) &&
		         !ip_parse_literal(&ip, m.name))
			insert(all, (*n)++, m);
	}
	for (size_t i = 0; i < *n; i = end) {
		for (end = i + 1;
		     end < *n && all[end].preference == all[i].preference;
		     end++)
			;
		shuffle(all + i, end - i);
	}
	*out = all;
	return DNS_OK;
}

/*
 * find_family - the addresses of one family
 *
 * What DNSSEC has to say of them is added to *host: of a host with addresses
 * of both families, both must be secure.
 */
static enum dns_status
find_family(struct wire_record **out, size_t *n, struct tlsa_host *host,
    struct resolver *r, int family, struct arena *a)
{
	static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
	struct span canonical = host->name;
	struct wire_record *w;
	enum dns_status s;

	if (!is_localhost(host->name)) {
		s = resolver_find(out, n, &canonical, r, host->name,
		    family == AF_INET ? WIRE_A : WIRE_AAAA, a);
		if (s == DNS_OK) {
			host->secure = host->secure && r->secure;
			host->canonical = canonical;
		}
		return s;
	}
	host->secure = false;
	w = arena_zero(a, sizeof(*w));
	if (family == AF_INET) {
		w->address[0] = 127;
		w->address[3] = 1;
	} else {
		for (size_t i = 0; i < 16; i++)
			w->address[i] = loopback.s6_addr[i];
	}
	*out = w;
	*n = 1;
	return DNS_OK;
}

/*
 * wants_both - whether the second family is asked for, after the first
 *
 * A name that does not exist has no addresses of either.  A family for want
 * of the other is for a host that is known to have none of it.
 */
static bool
wants_both(enum family_order order, enum dns_status first)
{
	switch (order) {
	case ONLY_IPV4:
	case ONLY_IPV6:
		return false;
	case IPV4_ELSE_IPV6:
	case IPV6_ELSE_IPV4:
		return first == DNS_NODATA;
	case PREFER_IPV4:
	case PREFER_IPV6:
	case ANY_FAMILY:
		break;
	}
	return first != DNS_NXDOMAIN;
}

/*
 * mx_addresses - the addresses of a host
 */
enum dns_status
mx_addresses(struct ip **out, size_t *n, struct tlsa_host *host,
    struct resolver *r, struct span name, enum family_order order,
    struct arena *a)
{
	enum dns_status s[2] = { DNS_NODATA, DNS_NODATA };
	struct wire_record *w[2];
	size_t count[2] = { 0, 0 };
	int family[2] = { AF_INET, AF_INET6 };

	*n = 0;
	*host = (struct tlsa_host){ name, name, true, false };
	if (order == PREFER_IPV6 || order == ONLY_IPV6 ||
	    order == IPV6_ELSE_IPV4 ||
	    (order == ANY_FAMILY && random_below(2) == 1)) {
		family[0] = AF_INET6;
		family[1] = AF_INET;
	}
	s[0] = find_family(&w[0], &count[0], host, r, family[0], a);
	if (wants_both(order, s[0]))
		s[1] = find_family(&w[1], &count[1], host, r, family[1], a);
	*out = arena_array(a, count[0] + count[1] + 1, sizeof(**out));
	for (size_t i = 0; i < count[0] || i < count[1]; i++) {
		for (int f = 0; f < 2; f++)
			if (i < count[f])
				(*out)[(*n)++] =
				    ip_of_bytes(family[f], w[f][i].address);
	}
	if (*n > 0)
		return DNS_OK;
	host->secure = false;
	return s[0] == DNS_SOFT || s[1] == DNS_SOFT ? DNS_SOFT : s[0];
}
