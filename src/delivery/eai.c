/*
 * eai - international addresses and hosts, if SMTPUTF8 is set
 */
#include "delivery/eai.h"

#include "base/module.h"
#include "mail/address.h"
#include "mail/idn.h"
#include "mail/utf8.h"

/*
 * is_wanted - whether a name is to be seen as more than bytes
 */
static bool
is_wanted(const struct planning *p, struct span name)
{
	return utf8_kind(name) == UTF8_TEXT &&
	       settings_flag(p->settings, SET_SMTPUTF8);
}

/*
 * eai_name - the A-label form of a domain name
 */
int
eai_name(struct span *out, struct planning *p, struct span name)
{
	const struct idn_module *m;
	enum idn_result r = IDN_UNSURE;
	struct span why = SPAN("");

	*out = name;
	if (!is_wanted(p, name))
		return 0;
	m = module_open("idn", &why, p->arena);
	if (m != NULL)
		r = m->to_ascii(out, name, &why, p->arena);
	if (r != IDN_OK)
		*out = name;
	if (r != IDN_UNSURE)
		return 0;
	*p->trouble = (struct trouble){ .stage = AT_IDN,
		.cause = BY_LACK,
		.about = name,
		.why.file = why };
	return -1;
}

/*
 * eai_find_alias - what else the request's host may be listed as
 */
int
eai_find_alias(struct planning *p)
{
	struct span name;

	p->alias = SPAN("");
	if (eai_name(&name, p, p->request->host) < 0)
		return -1;
	if (!span_equal(name, p->request->host))
		p->alias = name;
	return 0;
}

/*
 * fit - an address as the wire wants it
 *
 * Only one with an ASCII local part can do without SMTPUTF8.
 */
static int
fit(struct span *address, struct planning *p)
{
	struct span name = address_domain(*address);
	struct span local = span_head(*address, address->n - name.n);
	struct buf b;

	if (utf8_kind(*address) != UTF8_TEXT)
		return 0;
	if (utf8_kind(local) == UTF8_ASCII) {
		if (eai_name(&name, p, name) < 0)
			return -1;
		buf_init(&b, p->arena, PLANNING_ADDRESS_MAX);
		buf_put(&b, local);
		buf_put(&b, name);
		*address = buf_span(&b);
	}
	if (utf8_kind(*address) == UTF8_TEXT)
		p->plan->envelope.utf8 = true;
	return 0;
}

/*
 * eai_apply - names for the DNS, and addresses as they go on the wire
 */
int
eai_apply(struct planning *p)
{
	struct envelope *e = &p->plan->envelope;
	struct span *rcpt;
	struct search *s = &p->plan->search;

	p->plan->international = settings_flag(p->settings, SET_SMTPUTF8);
	if (!p->plan->international)
		return 0;
	if (eai_name(&s->host, p, s->host) < 0)
		return -1;
	if (utf8_kind(s->host) == UTF8_TEXT) {
		/* A relay is the postmaster's word, which may be mended. */
		*p->trouble =
		    (struct trouble){ .stage = s->relayed ? AT_RELAY
			                                  : AT_NO_SUCH_HOST,
			    .cause = BY_GARBLE,
			    .about = s->host,
			    .why = s->why };
		return -1;
	}
	if (fit(&e->sender, p) < 0)
		return -1;
	rcpt = arena_array(p->arena, e->nrcpt, sizeof(*rcpt));
	for (size_t i = 0; i < e->nrcpt; i++) {
		rcpt[i] = e->rcpt[i];
		if (fit(&rcpt[i], p) < 0)
			return -1;
	}
	e->rcpt = rcpt;
	return 0;
}
