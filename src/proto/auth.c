/*
 * auth - the exchange that logs us in                               [4954]
 *
 * All it puts together is in memory of the session, which is wiped.
 */
#include "base/base64.h"
#include "base/compiler.h"
#include "proto/sasl.h"
#include "proto/session.h"

enum {
	RESPONSE_MAX = 64 * 1024,
	WORDS_MAX = 200,
	/* Of a command; a longer first response waits to be asked for.
	 *                                                      [4954:4] */
	COMMAND_MAX = 510,
	/* A challenge that fills this has not been heard whole. */
	CHALLENGE_MAX = 4000,
	/* Replies.                                             [4954:6] */
	CODE_DONE = 235,
	CODE_CHALLENGE = 334,
};

/* An exchange under way. */
struct exchange {
	struct smtp *s;
	const struct auth_want *want;
	struct sasl_facts facts;
	const struct sasl_maker *maker;
	struct sasl *sasl;
	struct trouble *trouble;
	/* The next response, in base64; how many have been said. */
	struct span response;
	unsigned said;
	/* The server may agree. */
	bool done;
};

/* What a postmaster hears a response called. */
static const struct part {
	const char *mechanism;
	unsigned said;
	const char *refused, *encoded;
} parts[] = {
	{ "PLAIN", 1, "plain", "(plain)" },
	{ "LOGIN", 1, "username", "user" },
	{ "LOGIN", 2, "password", "pass" },
};

/*
 * part_of - what the response said last, or said next, is called; or NULL
 */
static const struct part *
part_of(const struct exchange *x, unsigned said)
{
	struct span name = span_of(x->facts.mechanism->name);

	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (said == parts[i].said &&
		    span_equal(name, span_of(parts[i].mechanism)))
			return &parts[i];
	return NULL;
}

/*
 * fails - the exchange has gone wrong, as three words say
 */
static int
fails(struct exchange *x, enum cause c, const char *words, const char *more,
    const char *end)
{
	struct buf b;

	buf_init(&b, x->s->keep, WORDS_MAX);
	buf_puts(&b, words);
	buf_puts(&b, more);
	buf_puts(&b, end);
	if (x->s->reply->code == CODE_CHALLENGE)
		talk_redact(&x->s->talk, x->s->reply);
	session_trouble(x->trouble, x->s, AT_AUTH, c);
	x->trouble->about = buf_span(&b);
	x->trouble->why = x->want->why;
	return -1;
}

/*
 * lacks - it cannot be done here
 */
static int
lacks(struct exchange *x, struct span why)
{
	*x->trouble = (struct trouble){ .stage = AT_SECRET,
		.cause = BY_LACK,
		.about = arena_copy(x->s->keep, why),
		.why = x->want->why };
	return -1;
}

/*
 * refused - the server said no
 *
 * For good, if it does not like our credentials; any other refusal may pass.
 * A command with a response in it is not refused for the response's sake if
 * it is not understood.                                         [4954:6]
 */
static int
refused(struct exchange *x)
{
	unsigned code = x->s->reply->code;
	bool final = code == 534 || code == 535 || code == 538;
	enum cause c = final ? BY_5XX : BY_4XX;
	bool first = x->facts.mechanism->client_first && x->said == 1;
	bool command = x->said == 0 || (first && code >= 500 && code < 530);
	const struct part *part = command ? NULL : part_of(x, x->said);

	if (part != NULL)
		return fails(
		    x, c, "authentication was rejected (", part->refused, ")");
	if (!command && !first && x->facts.mechanism->shows == SHOWS_PROOF)
		return fails(x, c, "authentication was rejected (",
		    "username+digest", ")");
	return fails(x, c, "authentication was rejected (AUTH ",
	    x->facts.mechanism->name, ")");
}

/*
 * respond - makes the response to a challenge
 */
