/*
 * smtp - a session with an SMTP server                         [5321:3]
 */
#include "proto/smtp.h"

#include "base/module.h"
#include "proto/session.h"

#include <errno.h>

enum {
	/* Milliseconds for a QUIT to leave. */
	QUIT_PATIENCE = 1000,
	/* The reply of a server that hangs up after it. [5321:3.8] */
	CLOSING = 421,
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

	if (c == BY_NOTHING && s->reply->code >= 300)
		return BY_GARBLE;
	/* A login or TLS is wanted first: that is between our settings and the
	 * server's, and no fault of the mail.                    [4954:6] */
	if (s->reply->code == 530 || s->reply->code == 538)
		return BY_4XX;
	return c;
}

/*
 * no_starttls - the server cannot begin TLS, which is demanded
 */
static int
no_starttls(struct smtp *s, const struct tls_want *w, struct trouble *t)
{
	session_trouble(t, s, AT_STARTTLS, BY_LACK);
	t->why = w->why;
	return -1;
}

/*
 * hello - EHLO, or HELO if the server knows nothing better [5321:3.2]
 *
 * HELO leads to no TLS; demanded says that it is to begin yet, or is NULL.
 */
static int
hello(struct smtp *s, struct span helo, const struct tls_want *demanded,
    struct trouble *t)
{
	enum cause c;

	SAY(&s->talk, SPAN("EHLO "), helo);
	c = talk_hear_ehlo(&s->talk, s->reply, &s->can, s->terms->discard);
	if (c == BY_5XX && demanded != NULL)
		return no_starttls(s, demanded, t);
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
 * secure - the TLS handshake
 */
static int
secure(struct smtp *s, const struct tls_want *w, struct trouble *t)
{
	const struct tls_module *m;
	struct span why = SPAN("");
	enum cause c = BY_LACK;

	m = module_open("tls", &why, s->keep);
	if (m != NULL)
		c = stream_secure(s->talk.stream, m, w, &s->terms->tls,
		    &s->session.proof, &why);
	TRACE(s->talk.trace, "tls", { "version", s->session.proof.version },
	    { "cipher", s->session.proof.cipher }, { "why", why });
	if (c == BY_NOTHING)
		return 0;
	session_trouble(t, s, AT_HANDSHAKE, c);
	t->reply = NULL;
	t->about = arena_copy(s->keep, why);
	t->why = w->why;
	return -1;
}

/*
 * starttls - turns to TLS after EHLO, if that is wanted     [3207:4]
 *
 * Returns 1 when it did, 0 when the session stays in clear, which it may
 * only if TLS is not demanded, and -1 with *t.
 */
static int
starttls(struct smtp *s, const struct tls_want *w, struct trouble *t)
{
	enum cause c;

	if (w->at_once || w->level == TLS_NEVER ||
	    (w->level == TLS_MAY && !s->can.starttls))
		return 0;
	if (!s->can.starttls)
		return no_starttls(s, w, t);
	SAY(&s->talk, SPAN("STARTTLS"));
	c = session_hear(s);
	if (c == BY_NOTHING)
		return secure(s, w, t) == 0 ? 1 : -1;
	if (w->level == TLS_MAY && (c == BY_4XX || c == BY_5XX) &&
	    s->reply->code != CLOSING)
		return 0;
	session_trouble(t, s, AT_STARTTLS, c);
	t->why = w->why;
	return -1;
}

/*
 * hello_in_tls - EHLO again                                 [3207:4.2]
 *
 * What the server can do in clear says nothing of what it can in TLS.  With
 * TLS 1.3 it may not like our certificate, or that we have none, and say so
 * only now; then it is the handshake that failed.
 */
static int
hello_in_tls(struct smtp *s, struct span helo, const struct tls_want *w,
    struct trouble *t)
{
	if (hello(s, helo, NULL, t) == 0)
		return 0;
	if (t->reply == NULL) {
		t->stage = AT_HANDSHAKE;
		t->about = SPAN("it said nothing in TLS");
		t->why = w->why;
	}
	return -1;
}

/*
 * greeting - the first reply                               [5321:4.3.1]
 *
 * In TLS from the first byte, what a server has against our certificate comes
 * in its place; a server that is silent, or hangs up, is one as any other.
 */
static int
greeting(struct smtp *s, const struct tls_want *w, struct trouble *t)
{
	enum cause c = session_hear(s);

	if (c == BY_NOTHING)
		return 0;
	session_trouble(t, s, AT_GREETING, c);
	if (w->at_once && c == BY_SYSTEM && t->err == EPROTO) {
		t->stage = AT_HANDSHAKE;
		t->about = SPAN("it broke TLS off");
		t->why = w->why;
	}
	return -1;
}

/*
 * converse - greeting, hello, and TLS as it is wanted
 */
static int
converse(struct smtp *s, struct span helo, const struct tls_want *w,
    struct trouble *t)
{
	int rc;

