/*
 * outcome - what became of each recipient, and of the message
 */
#ifndef MAIL_OUTCOME_H
#define MAIL_OUTCOME_H

#include "mail/trouble.h"

enum fate { UNTRIED, ACCEPTED, DEFERRED, REFUSED };

/* What one recipient was told. */
struct verdict {
	enum fate fate;
	/* NULL while UNTRIED. */
	const struct reply *reply;
};

/* A candidate that did not settle the matter. */
struct attempt {
	struct attempt *next;
	/* Its address as text, and its name if it has one. */
	struct span peer, name;
	/* Passed over, because it lately failed. */
	bool skipped;
	struct trouble trouble;
};

/* Everything a report says. */
struct outcome {
	/* Of the message: ACCEPTED, DEFERRED or REFUSED. */
	enum fate fate;
	/* Why, unless ACCEPTED. */
	struct trouble trouble;
	/* The server's last words when ACCEPTED. */
	const struct reply *reply;
	/* One for each recipient, in the order they were given. */
	struct verdict *rcpt;
	size_t nrcpt;
	/* The address of the last server that was talked to; may be empty. */
	struct span peer;
	/* "SMTP", or "SMTPS" for TLS from the first byte. */
	struct span protocol;
	/* Of TLS; empty in clear. */
	struct span tls_version, tls_cipher;
	/* How the server was verified: "none", "pkix", "dane". */
	struct span verified;
	/* A login was wanted, but the server has no way to. */
	bool lacks_login;
	/* Candidates that failed, in the order they were tried. */
	struct attempt *attempts, **attempts_end;
	/* The final dot, or last chunk, may have reached the server. */
	bool maybe_twice;
};

/*
 * outcome_judge - when none of the recipients heard of was accepted, that is
 * the trouble of the message
 *
 * A recipient that may be accepted later outweighs those that never will.
 */
void outcome_judge(struct outcome *, size_t heard);

#endif
