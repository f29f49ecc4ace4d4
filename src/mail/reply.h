/*
 * reply - one SMTP reply                                       [5321:4.2]
 *
 * Lines are added as they are heard.  Only the first REPLY_TEXT_MAX bytes
 * of text are kept, so that a peer which talks for ever costs time but no
 * memory.
 */
#ifndef MAIL_REPLY_H
#define MAIL_REPLY_H

#include "base/span.h"

enum {
	/* What a report may hold of the peer's words. */
	REPLY_TEXT_MAX = 5000,
};

/* value */
struct reply {
	/* Three digits; 0 when the peer did not speak SMTP. */
	unsigned code;
	/* The enhanced status code, "" if none came or its class differs from
	 * that of code.                                          [3463:2] */
	char ecode[12];
	/* Text may be UTF-8: to be set after reply_clear().   [6531:3.7.4.1] */
	bool utf8;
	/* The lines as heard, code included, '\n' between them; bytes that are
	 * not printable ASCII are shown as '?', unless utf8 is set and they
	 * are those of a printable character. */
	char text[REPLY_TEXT_MAX];
	size_t ntext;
	/* Lines so far; 2 stands for any more. */
	unsigned lines;
};

enum reply_more { REPLY_MORE, REPLY_DONE, REPLY_GARBLED };

/* Makes *r ready for the first line of a reply. */
void reply_clear(struct reply *r);

/*
 * reply_add - one more line of a reply, without its line end
 *
 * line may be cut; only its first four bytes decide.  REPLY_MORE: the reply
 * goes on.  REPLY_DONE: this was its last line.  REPLY_GARBLED: not a reply
 * line, or its code is not that of the lines before it; r->code is then 0
 * and the line has been added to the text for all that.   [5321:4.2.1]
 */
enum reply_more reply_add(struct reply *r, struct span line);

/* Adds to the text of an answer that has neither code nor lines of its own. */
void reply_add_text(struct reply *r, struct span text);

/* The text heard so far. */
struct span reply_text(const struct reply *r);

#endif
