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
 * demand_check - what the settings or the route ask of every server
 *
 * Returns 0 if they ask for nothing, -1 with *t, AT_DEMAND, if they do, or
 * AT_CONTROL if a file cannot be read.
 */
int demand_check(struct settings *, const struct path *, struct span host,
    struct trouble *t);

/*
 * demand_of_server - whether certdir/tlshosts/NAME.pem asks for verified TLS
 *
 * name is that of an exchanger or relay; one that cannot be part of a file
 * name asks for nothing.  Returns -1 with *t if it asks.
 */
int demand_of_server(
    const char *certdir, struct span name, struct arena *, struct trouble *t);

#endif
