/*
 * demand - protection that was asked for and that this program cannot give
 *
 * To deliver without it would weaken what the administrator requires, so a
 * delivery that it is asked of is put off.
 */
#ifndef DELIVERY_DEMAND_H
#define DELIVERY_DEMAND_H

#include "delivery/path.h"

/*
 * demand_of_qmtp - what there is no way to have with QMTP: a login, or TLS
 * that is demanded of every server
 *
 * Its file is empty if nothing of the kind is asked for.
 */
void demand_of_qmtp(
    struct why *out, const struct settings *, const struct path *);

#endif
