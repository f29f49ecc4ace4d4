/*
 * talk - lines said to a server, and replies heard
 */
#ifndef PROTO_TALK_H
#define PROTO_TALK_H

#include "base/trace.h"
#include "mail/ehlo.h"
#include "mail/reply.h"
#include "net/stream.h"

/* One dialogue.                                         confined */
struct talk {
	struct stream *stream;
	const struct trace *trace;
	/* Replies may have UTF-8, for SMTPUTF8 was said.   [6531:3.7.4.1] */
	bool utf8;
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

/* The same for the reply to EHLO, whose keywords go to *can. */
enum cause talk_hear_ehlo(
    struct talk *, struct reply *r, struct ehlo *can, struct span discard);

#endif
