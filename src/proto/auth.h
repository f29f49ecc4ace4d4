/*
 * auth - whom to log in as, and how                                 [4954]
 */
#ifndef PROTO_AUTH_H
#define PROTO_AUTH_H

#include "base/why.h"
#include "mail/mechanism.h"

/* What a login is made with; the user and the secret go nowhere else. value */
struct auth_want {
	struct span user, secret;
	/* The secret is a salted password, in hex. */
	bool salted;
	struct mechanisms_allowed allowed;
	/* Whom MAIL names as the submitter, as it is said; empty: nobody. */
	struct span submitter;
	/* Of the realms that a server offers, the one to take. */
	struct span realm;
	/* The server, if it has no name of its own; its port. */
	struct span host;
	uint16_t port;
	/* Who wants it; who wants nothing sent without it, its file being
	 * empty if nobody does. */
	struct why why, demanded;
};

#endif
