/*
 * eai - international addresses and hosts, if SMTPUTF8 is set
 *
 * For the files that make a plan.
 */
#ifndef DELIVERY_EAI_H
#define DELIVERY_EAI_H

#include "delivery/planning.h"

/*
 * eai_name - the A-label form of a domain name
 *
 * Out is the name as it is if it needs none, is not UTF-8, or can have none.
 * Returns 0, or -1 with the trouble, AT_IDN, if that cannot be told.
 */
int eai_name(struct span *out, struct planning *, struct span name);

/*
 * eai_find_alias - what else the request's host may be listed as
 *
 * Its A-label form; empty if that is no other.  Returns 0, or -1.
 */
int eai_find_alias(struct planning *);

/*
 * eai_apply - names for the DNS, and addresses as they go on the wire
 *
 * The host of the search, and the domain of each address whose local part is
 * ASCII, are put in A-label form; the envelope is marked if an address is
 * still UTF-8.                                              [6531:3.3]
 * Returns 0, or -1 with the trouble, AT_IDN.
 */
int eai_apply(struct planning *);

#endif
