/*
 * signing - senders get a tag that proves a bounce, if there is a key
 *
 * For the files that make a plan.
 */
#ifndef DELIVERY_SIGNING_H
#define DELIVERY_SIGNING_H

#include "delivery/planning.h"

/*
 * signing_apply - signs the sender of the envelope
 *
 * The addresses must be as they go on the wire.  The plan's signed_by says
 * where the key is, if the sender was signed.  Returns 0, also if there is
 * nothing to sign; -1 with the trouble, AT_CONTROL or AT_SIGNING.
 */
int signing_apply(struct planning *);

#endif
