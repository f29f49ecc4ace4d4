/*
 * unbound - a resolver back end that validates: libunbound's
 *
 * A module, opened when DANE is wanted and no resolver is trusted for it.
 */
#ifndef DNS_UNBOUND_H
#define DNS_UNBOUND_H

#include "dns/resolver.h"
#include "net/ip.h"

/* What validation starts from, and whom to ask.                      value */
struct unbound_terms {
	/* To be asked; none: those of /etc/resolv.conf. */
	const struct endpoint *servers;
	size_t n;
	/* A file with trust anchors. */
	const char *anchor;
	const struct trace *trace;
	/* When all questions must be answered. */
	instant by;
};

struct unbound_module {
	/* A resolver; NULL if it cannot be set up, with words in *why. */
	struct resolver *(*open)(
	    const struct unbound_terms *, struct span *why, struct arena *);
};

/* The one symbol of the module "unbound"; see base/module. */
extern const struct unbound_module qremote_unbound;

#endif
