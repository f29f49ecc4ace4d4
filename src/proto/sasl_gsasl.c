/*
 * sasl_gsasl - the mechanisms that libgsasl speaks
 *
 * The only file that knows libgsasl.  It is a module: see proto/sasl.
 */
#include "proto/sasl.h"
#include "base/base64.h"
#include "base/num.h"
#include "mail/realm.h"

#include <gsasl.h>
#include <string.h>

enum {
	/*
	 * How often a server may have a password hashed for SCRAM: a second
	 * or two.  It could keep us busy for days.
	 */
	ITERATIONS_MAX = 1000000,
	CHALLENGE_MAX = 16384,
};

struct sasl {
	const struct sasl_facts *facts;
	struct arena *arena;
	Gsasl *library;
	Gsasl_session *session;
	bool done;
};

/*
 * set - gives the library a property
 */
static bool
set(struct sasl *s, Gsasl_property p, struct span value)
{
	return gsasl_property_set(
	           s->session, p, arena_string(s->arena, value)) == GSASL_OK;
}

/*
 * set_binding - what names the TLS session, for the mechanisms that are bound
 *
 * The others must not be given it: they would say that the server hides what
 * it can do.                                                   [5802:6]
 */
static bool
set_binding(struct sasl *s)
{
	const struct sasl_facts *f = s->facts;
	struct buf b;

	if (!f->mechanism->bound)
		return true;
	buf_init(&b, s->arena, CHALLENGE_MAX);
	base64_put(&b, f->binding);
	return set(s,
	    f->binding_exported ? GSASL_CB_TLS_EXPORTER : GSASL_CB_TLS_UNIQUE,
	    buf_span(&b));
}

/*
 * set_secret - the password; a salted one in the digits the library knows
 */
static bool
set_secret(struct sasl *s)
{
	char *secret = arena_string(s->arena, s->facts->secret);

	if (!s->facts->salted)
		return set(s, GSASL_PASSWORD, s->facts->secret);
	for (size_t i = 0; i < s->facts->secret.n; i++)
		secret[i] = ascii_lower(secret[i]);
	return set(s, GSASL_SCRAM_SALTED_PASSWORD, span_of(secret));
}

/*
 * set_up - an exchange, and what the library may ask for
 */
static int
set_up(struct sasl *s)
{
	const struct sasl_facts *f = s->facts;
	int rc = gsasl_init(&s->library);

	if (rc == GSASL_OK)
		rc = gsasl_client_start(
		    s->library, f->mechanism->name, &s->session);
	if (rc != GSASL_OK)
		return rc;
	return set(s, GSASL_AUTHID, f->user) && set_secret(s) &&
	               set(s, GSASL_SERVICE, SPAN("smtp")) &&
	               set(s, GSASL_HOSTNAME, f->host) && set_binding(s)
	           ? GSASL_OK
	           : GSASL_MALLOC_ERROR;
}

/*
 * sasl_end - frees what the library holds
 */
static void
sasl_end(struct sasl *s)
{
	if (s->session != NULL)
		gsasl_finish(s->session);
	if (s->library != NULL)
		gsasl_done(s->library);
}

/*
 * sasl_begin - begins an exchange
 */
static struct sasl *
sasl_begin(const struct sasl_facts *f, struct arena *a, struct span *why)
{
	struct sasl *s = arena_zero(a, sizeof(*s));
	int rc;

	s->facts = f;
	s->arena = a;
	rc = set_up(s);
	if (rc == GSASL_OK)
		return s;
	*why = span_of(gsasl_strerror(rc));
	sasl_end(s);
	return NULL;
}

/*
 * is_toil - whether SCRAM's first answer asks for too much work
 *
 * "r=NONCE,s=SALT,i=COUNT"                                    [5802:5.1]
 */
static bool
is_toil(const struct sasl *s, struct span challenge)
{
	uint64_t n;

	if (s->facts->mechanism->salted == 0)
		return false;
	while (challenge.n > 0) {
		struct span item = span_cut(&challenge, ',');

		if (span_equal(span_head(item, 2), SPAN("i=")) &&
		    (!num_whole(&n, span_tail(item, 2)) || n > ITERATIONS_MAX))
			return true;
	}
	return false;
}

/*
 * result_of - what the library's result means
 */
static enum sasl_result
result_of(struct sasl *s, int rc, struct span *why)
{
	switch (rc) {
	case GSASL_OK:
		s->done = true;
		return SASL_DONE;
	case GSASL_NEEDS_MORE:
		return SASL_MORE;
	case GSASL_AUTHENTICATION_ERROR:
	case GSASL_INTEGRITY_ERROR:
		return SASL_DISTRUST;
	case GSASL_MECHANISM_PARSE_ERROR:
	case GSASL_MECHANISM_CALLED_TOO_MANY_TIMES:
	case GSASL_BASE64_ERROR:
		return SASL_NO_SENSE;
	default:
		*why = span_of(gsasl_strerror(rc));
		return SASL_LACK;
	}
}

/*
 * sasl_step - the response to a challenge
 */
static enum sasl_result
sasl_step(struct sasl *s, struct span challenge, struct buf *response,
    struct span *why)
{
	size_t n = 0;
	char *out = NULL;
	struct buf b;
	int rc;

	if (s->done || is_toil(s, challenge))
		return SASL_NO_SENSE;
	buf_init(&b, s->arena, CHALLENGE_MAX);
	if (s->facts->mechanism->has_realm)
		realm_only(&b, challenge, s->facts->realm);
	else
		buf_put(&b, challenge);
	rc = gsasl_step(s->session, buf_span(&b).p, buf_span(&b).n, &out, &n);
	if (out != NULL) {
		buf_put(response, (struct span){ out, n });
		explicit_bzero(out, n);
		gsasl_free(out);
	}
	return result_of(s, rc, why);
}

const struct sasl_maker qremote_sasl = { sasl_begin, sasl_step, sasl_end };
