/*
 * transaction - one message over an SMTP session               [5321:3.3]
 */
#include "base/buf.h"
#include "base/num.h"
#include "proto/body.h"
#include "proto/session.h"

/* One transaction under way. */
struct transaction {
	struct smtp *s;
	const struct envelope *e;
	struct outcome *out;
	struct body body;
	/* Replies owed: MAIL's, those of rcpt[heard] up to rcpt[said], DATA's;
	 * they come in that order. */
	bool mail_owed, data_owed;
	size_t said, heard;
	/* What was heard so far. */
	size_t accepted;
	bool data_ok;
};

/*
 * verdict - the server's word on the whole transaction; the first counts
 */
static void
verdict(struct transaction *x, enum stage stage, enum cause c,
    const struct reply *r)
{
	if (x->out->trouble.cause != BY_NOTHING)
		return;
	x->out->trouble = (struct trouble){ .stage = stage, .cause = c };
	x->out->trouble.reply = r;
}

/*
 * decided - whether the server has said no to the transaction
 */
static bool
decided(const struct transaction *x)
{
	return x->out->trouble.cause != BY_NOTHING;
}

/*
 * copy_of - a reply that outlives the next one
 */
static const struct reply *
copy_of(const struct smtp *s)
{
	struct reply *r = arena_take(s->keep, sizeof(*r));

	*r = *s->reply;
	return r;
}

/*
 * add - one more parameter, if it is to be                [5321:4.1.2]
 */
static void
add(struct buf *b, bool wanted, const char *name, struct span value)
{
	if (!wanted)
		return;
	buf_putc(b, ' ');
	buf_puts(b, name);
	if (value.n > 0) {
		buf_putc(b, '=');
		buf_put(b, value);
	}
}

/*
 * say_mail - MAIL with what the server can do with it
 *              [5321:3.3] [1870:3] [6152:3] [6531:3.4] [8689:2] [3461:4]
 */
static void
say_mail(struct transaction *x)
{
	const struct envelope *e = x->e;
	struct smtp *s = x->s;
	bool eightbit =
	    s->can.eightbitmime && (message_has_8bit(e->extra) ||
	                               message_may_be_8bit(x->body.message));
	struct buf b;

	buf_init(&b, s->arena, SIZE_MAX);
	add(&b, s->can.size && e->size.n > 0, "SIZE", e->size);
	add(&b, eightbit, "BODY", SPAN("8BITMIME"));
	add(&b, e->utf8, "SMTPUTF8", SPAN(""));
	add(&b, e->requiretls, "REQUIRETLS", SPAN(""));
	add(&b, s->can.dsn && e->dsn.ret.n > 0, "RET", e->dsn.ret);
	add(&b, s->can.dsn && e->dsn.envid.n > 0, "ENVID", e->dsn.envid);
	/* Only in a session that has logged in.                [4954:5] */
	if (s->login != NULL)
		add(&b, s->terms->auth->submitter.n > 0, "AUTH",
		    s->terms->auth->submitter);
	SAY(&s->talk, SPAN("MAIL FROM:<"), e->sender, SPAN(">"), buf_span(&b));
	s->talk.utf8 = e->utf8;
	x->mail_owed = true;
}

/*
 * hear_mail - the reply to MAIL
 */
static int
hear_mail(struct transaction *x, struct trouble *t)
{
	enum cause c = session_hear(x->s);

	x->mail_owed = false;
	if (c == BY_4XX || c == BY_5XX) {
		verdict(x, AT_MAIL, c, copy_of(x->s));
	} else if (c != BY_NOTHING) {
		session_trouble(t, x->s, AT_MAIL, c);
		return -1;
	}
	return 0;
}

/*
 * hear_rcpt - the reply to one RCPT
 *
 * After a refused MAIL it says nothing of the recipient.
 */
