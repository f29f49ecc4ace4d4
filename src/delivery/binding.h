/*
 * binding - the local end of a connection: its address, and the name it says
 * hello with
 *
 * Reads the files that policy/source decides by.
 */
#ifndef DELIVERY_BINDING_H
#define DELIVERY_BINDING_H

#include "file/settings.h"
#include "mail/trouble.h"
#include "policy/source.h"

/* What is known before a server is chosen.                           value */
struct binding {
	struct source_facts facts;
	/* The name, unless helohostbyip has a better one; empty: none. */
	struct span helo;
	struct why helo_why;
};

/* The local end for one server.                                      value */
struct local_end {
	enum source_result result;
	/* To be bound if result is SOURCE_BIND. */
	struct ip ip;
	struct why why;
};

/*
 * binding_read - the files, and the name for hello
 *
 * host is that which mail is for, sender the envelope sender, empty for
 * none.  Returns 0, or -1 with *t: a file cannot be read, or there is no
 * name.
 */
int binding_read(struct binding *out, struct settings *, struct span host,
    struct span sender, struct trouble *t);

/*
 * binding_for - the local end of a connection to a peer
 *
 * Returns 0, or -1 with *t: AT_FORBIDDEN, or AT_BIND for a rule that is no
 * address.
 */
int binding_for(struct local_end *out, const struct binding *,
    const struct ip *peer, struct trouble *t);

/*
 * binding_helo - the name for a connection from a local address
 *
 * Returns 0, or -1 with *t, AT_CONTROL, if there is none.
 */
int binding_helo(struct span *helo, struct why *why, const struct binding *,
    const struct ip *local, struct trouble *t);

/* Whether the local address of a connection matters for the name. */
bool binding_helo_by_ip(const struct binding *);

#endif
