/*
 * mx - a domain, as mail exchangers in order, and their addresses
 */
#ifndef DNS_MX_H
#define DNS_MX_H

#include "dns/resolver.h"
#include "dns/tlsa.h"
#include "net/ip.h"

/* One mail exchanger.                                                value */
struct mx {
	struct span name;
	uint16_t preference;
	/* That it is one was validated. */
	bool secure;
	/* Where the domain's CNAMEs led; the domain itself if it has none. */
	struct span domain;
};

/* Which addresses of a host are tried, and which first. */
enum family_order {
	PREFER_IPV4,
	PREFER_IPV6,
	/* Either first, by chance. */
	ANY_FAMILY,
	ONLY_IPV4,
	ONLY_IPV6,
	/* The other family only of a host that has none of this one. */
	IPV4_ELSE_IPV6,
	IPV6_ELSE_IPV4,
};

/*
 * mx_find - the mail exchangers of a domain, the best first, equals shuffled
 *
 * DNS_NODATA: the domain has none, so that it is its own; "localhost" never
 * has any.  Names that are address literals, which no MX may be, are left
 * out; *n may then be 0.  *null is set if the domain says that it takes no
 * mail.
 * [5321:5.1] [7505:3]
 */
enum dns_status mx_find(struct mx **out, size_t *n, bool *null,
    struct resolver *, struct span domain, struct arena *);

/*
 * mx_addresses - the addresses of a host
 *
 * The families take turns, the preferred one first.  DNS_OK: there is at
 * least one.  DNS_SOFT: there is none, and some question had no answer.
 * "localhost" is known without asking.                       [6761:6.3]
 * *host is what DNSSEC has to say.
 */
enum dns_status mx_addresses(struct ip **out, size_t *n, struct tlsa_host *host,
    struct resolver *, struct span name, enum family_order, struct arena *);

#endif
