/*
 * resolver - one question, by a deadline
 *
 * What the layers above need from a back end; dns/stub is the usual one.
 */
#ifndef DNS_RESOLVER_H
#define DNS_RESOLVER_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/trace.h"
#include "dns/wire.h"

enum dns_status {
	/* There are records. */
	DNS_OK,
	/* The name exists, but not with this type. */
	DNS_NODATA,
	/* There is no such name. */
	DNS_NXDOMAIN,
	/* No answer that can be believed: later, perhaps. */
	DNS_SOFT,
};

/* confined; a back end has this as its first member */
struct resolver {
	/*
	 * Asks for one type of one name, which has passed wire_name_ok().
	 * Sets secure.  DNS_OK: *packet has the answer, in memory of the arena; whether it
	 * has records is not known yet.
	 */
	enum dns_status (*ask)(struct resolver *, struct span *packet,
	    const char *name, enum wire_type, struct arena *);
	const struct trace *trace;
	/* Whether the last answer, or denial, was validated; whether it was
	 * found to be forged, which not every back end can tell. */
	bool secure, bogus;
};

/*
 * resolver_find - the records of one type
 *
 * DNS_OK: *out has *n of them, at least one.  A name that cannot exist is
 * DNS_NXDOMAIN without asking.  canonical, if not NULL, is where CNAMEs led.
 */
enum dns_status resolver_find(struct wire_record **out, size_t *n,
    struct span *canonical, struct resolver *, struct span name, enum wire_type,
    struct arena *);

#endif
