/*
 * ipme - which addresses are ours
 *
 * A mail exchanger at one of them is this host, and mail sent there would
 * come back.                                            confined
 */
#ifndef NET_IPME_H
#define NET_IPME_H

#include "base/arena.h"
#include "net/ip.h"

struct ipme;

/*
 * The addresses of the local interfaces, 0.0.0.0 and ::, in memory of the
 * arena.  NULL if the system will not say; errno has the reason.
 */
struct ipme *ipme_new(struct arena *);

/* One more, or one less. */
void ipme_add(struct ipme *, const struct ip *);
void ipme_remove(struct ipme *, const struct ip *);

/* Whether the address is ours. */
bool ipme_has(const struct ipme *, const struct ip *);

#endif
