/*
 * candidates - the servers that may take a message, in order
 *
 * Names are looked up as they are needed: a host of the second preference
 * only when all of the first have failed.               confined
 */
#ifndef DELIVERY_CANDIDATES_H
#define DELIVERY_CANDIDATES_H

#include "dns/mx.h"
#include "mail/trouble.h"
#include "net/ipme.h"
#include "policy/route.h"

enum {
	SMTP_PORT = 25,
	QMTP_PORT = 209,
};

/* One server at one address.                                         value */
struct candidate {
	struct endpoint to;
	enum route_protocol protocol;
	/* If it cannot be tried by QMTP, its port for SMTP; 0: it is not. */
	uint16_t smtp_port;
	/* Its address as text. */
	struct span peer;
	/* The name it was found by; empty for an address literal. */
	struct span name;
	/* Of a mail exchanger; -1 for any other server. */
	int preference;
	/* Whose exchanger it is, where CNAMEs led; of others, empty. */
	struct span domain;
	/* It is an exchanger, for which there is no word but the DNS's. */
	bool unproven;
	/* What DNSSEC has to say; its name is empty for an address literal. */
	struct tlsa_host host;
};

/* Where to look.  What it points to must outlive the candidates.     value */
struct search {
	/* The name or address literal of the one server, or of the domain. */
	struct span host;
	/* The host is a relay: its addresses count, not its exchangers. */
	bool relayed;
	/* The line that said so. */
	struct why why;
	uint16_t port;
	enum route_protocol protocol;
	/* Exchangers whose preference stands for QMTP are tried by that first,
	 * and at the port by SMTP. */
	bool mxps;
	enum family_order order;
	/* Needed unless the host is an address literal. */
	struct resolver *resolver;
	/* It is wanted to know what DNSSEC has to say. */
	bool dnssec;
	/* Needed unless relayed, or the host is an address literal. */
	const struct ipme *ipme;
};

/* The same server, by SMTP. */
struct candidate candidate_by_smtp(const struct candidate *);

struct candidates;

/*
 * candidates_open - looks the host up
 *
 * Returns 0, or -1 with *t when there can be no candidate at all: no such
 * host, a domain that takes no mail, no answer.  [5321:5.1] [7505:4.1]
 */
int candidates_open(struct candidates **out, const struct search *,
    struct arena *, struct trouble *t);

/*
 * candidates_next - the next one
 *
 * False after the last.  An exchanger that is this host ends the list: those
 * as good or worse would send the mail back.                [5321:5.1]
 */
bool candidates_next(struct candidate *out, struct candidates *);

/*
 * candidates_lack - why there was none, once the list has ended
 *
 * *t is AT_NO_ADDRESS, AT_RELAY, AT_OURSELVES or AT_DNS.
 */
void candidates_lack(const struct candidates *, struct trouble *t);

/* Whether the end of the list may be other than it would be with all names
 * answered: some lookup failed for now. */
bool candidates_unsure(const struct candidates *);

#endif
