/*
 * body - the message on its way, by DATA or BDAT
 */
#ifndef PROTO_BODY_H
#define PROTO_BODY_H

#include "base/progress.h"
#include "mail/trouble.h"
#include "proto/message.h"
#include "proto/talk.h"

/* A body that is being sent.                            confined */
struct body {
	struct talk *talk;
	/* Goes before the message; ends with a newline, or is empty. */
	struct span extra;
	struct message *message;
	/* Lives as long as the session. */
	struct arena *arena;
	/* Where a refusal that comes before the end is kept. */
	struct reply *reply;
	/* Replies to chunks still to be heard, the last one included. */
	size_t owed;
	/* The end of the message has been said. */
	bool ended;
	progress *progress;
};

/*
 * body_data - says the lines of a message, dot-stuffed, and the final dot
 *                                                          [5321:4.5.2]
 *
 * Returns 0 when all has been said; the last of it leaves with the next
 * flush.  Returns -1 with *t when the message cannot be read or ends within
 * a line, when the connection broke, and when the server spoke before its
 * turn.  The final dot has then not been said.
 */
int body_data(struct body *, struct trouble *t);

/*
 * body_bdat - the same in chunks, without stuffing               [3030:2]
 *
 * Chunks are said a few ahead of their replies.  One that is refused ends
 * it with -1.
 */
int body_bdat(struct body *, struct trouble *t);

/*
 * body_early - makes the trouble of what went wrong before the end was heard
 *
 * What the server said, if it refused something, else how the connection
 * broke.  Always returns -1.
 */
int body_early(struct body *, struct trouble *t);

/* Whether the end of the message was said and may have left this host. */
bool body_may_have_arrived(const struct body *);

/* Whether a message is so short that one chunk holds it. */
bool body_is_short(struct span extra, const struct message *);

#endif
