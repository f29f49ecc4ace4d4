/*
 * smtp - a session with an SMTP server                         [5321:3]
 */
#include "proto/smtp.h"

#include "proto/session.h"

enum {
	/* Milliseconds for a QUIT to leave. */
	QUIT_PATIENCE = 1000,
};

/*
 * session_trouble - what went wrong at a stage
 */
void
session_trouble(
    struct trouble *t, const struct smtp *s, enum stage stage, enum cause c)
{
	*t = (struct trouble){ .stage = stage, .cause = c };
	(void)stream_broken(s->talk.stream, &t->err);
	if (c == BY_4XX || c == BY_5XX || c == BY_GARBLE)
		t->reply = s->reply;
}

/*
 * session_hear - the next reply, which must not be 3xx
 */
enum cause
session_hear(struct smtp *s)
{
	enum cause c = talk_hear(&s->talk, s->reply);

	return c == BY_NOTHING && s->reply->code >= 300 ? BY_GARBLE : c;
}

/*
 * hello - EHLO, or HELO if the server knows nothing better [5321:3.2]
 */
static int
hello(struct smtp *s, struct span helo, struct trouble *t)
{
	enum cause c;

	SAY(&s->talk, SPAN("EHLO "), helo);
	c = talk_hear_ehlo(&s->talk, s->reply, &s->can, s->terms->discard);
	if (c == BY_5XX) {
		SAY(&s->talk, SPAN("HELO "), helo);
		c = session_hear(s);
	} else if (c == BY_NOTHING && s->reply->code >= 300) {
		c = BY_GARBLE;
	}
	if (c == BY_NOTHING)
		return 0;
	session_trouble(t, s, AT_HELLO, c);
	return -1;
}

/*
 * smtp_open - hears the greeting and says hello
 */
int
smtp_open(struct smtp **out, int fd, struct span helo,
    const struct smtp_terms *terms, struct arena *keep, struct trouble *t)
{
	struct arena *a = arena_beside(keep);
	struct smtp *s = arena_zero(a, sizeof(*s));
	enum cause c;

	s->arena = a;
	s->keep = keep;
	s->terms = terms;
	s->reply = arena_take(keep, sizeof(*s->reply));
	s->talk.stream = stream_new(fd, a);
	s->talk.trace = terms->trace;
	stream_pace(s->talk.stream, terms->patience, terms->cap);
	c = session_hear(s);
	if (c != BY_NOTHING)
		session_trouble(t, s, AT_GREETING, c);
	else if (hello(s, helo, t) == 0)
		s->in_step = true;
	if (s->in_step) {
		*out = s;
		return 0;
	}
	/* A server that said no is still told good-bye. */
	s->in_step = t->cause == BY_4XX || t->cause == BY_5XX;
	smtp_close(s);
	return -1;
}

/*
 * smtp_hello - the reply to EHLO or HELO
 */
const struct reply *
smtp_hello(const struct smtp *s)
{
	return s->reply;
}

/*
 * smtp_close - says QUIT if that still makes sense, and closes
 */
void
smtp_close(struct smtp *s)
{
	if (s == NULL)
		return;
	if (s->in_step) {
		stream_pace(
		    s->talk.stream, QUIT_PATIENCE, clock_in(QUIT_PATIENCE));
		SAY(&s->talk, SPAN("QUIT"));
		(void)stream_flush(s->talk.stream);
	}
	stream_close(s->talk.stream);
	arena_free(s->arena);
}
