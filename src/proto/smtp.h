/*
 * smtp - a session with an SMTP server                         [5321:3]
 */
#ifndef PROTO_SMTP_H
#define PROTO_SMTP_H

#include "base/progress.h"
#include "mail/dsn.h"
#include "mail/outcome.h"
#include "proto/auth.h"
#include "proto/message.h"
#include "proto/talk.h"

/* On what terms we talk; its spans must outlive the session.         value */
struct smtp_terms {
	/* EHLO keywords to take as not offered. */
	struct span discard;
	/* Milliseconds to wait for a reply, or for progress while sending. */
	uint64_t patience;
	/* When the whole delivery must be over. */
	instant cap;
	/* How handshakes are made. */
	struct tls_terms tls;
	/* Whom to log in as; NULL: nobody. */
	const struct auth_want *auth;
	const struct trace *trace;
	/* Kept up to date for those who must stop in the middle. */
	progress *progress;
};

/* Who sends what to whom; addresses as they go on the wire.          value */
struct envelope {
	struct span sender;
	const struct span *rcpt;
	size_t nrcpt;
	/* The digits for SIZE=; empty: not known. */
	struct span size;
	/* It may go only to servers that offer SMTPUTF8. */
	bool utf8;
	/* It may go only to servers that offer REQUIRETLS in TLS in which they
	 * proved who they are. */
	bool requiretls;
	/* For servers that offer DSN. */
	struct dsn dsn;
	/* Goes before the message's header; ends with a newline, or empty. */
	struct span extra;
};

struct smtp;

/*
 * smtp_open - hears the greeting and says hello         [5321:4.3.1]
 *
 * helo is the name we say.  Takes the connected socket, whether or not it
 * succeeds.  Returns 0 with a
 * session that smtp_close() ends; -1 with *t, at AT_GREETING or AT_HELLO.
 * Replies that *t and outcomes point to are in memory of keep.
 */
int smtp_open(struct smtp **out, int fd, struct span helo,
    const struct tls_want *, const struct smtp_terms *, struct arena *keep,
    struct trouble *t);

/* What its TLS proved; version is empty if it is in clear. */
const struct tls_proof *smtp_proof(const struct smtp *);

/* The reply to EHLO or HELO, until the next one is heard. */
const struct reply *smtp_hello(const struct smtp *);

/*
 * smtp_send - one MAIL, RCPT..., DATA or BDAT transaction       [5321:3.3]
 *
 * Returns 0 when the server had its say, whatever it was: out->trouble tells
 * why it did not take the message; it is BY_NOTHING if it did, and out->reply
 * is then its answer to the end of the message.  out->rcpt has what it said
 * of each recipient, as far as it got.  Returns -1 when the conversation
 * broke down; *t says where.
 */
int smtp_send(struct smtp *, const struct envelope *, struct message *,
    struct outcome *out, struct trouble *t);

/* Says QUIT if that still makes sense, and closes the connection.  Does not
 * wait for the answer: the verdict is known.  NULL is allowed. */
void smtp_close(struct smtp *);

#endif
