/*
 * qmtp - a session with a QMTP server
 *
 * The last byte of a package, a comma, makes it whole.  It is held back until
 * it is certain that all before it is right and that the server has said
 * nothing yet: a package without it is no message.
 */
#include "proto/qmtp.h"

#include "base/num.h"
#include "mail/address.h"
#include "mail/netstring.h"

#include <errno.h>

enum {
	/* Lines of a package end in LF; so its message begins with that. */
	LINES_END_IN_LF = '\n',
	/* Of the message, what is put before looking whether to go on. */
	PIECE = STREAM_OUT,
	/* What an answer may hold; reports show far less. */
	ANSWER_MAX = 64 * 1024,
};

struct qmtp {
	struct session session;
	struct stream *stream;
	const struct smtp_terms *terms;
	/* The session's own memory, and that of the delivery. */
	struct arena *arena, *keep;
	/* The answer heard last. */
	struct reply heard;
};

/* One package under way. */
struct package {
	struct qmtp *s;
	const struct envelope *e;
	struct message *message;
	struct outcome *out;
	/* The comma has been said. */
	bool ended;
};

/*
 * fail - what went wrong, and whether the server may have the message
 */
static int
fail(const struct package *p, enum cause c, struct trouble *t)
{
	bool may_have = p->ended && stream_unsent(p->s->stream) == 0;

	*t = (struct trouble){ .stage = may_have ? AT_ANSWER : AT_PACKAGE,
		.cause = c };
	(void)stream_broken(p->s->stream, &t->err);
	return -1;
}

/*
 * is_out_of_step - whether the connection broke or the server spoke early
 */
static bool
is_out_of_step(const struct package *p)
{
	int err;

	return stream_pending(p->s->stream) ||
	       stream_broken(p->s->stream, &err) != BY_NOTHING;
}

/*
 * put_head - all that stands before the message
 */
static void
put_head(struct package *p)
{
	struct buf b;

	buf_init(&b, p->s->arena, SIZE_MAX);
	netstring_put_head(&b, 1 + p->e->extra.n + message_length(p->message));
	buf_putc(&b, LINES_END_IN_LF);
	buf_put(&b, p->e->extra);
	stream_put(p->s->stream, buf_span(&b));
}

/*
 * put_message - the bytes of the message as they are
 *
 * Returns 1, 0 if there is no use in going on, and -1 with *t if it cannot be
 * read, or is no longer as long as was said.
 */
static int
put_message(struct package *p, struct trouble *t)
{
	uint64_t left = message_length(p->message);
	int err = EIO;

	while (left > 0) {
		struct span block;
		enum cause c = message_next(&block, p->message, &err);

		if (c == BY_NOTHING && block.n == 0)
			c = BY_SYSTEM;
		if (c != BY_NOTHING) {
			*t = (struct trouble){
				.stage = AT_MESSAGE, .cause = c, .err = err
			};
			return -1;
		}
		block = span_head(block, left < SIZE_MAX ? left : SIZE_MAX);
		left -= block.n;
		for (; block.n > 0; block = span_tail(block, PIECE)) {
			if (is_out_of_step(p))
				return 0;
			stream_put(p->s->stream, span_head(block, PIECE));
		}
	}
	return 1;
}

/*
 * put_addresses - sender and recipients, without quotes and the last comma
 */
static void
put_addresses(struct package *p)
{
	const struct envelope *e = p->e;
	struct buf b, address, all;

	buf_init(&all, p->s->arena, SIZE_MAX);
	for (size_t i = 0; i < e->nrcpt; i++) {
		buf_init(&address, p->s->arena, SIZE_MAX);
		address_put_unquoted(&address, e->rcpt[i]);
		netstring_put(&all, buf_span(&address));
	}
	buf_init(&address, p->s->arena, SIZE_MAX);
	address_put_unquoted(&address, e->sender);
	buf_init(&b, p->s->arena, SIZE_MAX);
	buf_putc(&b, ',');
	netstring_put(&b, buf_span(&address));
	netstring_put_head(&b, all.n);
	buf_put(&b, buf_span(&all));
	stream_put(p->s->stream, buf_span(&b));
}

/*
 * put_package - the package; whether all of it left is known by p->ended
 */
static int
put_package(struct package *p, struct trouble *t)
{
	char bytes[NUM_MAX], recipients[NUM_MAX];
	int rc;

	TRACE(p->s->terms->trace, "package",
	    { "bytes", num_text(bytes, message_length(p->message)) },
	    { "recipients", num_text(recipients, p->e->nrcpt) });
	put_head(p);
	rc = put_message(p, t);
	if (rc <= 0)
		return rc;
	put_addresses(p);
	stream_listen(p->s->stream);
	if (is_out_of_step(p))
		return 0;
	*p->s->terms->progress = PROGRESS_MAY_HAVE_ARRIVED;
	stream_put(p->s->stream, SPAN(","));
	p->ended = true;
	(void)stream_flush(p->s->stream);
	return 0;
}

/*
 * hear - one answer: its letter, and its text as far as it is kept
 */
