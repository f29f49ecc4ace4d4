/*
 * source - which local address a connection comes from, and whose name it
 * says hello with
 *
 * Pure functions of the lines of bindroutes, domainbindings, outgoingip and
 * helohostbyip.
 */
#ifndef POLICY_SOURCE_H
#define POLICY_SOURCE_H

#include "base/why.h"
#include "file/control.h"
#include "net/ip.h"

/* The lines of a file, and its name. */
struct source_file {
	struct control lines;
	struct span name;
};

/* All that decides; a file that is absent has no lines.              value */
struct source_facts {
	struct source_file bindroutes, domainbindings;
	/* OUTGOINGIP; empty if it is not set. */
	struct span outgoingip_variable;
	/* outgoingip.HOST, and outgoingip. */
	struct source_file outgoingip_host, outgoingip;
	struct source_file helohostbyip;
	/* The envelope sender; empty for none. */
	struct span sender;
	/* Seconds since 1970, by which one address of several is picked. */
	int64_t now;
};

enum source_result {
	/* The system chooses. */
	SOURCE_SYSTEM,
	/* *out is to be bound. */
	SOURCE_BIND,
	/* bindroutes forbids connections to this server. */
	SOURCE_FORBIDDEN,
	/* The rule that applies is no address; *why names it. */
	SOURCE_BAD,
};

/*
 * source_for - the local address for a connection to a peer
 *
 * The first rule that applies: bindroutes, by the peer; domainbindings, by
 * the sender; OUTGOINGIP; outgoingip.HOST; outgoingip.  A rule that names no
 * address of the peer's family leaves the choice to the system.
 */
enum source_result source_for(struct ip *out, struct why *why,
    const struct source_facts *, const struct ip *peer);

/*
 * The one family of which the rule that applies names addresses, whatever
 * the peer: AF_INET or AF_INET6; 0 if there is no such rule, or it names
 * both.
 */
int source_family(const struct source_facts *);

/*
 * source_names_sender - whether the sender's domain is the name for hello
 *
 * It is if the sender's address or domain, or a suffix of it, is listed in
 * domainbindings; *why is the line.
 */
bool source_names_sender(struct why *why, const struct source_facts *);

/*
 * source_name_of - the name that helohostbyip has for a local address
 *
 * False if it has none.
 */
bool source_name_of(struct span *name, struct why *why,
    const struct source_facts *, const struct ip *local);

#endif
