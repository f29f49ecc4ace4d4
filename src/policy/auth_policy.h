/*
 * auth_policy - which mechanisms a login may use
 *
 * A pure function of facts.  What is forbidden stays so, whatever is named.
 */
#ifndef POLICY_AUTH_POLICY_H
#define POLICY_AUTH_POLICY_H

#include "mail/mechanism.h"

/* All that decides.                                                  value */
struct auth_facts {
	/* The mechanism to use; empty or "any": the strongest there is. */
	struct span named;
	/* A set of mechanisms not to use. */
	uint32_t disabled;
	/* No mechanism that shows the secret, unless in TLS. */
	bool secure;
	/* The secret is a salted password, if it has the form of one. */
	bool salted;
	struct span secret;
};

/*
 * auth_policy - which mechanisms may be used
 *
 * A name that is unknown allows none.
 */
struct mechanisms_allowed auth_policy(const struct auth_facts *);

/*
 * auth_salted - how many hex digits the secret has, if it is a salted
 * password; 0 if it must be taken as it is
 */
unsigned auth_salted(const struct auth_facts *);

#endif
