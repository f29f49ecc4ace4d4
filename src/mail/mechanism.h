/*
 * mechanism - the ways to log in                                  [4422:3]
 *
 * One table, the strongest first: its order is that of preference.
 */
#ifndef MAIL_MECHANISM_H
#define MAIL_MECHANISM_H

#include "base/span.h"

#include <stdint.h>

/* Whose code speaks it. */
enum mechanism_maker {
	/* libgsasl. */
	MADE_BY_LIBRARY,
	/* A challenge answered with an HMAC of it. */
	MADE_BY_HMAC,
	/* A token that is shown. */
	MADE_BY_TOKEN,
	/* The client certificate of the TLS session. */
	MADE_BY_CERTIFICATE,
};

/* How much a server, or who overhears it, learns of the password. */
enum mechanism_shows {
	/* Enough to guess at it. */
	SHOWS_PROOF,
	/* The password, or a token that is as good. */
	SHOWS_SECRET,
};

/* immutable */
struct mechanism {
	const char *name;
	/* The variable that forbids it; NULL: none. */
	const char *disabled_by;
	enum mechanism_maker maker;
	enum mechanism_shows shows;
	/* For MADE_BY_HMAC. */
	const char *digest;
	/* Hex digits of the salted password that does instead of a password;
	 * 0: none does. */
	unsigned salted;
	/* The server offers realms. */
	bool has_realm;
	/* The client speaks first.                              [4422:5] */
	bool client_first;
	/* It needs a TLS session; it is bound to one, and to no other. */
	bool in_tls_only, bound;
	/* Only if it is named, never by choice. */
	bool by_name_only;
};

enum {
	/* What the table has; a set of mechanisms is an or of 1 << index. */
	MECHANISMS = 17,
};

/* Which of them may be used, by what the session is.                 value */
struct mechanisms_allowed {
	uint32_t in_clear, in_tls;
};

/* The mechanism at an index of the table. */
const struct mechanism *mechanism_at(unsigned index);

/* The index of a name, in any case; MECHANISMS if the table lacks it. */
unsigned mechanism_find(struct span name);

/* The set of those a list names: words between spaces; others are left out. */
uint32_t mechanism_set(struct span words);

/* The set of those that are bound to a TLS session.                [5929] */
uint32_t mechanisms_bound(void);

/*
 * mechanism_pick - the strongest of a set, or NULL if it is empty
 */
const struct mechanism *mechanism_pick(uint32_t set);

#endif
