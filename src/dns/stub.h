/*
 * stub - a resolver back end: the C library's
 *
 * Asks over UDP through res_nquery(3), with EDNS0 and never for ANY.  An
 * answer that was cut is asked for again over TCP here, because the library's
 * own TCP knows no deadline.                                [7766:6.2.3]
 */
#ifndef DNS_STUB_H
#define DNS_STUB_H

#include "dns/resolver.h"
#include "net/ip.h"

/*
 * stub_trust - takes the servers' word for what they validated
 *
 * False, and nothing is trusted, unless every server is on a loopback
 * address: on the way from any other, anybody may say anything. [4035:4.9.3]
 */
bool stub_trust(struct resolver *);

/*
 * A resolver that asks the given servers, or those of /etc/resolv.conf if n
 * is 0; at most the first three of them are asked.  All its questions
 * together end by the deadline.  NULL if the library cannot be set up.
 */
struct resolver *stub_new(const struct endpoint *servers, size_t n,
    const struct trace *, instant by, struct arena *);

/* Gives up what the library holds; NULL is allowed. */
void stub_close(struct resolver *);

#endif
