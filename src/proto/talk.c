/*
 * talk - lines said to a server, and replies heard
 */
#include "proto/talk.h"

#include <string.h>

enum {
	/* Of a command, what a trace shows. */
	SHOWN = 1000,
};

/*
 * show - tells the trace what is said
 */
static void
show(const struct talk *t, const struct span *parts, size_t n)
{
	char line[SHOWN];
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		struct span part = span_head(parts[i], sizeof(line) - at);

		if (part.n > 0)
			memcpy(line + at, part.p, part.n);
		at += part.n;
	}
	TRACE(t->trace, "said", { "line", { line, at } });
}

/*
 * talk_say - says a command
 */
void
talk_say(struct talk *t, const struct span *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		stream_put(t->stream, parts[i]);
	stream_put(t->stream, SPAN("\r\n"));
	if (t->trace != NULL)
		show(t, parts, n);
}

/*
 * hear - the next reply; the keywords of its later lines go to *can
 */
static enum cause
hear(struct talk *t, struct reply *r, struct ehlo *can, struct span discard)
{
	enum reply_more more = REPLY_MORE;
	struct span line;
	enum cause c;

	reply_clear(r);
	r->utf8 = t->utf8;
	/* What was heard before a failure to send can still be read. */
	(void)stream_flush(t->stream);
	stream_await(t->stream);
	while (more == REPLY_MORE) {
		bool first = r->lines == 0;

		c = stream_line(&line, t->stream, STREAM_LINE_MAX);
		if (c != BY_NOTHING)
			return c;
		TRACE(t->trace, "heard", { "line", line });
		more = reply_add(r, line);
		if (can != NULL && !first)
			ehlo_add(can, line, discard);
	}
	if (more == REPLY_GARBLED)
		return BY_GARBLE;
	if (r->code >= 500)
		return BY_5XX;
	return r->code >= 400 ? BY_4XX : BY_NOTHING;
}

/*
 * talk_hear - the next reply
 */
enum cause
talk_hear(struct talk *t, struct reply *r)
{
	return hear(t, r, NULL, SPAN(""));
}

/*
 * talk_hear_ehlo - the reply to EHLO
 */
enum cause
talk_hear_ehlo(
    struct talk *t, struct reply *r, struct ehlo *can, struct span discard)
{
	enum cause c;

	memset(can, 0, sizeof(*can));
	c = hear(t, r, can, discard);
	/* A server that did not agree has not offered anything either. */
	if (c != BY_NOTHING)
		memset(can, 0, sizeof(*can));
	return c;
}