static int
respond(struct exchange *x, struct span challenge)
{
	struct talk *talk = &x->s->talk;
	const struct part *part = part_of(x, x->said + 1);
	struct span why = SPAN("");
	struct buf bytes, text;
	enum sasl_result r;

	buf_init(&bytes, x->s->arena, RESPONSE_MAX);
	buf_init(&text, x->s->arena, RESPONSE_MAX);
	r = x->maker->step(x->sasl, challenge, &bytes, &why);
	switch (r) {
	case SASL_NO_SENSE:
		return fails(x, BY_GARBLE,
		    "it sent a challenge that makes no sense", "", "");
	case SASL_DISTRUST:
		return fails(x, BY_DISTRUST, "", "", "");
	case SASL_LACK:
		return lacks(x, why);
	case SASL_MORE:
	case SASL_DONE:
		break;
	}
	x->done = r == SASL_DONE;
	base64_put(&text, buf_span(&bytes));
	if (bytes.full || text.full)
		return fails(x, BY_LACK, "unable to base64encode ",
		    part != NULL ? part->encoded : "username+digest", "");
	x->response = buf_span(&text);
	talk_hide(talk, buf_span(&bytes));
	talk_hide(talk, x->response);
	return 0;
}

/*
 * say_command - AUTH, with the first response if the client speaks first
 *                                                               [4954:4]
 */
static int
say_command(struct exchange *x)
{
	struct talk *talk = &x->s->talk;
	const struct mechanism *m = x->facts.mechanism;
	struct buf b;

	buf_init(&b, x->s->arena, WORDS_MAX);
	buf_puts(&b, "AUTH ");
	buf_puts(&b, m->name);
	if (!m->client_first) {
		SAY(talk, buf_span(&b));
		return 0;
	}
	if (respond(x, SPAN("")) < 0)
		return -1;
	if (b.n + 1 + x->response.n > COMMAND_MAX) {
		SAY(talk, buf_span(&b));
		return 0;
	}
	buf_putc(&b, ' ');
	/* An empty response cannot be seen. */
	if (x->response.n == 0)
		x->response = SPAN("=");
	talk_say_secret(talk, buf_span(&b), x->response);
	x->response = SPAN("");
	x->said = 1;
	return 0;
}

/*
 * answer - hears a challenge out, and says the response
 */
static int
answer(struct exchange *x)
{
	struct span text = reply_text(x->s->reply);
	struct span challenge = span_trim(span_tail(text, 4));
	struct buf b;

	if (x->s->reply->lines > 1 || text.n >= CHALLENGE_MAX)
		return fails(
		    x, BY_GARBLE, "unable to base64decode challenge", "", "");
	/* A first response that waited to be asked for. */
	if (x->response.n == 0) {
		buf_init(&b, x->s->arena, CHALLENGE_MAX);
		if (!base64_get(&b, challenge))
			return fails(x, BY_GARBLE,
			    "unable to base64decode challenge", "", "");
		if (b.n == 0 && part_of(x, x->said + 1) == NULL)
			return fails(x, BY_GARBLE, "got no challenge", "", "");
		if (respond(x, buf_span(&b)) < 0)
			return -1;
	}
	talk_say_secret(&x->s->talk, SPAN(""), x->response);
	x->response = SPAN("");
	x->said++;
	return 0;
}

/*
 * agreed - the server says that we are logged in
 *
 * It must not say so before it has been proved, to us too if the mechanism
 * does that.                                                   [5802:3]
 */
static int
agreed(struct exchange *x)
{
	/* What comes behind it would be taken for the answer to MAIL. */
	stream_listen(x->s->talk.stream);
	if (stream_pending(x->s->talk.stream))
		return fails(
		    x, BY_GARBLE, "it said more than it was asked", "", "");
	if (x->done)
		return 0;
	if (x->facts.mechanism->salted > 0)
		return fails(x, BY_DISTRUST, "", "", "");
	return fails(x, BY_GARBLE, "got no challenge", "", "");
}

/*
 * converse - the command, and challenges until the server has decided
 *
 * It comes to an end: no mechanism takes more than a few steps.
 */
