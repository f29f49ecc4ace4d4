/*
 * dsn - which notifications of its delivery a message asks for        [3461]
 *
 * Each function takes what was asked for in plain text and gives the value of
 * a parameter as it goes on the wire.
 */
#ifndef MAIL_DSN_H
#define MAIL_DSN_H

#include "base/buf.h"

/* Values of parameters as they go on the wire; empty: not asked for. value */
struct dsn {
	/* On MAIL. */
	struct span ret, envid;
	/* On RCPT. */
	struct span notify, orcpt;
};

/*
 * dsn_ret - "full" or "hdrs": how much of the message to return [3461:4.3]
 *
 * This and the others: false if the text makes no sense, and *out is then not
 * set.  What they make is in memory of the arena.
 */
bool dsn_ret(struct span *out, struct span text, struct arena *);

/* What identifies the message: printable ASCII, at most 100 characters once
 * it is xtext.                                              [3461:4.4] */
bool dsn_envid(struct span *out, struct span text, struct arena *);

/* "never", or a list of "success", "failure" and "delay" with commas, none of
 * them twice.                                               [3461:4.1] */
bool dsn_notify(struct span *out, struct span text, struct arena *);

/* The recipient that the sender meant, "type;address": printable ASCII, at
 * most 500 characters once it is xtext.                     [3461:4.2] */
bool dsn_orcpt(struct span *out, struct span text, struct arena *);

#endif
