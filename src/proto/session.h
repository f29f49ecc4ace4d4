/*
 * session - what an SMTP session knows, for the files that make it up
 *
 * smtp.c opens and closes it, transaction.c sends mail over it; nobody else
 * includes this.                                        confined
 */
#ifndef PROTO_SESSION_H
#define PROTO_SESSION_H

#include "proto/protocol.h"

struct smtp {
	struct session session;
	struct talk talk;
	const struct smtp_terms *terms;
	/* The session's own memory, and that of the delivery. */
	struct arena *arena, *keep;
	struct ehlo can;
	/* Of the login; NULL if there was none. */
	const struct mechanism *login;
	/* The reply heard last. */
	struct reply *reply;
	/* Neither side waits for what the other will not say. */
	bool in_step;
};

/* The next reply; one of 3xx, where none can be meant, is BY_GARBLE. */
enum cause session_hear(struct smtp *);

/* Makes *t say what went wrong at a stage, with the reply if that is why. */
void session_trouble(
    struct trouble *t, const struct smtp *, enum stage, enum cause);

/*
 * session_login - logs in, as the terms want it                     [4954]
 *
 * host is the server's name.  Returns 0, also when the server has no mechanism
 * and none is demanded; -1 with *t, AT_AUTH or AT_SECRET.
 */
int session_login(struct smtp *, struct span host, struct trouble *t);

#endif