static int
hear_rcpt(struct transaction *x, struct trouble *t)
{
	enum cause c = session_hear(x->s);
	struct verdict *v;

	/* Too many recipients, said the old way.     [5321:4.5.3.1.10] */
	if (c == BY_5XX && x->s->reply->code == 552)
		c = BY_4XX;
	if (c != BY_NOTHING && c != BY_4XX && c != BY_5XX) {
		session_trouble(t, x->s, AT_RCPT, c);
		return -1;
	}
	v = &x->out->rcpt[x->heard++];
	if (decided(x)) {
		v->fate = UNTRIED;
	} else if (c == BY_NOTHING) {
		v->fate = ACCEPTED;
		x->accepted++;
	} else {
		v->fate = c == BY_4XX ? DEFERRED : REFUSED;
		v->reply = copy_of(x->s);
	}
	if (x->heard == x->e->nrcpt && x->accepted == 0 && !decided(x))
		outcome_judge(x->out, x->heard);
	return 0;
}

/*
 * hear_data - the reply to DATA: 354, or no
 */
static int
hear_data(struct transaction *x, struct trouble *t)
{
	enum cause c = talk_hear(&x->s->talk, x->s->reply);

	x->data_owed = false;
	x->data_ok = c == BY_NOTHING && x->s->reply->code == 354;
	if (x->data_ok)
		return 0;
	if (c == BY_NOTHING)
		c = BY_GARBLE;
	if (c == BY_4XX || c == BY_5XX) {
		verdict(x, AT_DATA, c, x->s->reply);
		return 0;
	}
	session_trouble(t, x->s, AT_DATA, c);
	return -1;
}

/*
 * hear_owed - the replies to all commands said, in their order
 */
static int
hear_owed(struct transaction *x, struct trouble *t)
{
	if (x->mail_owed && hear_mail(x, t) < 0)
		return -1;
	while (x->heard < x->said)
		if (hear_rcpt(x, t) < 0)
			return -1;
	return x->data_owed ? hear_data(x, t) : 0;
}

/*
 * turn - hear now what is owed, unless the server lets us run ahead
 *
 * The only place that knows what PIPELINING is for.            [2920:3.1]
 */
static int
turn(struct transaction *x, struct trouble *t)
{
	return x->s->can.pipelining ? 0 : hear_owed(x, t);
}

/*
 * is_too_large - whether the server will hardly take a message of this size
 */
static bool
is_too_large(const struct transaction *x)
{
	uint64_t size;

	return x->s->can.size && x->s->can.size_max > 0 &&
	       num_whole(&size, x->e->size) && size > x->s->can.size_max;
}

/*
 * say_envelope - MAIL and the RCPTs, until the server says no
 */
static int
say_envelope(struct transaction *x, struct trouble *t)
{
	const struct dsn *dsn = &x->e->dsn;
	bool can = x->s->can.dsn;
	struct buf b;

	buf_init(&b, x->s->arena, SIZE_MAX);
	add(&b, can && dsn->notify.n > 0, "NOTIFY", dsn->notify);
	add(&b, can && dsn->orcpt.n > 0, "ORCPT", dsn->orcpt);
	say_mail(x);
	if ((is_too_large(x) ? hear_owed(x, t) : turn(x, t)) < 0)
		return -1;
	while (x->said < x->e->nrcpt && !decided(x)) {
		SAY(&x->s->talk, SPAN("RCPT TO:<"), x->e->rcpt[x->said],
		    SPAN(">"), buf_span(&b));
		x->said++;
		if (turn(x, t) < 0)
			return -1;
	}
	return 0;
}

/*
 * retract - ends DATA that no recipient was accepted for    [2920:3.1]
 */
static void
retract(struct transaction *x)
{
	stream_put(x->s->talk.stream, SPAN(".\r\n"));
}

/*
 * hear_end - what the server makes of the message
 */
static int
hear_end(struct transaction *x, struct trouble *t)
{
	struct smtp *s = x->s;
	enum cause c;

	/* Chunks before the last. */
	for (; x->body.owed > 1; x->body.owed--) {
		c = session_hear(s);
		if (c != BY_NOTHING) {
			session_trouble(t, s, AT_BODY, c);
			return -1;
		}
	}
	c = session_hear(s);
	/* A good-bye is no acceptance, and what is followed by more was not
	 * the answer to the message. */
	if (c == BY_NOTHING &&
	    (s->reply->code == 221 || stream_pending(s->talk.stream)))
		c = BY_GARBLE;
	if (c == BY_NOTHING) {
		*s->terms->progress = PROGRESS_DECIDED;
		x->out->reply = s->reply;
		return 0;
	}
	session_trouble(t, s, AT_DOT, c);
	return -1;
}