static int
converse(struct exchange *x)
{
	struct smtp *s = x->s;
	enum cause c;

	if (say_command(x) < 0)
		return -1;
	for (;;) {
		c = talk_hear(&s->talk, s->reply);
		if (c == BY_4XX || c == BY_5XX)
			return refused(x);
		if (c == BY_NOTHING && s->reply->code == CODE_DONE)
			return agreed(x);
		if (c == BY_NOTHING && s->reply->code != CODE_CHALLENGE)
			c = BY_GARBLE;
		if (c != BY_NOTHING) {
			fails(
			    x, c, "its answer to AUTH makes no sense", "", "");
			return -1;
		}
		if (answer(x) < 0) {
			/* It ends the exchange.                [4954:4] */
			SAY(&s->talk, SPAN("*"));
			return -1;
		}
	}
}

/*
 * choose - the strongest mechanism that both sides have
 *
 * What is bound to the TLS session needs a session with a name.
 */
static const struct mechanism *
choose(const struct smtp *s, struct exchange *x, char room[TLS_BINDING_MAX])
{
	bool in_tls = s->session.proof.version.n > 0;
	struct mechanisms_allowed allowed = x->want->allowed;
	uint32_t set =
	    s->can.mechanisms & (in_tls ? allowed.in_tls : allowed.in_clear);

	x->facts.binding =
	    (struct span){ room, stream_binding(s->talk.stream, room,
		                     &x->facts.binding_exported) };
	if (x->facts.binding.n == 0)
		set &= ~mechanisms_bound();
	return mechanism_pick(set);
}

/*
 * hide - the words that the server may not repeat
 *
 * That of the user only as long as the exchange lasts: later replies may be
 * about an address that is the same.
 */
static void
hide(struct exchange *x)
{
	struct buf b;

	talk_hide(&x->s->talk, x->want->secret);
	talk_hide(&x->s->talk, x->want->user);
	buf_init(&b, x->s->arena, RESPONSE_MAX);
	base64_put(&b, x->want->user);
	talk_hide(&x->s->talk, buf_span(&b));
}

/*
 * exchange - the whole of it, with what it takes
 */
static int
exchange(struct exchange *x)
{
	const struct auth_want *w = x->want;
	struct span why = SPAN("");
	int rc;

	x->facts.user = w->user;
	x->facts.secret = w->secret;
	x->facts.salted = w->salted && x->facts.mechanism->salted > 0;
	x->facts.realm = w->realm;
	x->facts.port = w->port;
	hide(x);
	x->maker = sasl_maker_of(x->facts.mechanism, x->s->arena, &why);
	if (x->maker != NULL)
		x->sasl = x->maker->begin(&x->facts, x->s->arena, &why);
	if (x->sasl == NULL)
		return lacks(x, why);
	rc = converse(x);
	x->maker->end(x->sasl);
	return rc;
}

/*
 * session_login - logs in, as the terms want it
 */
int
session_login(struct smtp *s, struct span host, struct trouble *t)
{
	char binding[TLS_BINDING_MAX];
	struct exchange x = { .s = s, .want = s->terms->auth, .trouble = t };
	int rc;

	if (x.want == NULL)
		return 0;
	x.facts.host = host.n > 0 ? host : x.want->host;
	x.facts.mechanism = choose(s, &x, binding);
	TRACE(s->talk.trace, "login",
	    { "mechanism", x.facts.mechanism != NULL
	                       ? span_of(x.facts.mechanism->name)
	                       : SPAN("none") });
	if (x.facts.mechanism == NULL && x.want->demanded.file.n > 0) {
		*t = (struct trouble){ .stage = AT_AUTH,
			.cause = BY_LACK,
			.why = x.want->demanded };
		return -1;
	}
	s->login = x.facts.mechanism;
	s->session.lacks_login = s->login == NULL;
	if (s->login == NULL)
		return 0;
	rc = exchange(&x);
	talk_reveal(&s->talk, x.want->user);
	return rc;
}