static enum cause
hear(struct qmtp *s, char *letter)
{
	enum netstring_more more = NETSTRING_MORE;
	struct reply *r = &s->heard;
	struct netstring n;
	bool first = true;

	reply_clear(r);
	netstring_begin(&n, ANSWER_MAX);
	stream_await(s->stream);
	while (more == NETSTRING_MORE) {
		struct span bytes;
		enum cause c =
		    stream_take(&bytes, s->stream, netstring_wants(&n));

		if (c != BY_NOTHING)
			return c;
		more = netstring_add(&n, bytes, &bytes);
		if (first && bytes.n > 0) {
			*letter = bytes.p[0];
			bytes = span_tail(bytes, 1);
			first = false;
		}
		reply_add_text(r, bytes);
	}
	TRACE(s->terms->trace, "answer",
	    { "letter", { letter, first ? 0 : 1 } }, { "text", reply_text(r) });
	return more == NETSTRING_DONE && !first ? BY_NOTHING : BY_GARBLE;
}

/*
 * hear_verdict - the answer for one recipient
 */
static enum cause
hear_verdict(struct package *p, struct verdict *v)
{
	static const char letters[] = { 'K', 'Z', 'D' };
	static const enum fate fates[] = { ACCEPTED, DEFERRED, REFUSED };
	char letter = '\0';
	enum cause c = hear(p->s, &letter);

	if (c != BY_NOTHING)
		return c;
	for (size_t i = 0; i < sizeof(letters); i++)
		if (letter == letters[i])
			v->fate = fates[i];
	/* Nothing can be accepted that has not been said. */
	if (v->fate == UNTRIED || (v->fate == ACCEPTED && !p->ended)) {
		v->fate = UNTRIED;
		return BY_GARBLE;
	}
	if (v->fate != ACCEPTED || p->out->reply == NULL) {
		struct reply *kept = arena_take(p->s->keep, sizeof(*kept));

		*kept = p->s->heard;
		v->reply = kept;
	}
	if (v->fate == ACCEPTED && p->out->reply == NULL)
		p->out->reply = v->reply;
	return BY_NOTHING;
}

/*
 * hear_answers - the answers for all recipients, in their order
 *
 * What is followed by more was not the answer to this package.  Once nonsense
 * was heard, nobody knows which answer is whose: then all are forgotten.
 */
static int
hear_answers(struct package *p, struct trouble *t)
{
	size_t n = p->e->nrcpt, accepted = 0;
	enum cause c = BY_NOTHING;

	for (size_t i = 0; i < n && c == BY_NOTHING; i++) {
		c = hear_verdict(p, &p->out->rcpt[i]);
		if (p->out->rcpt[i].fate == ACCEPTED)
			accepted++;
	}
	if (c == BY_NOTHING && stream_pending(p->s->stream))
		c = BY_GARBLE;
	for (size_t i = 0; i < n && c == BY_GARBLE; i++)
		p->out->rcpt[i] = (struct verdict){ .fate = UNTRIED };
	if (c != BY_NOTHING)
		return fail(p, c, t);
	*p->s->terms->progress = PROGRESS_DECIDED;
	if (accepted == 0)
		outcome_judge(p->out, n);
	return 0;
}

/*
 * send_package - one message to all its recipients
 *
 * If the package did not leave whole, the server may have said why: then a
 * refusal counts, and anything else does not.
 */
static int
send_package(struct session *s, const struct envelope *e, struct message *m,
    struct outcome *out, struct trouble *t)
{
	struct package p = { (struct qmtp *)s, e, m, out, false };
	struct stream *stream = p.s->stream;

	out->trouble = (struct trouble){ .cause = BY_NOTHING };
	out->reply = NULL;
	if (put_package(&p, t) < 0)
		return -1;
	if (stream_unsent(stream) > 0)
		p.ended = false;
	if (!p.ended && !stream_pending(stream))
		return fail(&p, stream_broken(stream, &t->err), t);
	return hear_answers(&p, t);
}

/*
 * open_session - there is nothing to be heard or said
 */
static int
open_session(struct session **out, int fd, struct span helo,
    const struct tls_want *want, const struct smtp_terms *terms,
    struct arena *keep, struct trouble *t)
{
	struct arena *a = arena_beside(keep);
	struct qmtp *s = arena_zero(a, sizeof(*s));

	(void)helo;
	(void)want;
	(void)t;
	s->session.protocol = &qmtp_protocol;
	s->arena = a;
	s->keep = keep;
	s->terms = terms;
	s->stream = stream_new(fd, a);
	stream_pace(s->stream, terms->patience, terms->cap);
	*out = &s->session;
	return 0;
}

/*
 * close_session - hangs up
 */
static void
close_session(struct session *session)
{
	struct qmtp *s = (struct qmtp *)session;

	stream_close(s->stream);
	arena_free(s->arena);
}

const struct protocol qmtp_protocol = {
	.name = { "QMTP", 4 },
	.measures = true,
	.open = open_session,
	.send = send_package,
	.close = close_session,
};