/*
 * send_data - DATA, the message, and the verdict
 */
static int
send_data(struct transaction *x, struct trouble *t)
{
	if (!decided(x) && (x->s->can.pipelining || x->accepted > 0)) {
		SAY(&x->s->talk, SPAN("DATA"));
		x->data_owed = true;
	}
	if (hear_owed(x, t) < 0)
		return -1;
	if (decided(x)) {
		/* A server may say 354 though it took no recipient. */
		if (x->data_ok)
			retract(x);
		return 0;
	}
	x->s->in_step = false;
	if (body_data(&x->body, t) < 0)
		return -1;
	if (stream_flush(x->s->talk.stream) != BY_NOTHING &&
	    !body_may_have_arrived(&x->body))
		return body_early(&x->body, t);
	return hear_end(x, t);
}

/*
 * send_bdat - chunks, and the verdict
 *
 * A short message leaves together with the envelope, and all replies are
 * heard afterwards; else a refusal of the envelope spares the message.
 */
static int
send_bdat(struct transaction *x, struct message *m, struct trouble *t)
{
	bool is_short = !decided(x) && body_is_short(x->e->extra, m);

	if (!is_short && (hear_owed(x, t) < 0 || decided(x)))
		return decided(x) ? 0 : -1;
	x->s->in_step = false;
	if (body_bdat(&x->body, t) < 0)
		return -1;
	if (is_short && (hear_owed(x, t) < 0 || decided(x)))
		return decided(x) ? 0 : -1;
	if (!is_short && stream_flush(x->s->talk.stream) != BY_NOTHING &&
	    !body_may_have_arrived(&x->body))
		return body_early(&x->body, t);
	return hear_end(x, t);
}

/*
 * conclude - a breakdown, seen in the light of what the server said before
 *
 * A verdict already heard outranks it, and so does a refusal that came with
 * it.  What broke down after the end of the message may have left is about
 * the end, whichever reply was awaited.
 */
static int
conclude(struct transaction *x, struct trouble *t)
{
	bool refused = t->cause == BY_4XX || t->cause == BY_5XX;

	x->s->in_step = refused && t->stage == AT_DOT;
	if (decided(x))
		return 0;
	if (refused) {
		x->out->trouble = *t;
		return 0;
	}
	if (t->stage != AT_MESSAGE && t->stage != AT_PARTIAL_LINE &&
	    body_may_have_arrived(&x->body))
		t->stage = AT_DOT;
	return -1;
}

/*
 * may_have - whether the server may have the message at all
 */
static int
may_have(struct smtp *s, const struct envelope *e, struct trouble *t)
{
	bool verified = s->session.proof.verified != VERIFIED_NONE;

	if (e->requiretls && (!s->can.requiretls || !verified)) {
		session_trouble(t, s, AT_REQUIRETLS, BY_LACK);
		t->about = verified ? SPAN("not offered")
		                    : SPAN("it has not proved who it is");
		return -1;
	}
	if (e->utf8 && !s->can.smtputf8) {
		session_trouble(t, s, AT_SMTPUTF8, BY_LACK);
		return -1;
	}
	return 0;
}

/*
 * smtp_send - one transaction
 */
int
smtp_send(struct smtp *s, const struct envelope *e, struct message *m,
    struct outcome *out, struct trouble *t)
{
	struct transaction x = { .s = s, .e = e, .out = out };
	bool chunks = s->can.chunking && s->can.pipelining;

	/* What an earlier server said does not count. */
	out->trouble = (struct trouble){ .cause = BY_NOTHING };
	if (may_have(s, e, t) < 0)
		return -1;
	x.body = (struct body){ .talk = &s->talk,
		.arena = s->arena,
		.extra = e->extra,
		.message = m,
		.reply = s->reply,
		.progress = s->terms->progress };
	if (say_envelope(&x, t) < 0 ||
	    (chunks ? send_bdat(&x, m, t) : send_data(&x, t)) < 0)
		return conclude(&x, t);
	s->in_step = true;
	return 0;
}
