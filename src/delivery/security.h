/*
 * security - which TLS a server gets
 *
 * Reads the files that policy/tls_policy decides by.
 */
#ifndef DELIVERY_SECURITY_H
#define DELIVERY_SECURITY_H

#include "delivery/dane.h"
#include "delivery/path.h"
#include "net/tls.h"
#include "policy/tls_policy.h"

/* What is known before a server is chosen.                           value */
struct security {
	struct tls_facts facts;
	/* Domains and servers that get no TLS. */
	struct control notlhosts, notlshosts;
	struct span notlhosts_name, notlshosts_name;
	/* CERTDIR, and the domain that mail is for: as it is written, and as
	 * the DNS has it. */
	const char *certdir;
	struct span written, host;
};

/*
 * security_read - the files that do not depend on the server, and the terms
 *
 * The domain that mail is for is written so, and alias is its form in the
 * DNS; empty if that is the same.
 * Returns 0, or -1 with *t: a file cannot be read, or makes no sense.
 */
int security_read(struct security *out, struct tls_terms *terms,
    struct settings *, const struct path *, struct span written,
    struct span alias, struct arena *, struct trouble *t);

/* Whether a candidate gets no TLS by exception, whatever DNS has for it. */
bool security_excepts(
    const struct security *, const struct candidate *, struct arena *);

/*
 * What a handshake with a candidate must prove; records are those that DNS
 * has for it, NULL if there are none.
 */
void security_for(struct tls_want *out, const struct security *,
    const struct candidate *, const struct dane_records *, struct arena *);

#endif
