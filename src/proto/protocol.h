/*
 * protocol - a way to hand a message to a server
 *
 * A table of what can be done with a session, so that those who deliver need
 * not know which protocol it speaks.
 */
#ifndef PROTO_PROTOCOL_H
#define PROTO_PROTOCOL_H

#include "proto/smtp.h"

/* What sessions of all protocols have: the first member of each. confined */
struct session {
	const struct protocol *protocol;
	/* What its TLS proved; version is empty if it is in clear. */
	struct tls_proof proof;
	/* A login was wanted, but the server has no way to. */
	bool lacks_login;
};

struct protocol {
	/* Its name in reports; with TLS from the first byte. */
	struct span name, name_at_once;
	/* A message must be measured before it can be sent. */
	bool measures;
	/*
	 * Begins a session over a connected socket, which it takes in any
	 * case.  Returns 0; or -1 with *t.  helo is the name we go by.
	 */
	int (*open)(struct session **out, int fd, struct span helo,
	    const struct tls_want *, const struct smtp_terms *,
	    struct arena *keep, struct trouble *t);
	/* One message; returns as smtp_send() does. */
	int (*send)(struct session *, const struct envelope *, struct message *,
	    struct outcome *, struct trouble *t);
	/* Ends it, without waiting for the server. */
	void (*close)(struct session *);
};

extern const struct protocol smtp_protocol;

#endif
