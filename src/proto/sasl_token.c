/*
 * sasl_token - a token that is shown, or the certificate that was
 *
 * A server that does not like the token says why in a challenge, which wants
 * an empty answer, or the nearest thing to it, before it says no.
 */
#include "proto/sasl.h"

struct sasl {
	const struct sasl_facts *facts;
	/* Steps so far. */
	unsigned steps;
};

/*
 * token_begin - begins an exchange
 */
static struct sasl *
token_begin(const struct sasl_facts *f, struct arena *a, struct span *why)
{
	struct sasl *s = arena_zero(a, sizeof(*s));

	(void)why;
	s->facts = f;
	return s;
}

/*
 * put_name - a user in a GS2 header                               [5801:4]
 */
static void
put_name(struct buf *b, struct span name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == ',')
			buf_puts(b, "=2C");
		else if (name.p[i] == '=')
			buf_puts(b, "=3D");
		else
			buf_putc(b, name.p[i]);
	}
}

/*
 * put_bearer - the message of OAUTHBEARER                       [7628:3.1]
 */
static void
put_bearer(struct buf *b, const struct sasl_facts *f)
{
	buf_puts(b, "n,a=");
	put_name(b, f->user);
	buf_puts(b, ",\001host=");
	buf_put(b, f->host);
	buf_puts(b, "\001port=");
	buf_put_number(b, f->port);
	buf_puts(b, "\001auth=Bearer ");
	buf_put(b, f->secret);
	buf_puts(b, "\001\001");
}

/*
 * put_xoauth2 - the message of its forerunner, which Google made
 */
static void
put_xoauth2(struct buf *b, const struct sasl_facts *f)
{
	buf_puts(b, "user=");
	buf_put(b, f->user);
	buf_puts(b, "\001auth=Bearer ");
	buf_put(b, f->secret);
	buf_puts(b, "\001\001");
}

/*
 * token_step - shows the token; then hears why it is not liked
 */
static enum sasl_result
token_step(struct sasl *s, struct span challenge, struct buf *response,
    struct span *why)
{
	bool bearer =
	    span_equal(span_of(s->facts->mechanism->name), SPAN("OAUTHBEARER"));

	(void)challenge;
	(void)why;
	switch (s->steps++) {
	case 0:
		if (bearer)
			put_bearer(response, s->facts);
		else
			put_xoauth2(response, s->facts);
		return SASL_DONE;
	case 1:
		/* The dummy that ends a failed exchange.      [7628:3.2.3] */
		if (bearer)
			buf_putc(response, '\001');
		return SASL_MORE;
	default:
		return SASL_NO_SENSE;
	}
}

/*
 * certificate_step - says who we are, which the certificate proves
 *                                                                [4422:A]
 */
static enum sasl_result
certificate_step(struct sasl *s, struct span challenge, struct buf *response,
    struct span *why)
{
	(void)challenge;
	(void)why;
	if (s->steps++ > 0)
		return SASL_NO_SENSE;
	/* "-" stands for whoever the certificate names. */
	if (!span_equal(s->facts->user, SPAN("-")))
		buf_put(response, s->facts->user);
	return SASL_DONE;
}

/*
 * token_end - nothing is held
 */
static void
token_end(struct sasl *s)
{
	(void)s;
}

const struct sasl_maker sasl_token = { token_begin, token_step, token_end };

const struct sasl_maker sasl_certificate = { token_begin, certificate_step,
	token_end };
