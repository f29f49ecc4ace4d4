/*
 * talk - lines said to a server, and replies heard
 */
#include "proto/talk.h"

#include <string.h>

enum {
	/* Of a command, what a trace shows. */
	SHOWN = 1000,
	/* The reply that has a challenge in it.            [4954:4] */
	CHALLENGE = 334,
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
 * talk_say_secret - says a line of which only the beginning may be seen
 */
void
talk_say_secret(struct talk *t, struct span shown, struct span secret)
{
	const struct span seen[] = { shown, SPAN("(secret)") };

	stream_put(t->stream, shown);
	stream_put(t->stream, secret);
	stream_put(t->stream, SPAN("\r\n"));
	if (t->trace != NULL)
		show(t, seen, secret.n > 0 ? 2 : 1);
}

/*
 * talk_hide - one more secret
 */
void
talk_hide(struct talk *t, struct span secret)
{
	if (secret.n < TALK_HIDDEN_MIN)
		return;
	if (t->nhidden == TALK_HIDDEN)
		memmove(t->hidden, t->hidden + 1,
		    --t->nhidden * sizeof(t->hidden[0]));
	t->hidden[t->nhidden++] = secret;
}

/*
 * talk_reveal - one secret less
 */
void
talk_reveal(struct talk *t, struct span secret)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->nhidden; i++)
		if (!span_equal(t->hidden[i], secret))
			t->hidden[kept++] = t->hidden[i];
	t->nhidden = kept;
}

/*
 * redact - puts asterisks in the place of secrets
 */
static void
redact(const struct talk *t, char *p, size_t n)
{
	for (size_t i = 0; i < t->nhidden; i++) {
		struct span secret = t->hidden[i];
		char *end = p + n, *at = p;

		while ((at = memmem(at, (size_t)(end - at), secret.p,
		            secret.n)) != NULL) {
			memset(at, '*', secret.n);
			at += secret.n;
		}
	}
}

/*
 * talk_redact - the same in a reply
 */
void
talk_redact(const struct talk *t, struct reply *r)
{
	redact(t, r->text, r->ntext);
}

/*
 * show_heard - tells the trace what was heard
 */
static void
show_heard(const struct talk *t, struct span line)
{
	char copy[STREAM_LINE_MAX];

	if (t->nhidden > 0) {
		memcpy(copy, line.p, line.n);
		redact(t, copy, line.n);
		line.p = copy;
	}
	TRACE(t->trace, "heard", { "line", line });
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
		if (t->trace != NULL)
			show_heard(t, line);
		more = reply_add(r, line);
		if (can != NULL && !first)
			ehlo_add(can, line, discard);
	}
	if (r->code != CHALLENGE)
		talk_redact(t, r);
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
