/*
 * deliver - offers the message to each candidate until one settles it
 */
#ifndef DELIVERY_DELIVER_H
#define DELIVERY_DELIVER_H

#include "delivery/plan.h"

/* Ready to be filled in, for so many recipients. */
void outcome_begin(struct outcome *, size_t nrcpt, struct arena *);

/* What a trouble before any candidate makes of the message. */
void outcome_trouble(struct outcome *, const struct trouble *);

/*
 * deliver_connect - a socket connected to a candidate, from the right local
 * address, and the name to say hello with
 *
 * Returns 0; the caller owns *fd.  Returns -1 with *t, at AT_DEMAND,
 * AT_FORBIDDEN, AT_BIND, AT_CONNECT or AT_CONNECT_QMTP, or AT_CONTROL for want
 * of a name.
 */
int deliver_connect(const struct plan *, const struct candidate *, int *fd,
    struct span *helo, struct trouble *t);

/*
 * deliver_want - which TLS a candidate gets
 *
 * records->search says what came of the search for its TLSA records.  Returns
 * 0, or -1 with *t: the candidate must not be used.  AT_TLSA: DNS cannot say.
 * AT_UNPROVEN: DNS does not say well enough that it is the right one.
 * AT_CLEAR: its protocol has no TLS, or no login, and that is demanded.
 */
int deliver_want(struct tls_want *out, struct dane_records *records,
    const struct plan *, const struct candidate *, struct arena *,
    struct trouble *t);

/*
 * deliver - carries the plan out                               [5321:5.1]
 *
 * *out, begun, says what became of the message: ACCEPTED only if a server
 * said so.
 */
void deliver(struct outcome *out, struct plan *, struct message *,
    const struct shared *, struct arena *);

#endif