	if ((w->at_once && secure(s, w, t) < 0) || greeting(s, w, t) < 0)
		return -1;
	if (hello(s, helo, !w->at_once && w->level > TLS_MAY ? w : NULL, t) < 0)
		return -1;
	rc = starttls(s, w, t);
	if (rc > 0)
		rc = hello_in_tls(s, helo, w, t);
	return rc == 0 ? session_login(s, w->name, t) : rc;
}

/*
 * smtp_open - hears the greeting and says hello
 */
int
smtp_open(struct smtp **out, int fd, struct span helo,
    const struct tls_want *want, const struct smtp_terms *terms,
    struct arena *keep, struct trouble *t)
{
	struct arena *a = arena_beside(keep);
	struct smtp *s = arena_zero(a, sizeof(*s));

	s->session.protocol = &smtp_protocol;
	s->arena = a;
	s->keep = keep;
	s->terms = terms;
	s->reply = arena_take(keep, sizeof(*s->reply));
	reply_clear(s->reply);
	s->talk.stream = stream_new(fd, a);
	s->talk.trace = terms->trace;
	stream_pace(s->talk.stream, terms->patience, terms->cap);
	if (converse(s, helo, want, t) == 0) {
		s->in_step = true;
		*out = s;
		return 0;
	}
	/* A server that said no, has no TLS or gives up no secret is still
	 * told good-bye. */
	s->in_step = (t->reply != NULL && t->cause != BY_GARBLE) ||
	             (t->stage == AT_STARTTLS && t->cause == BY_LACK) ||
	             t->stage == AT_AUTH || t->stage == AT_SECRET;
	smtp_close(s);
	return -1;
}

/*
 * smtp_proof - what its TLS proved
 */
const struct tls_proof *
smtp_proof(const struct smtp *s)
{
	return &s->session.proof;
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
	if (s->terms->auth != NULL)
		arena_burn(s->arena);
	else
		arena_free(s->arena);
}

/*
 * open_session, send_over, close_session - the same for any protocol's user
 */
static int
open_session(struct session **out, int fd, struct span helo,
    const struct tls_want *want, const struct smtp_terms *terms,
    struct arena *keep, struct trouble *t)
{
	struct smtp *s;

	if (smtp_open(&s, fd, helo, want, terms, keep, t) < 0)
		return -1;
	*out = &s->session;
	return 0;
}

static int
send_over(struct session *s, const struct envelope *e, struct message *m,
    struct outcome *out, struct trouble *t)
{
	return smtp_send((struct smtp *)s, e, m, out, t);
}

static void
close_session(struct session *s)
{
	smtp_close((struct smtp *)s);
}

const struct protocol smtp_protocol = {
	.name = { "SMTP", 4 },
	.name_at_once = { "SMTPS", 5 },
	.open = open_session,
	.send = send_over,
	.close = close_session,
};
