/*
 * talk - lines said to a server, and replies heard
 */
#ifndef PROTO_TALK_H
#define PROTO_TALK_H

#include "base/trace.h"
#include "mail/ehlo.h"
#include "mail/reply.h"
#include "net/stream.h"

enum {
	/* Secrets that a dialogue keeps, and the shortest that it can: to hide
	 * one of three letters would make words unreadable. */
	TALK_HIDDEN = 8,
	TALK_HIDDEN_MIN = 4,
};

/* One dialogue.                                         confined */
struct talk {
	struct stream *stream;
	const struct trace *trace;
	/* Replies may have UTF-8, for SMTPUTF8 was said.   [6531:3.7.4.1] */
	bool utf8;
	/* What no trace and no report may show; see talk_hide(). */
	struct span hidden[TALK_HIDDEN];
	size_t nhidden;
};

/* Says a command; its parts are put together and end with CR LF.  It leaves
 * when a reply is awaited, or when the send buffer is full. */
void talk_say(struct talk *, const struct span *parts, size_t n);

/* SAY(t, SPAN("EHLO "), name); */
#define SAY(t, ...)                                                            \
	talk_say((t), (const struct span[]){ __VA_ARGS__ },                    \
	    sizeof((const struct span[]){ __VA_ARGS__ }) /                     \
	        sizeof(struct span))

/*
 * talk_hear - the next reply, after all that was said has been sent
 *
 * BY_NOTHING: 2xx or 3xx; BY_4XX, BY_5XX: the server said no; in all three r
 * has the reply.  BY_GARBLE: what came is no reply; r->text has it.  Other
 * causes: none came.                                       [5321:4.2]
 */
enum cause talk_hear(struct talk *, struct reply *r);

/*
 * talk_say_secret - says a line that a trace shows only the beginning of
 */
void talk_say_secret(struct talk *, struct span shown, struct span secret);

/*
 * talk_hide - from now on replies and traces show asterisks in its place
 *
 * A server may repeat what it was told.  The first of more than TALK_HIDDEN
 * are forgotten; the bytes must outlive the dialogue.  A challenge, 334, is
 * heard as it is: talk_redact() before it goes into a report.
 */
void talk_hide(struct talk *, struct span secret);
/* No more. */
void talk_reveal(struct talk *, struct span secret);
void talk_redact(const struct talk *, struct reply *);

/* The same for the reply to EHLO, whose keywords go to *can. */
enum cause talk_hear_ehlo(
    struct talk *, struct reply *r, struct ehlo *can, struct span discard);

#endif
