/*
 * signing - senders get a tag that proves a bounce, if there is a key
 *
 * The key itself is never shown to anybody.
 */
#include "delivery/signing.h"

#include "base/module.h"
#include "mail/address.h"
#include "mail/batv.h"

#include <time.h>

enum {
	SECONDS_PER_DAY = 24 * 60 * 60,
};

/* Before a sender that wants no tag; it is not part of the address. */
static const struct span unsigned_mark = { "sb*-", 4 };

/*
 * read_key - the key, and where it comes from; empty if there is none
 */
static int
read_key(struct span *key, struct span *source, struct planning *p)
{
	struct fault f;
	enum cause c;

	c = settings_show(key, source, p->settings, SET_BATVKEY, &f);
	*key = c == BY_NOTHING ? control_first(*key) : SPAN("");
	return c == BY_NOTHING || c == BY_LACK ? 0
	                                       : planning_bad_file(p, c, &f);
}

/*
 * read_method - how to sign
 */
static int
read_method(enum batv_method *out, struct planning *p)
{
	struct span name, source;
	struct fault f;
	enum cause c;

	c = settings_show(&name, &source, p->settings, SET_BATVMETHOD, &f);
	name = control_first(name);
	if (c != BY_NOTHING)
		return planning_bad_file(p, c, &f);
	if (batv_method(out, name))
		return 0;
	f = (struct fault){ { source, 0, name }, 0 };
	return planning_bad_file(p, BY_GARBLE, &f);
}

/*
 * plain_sender - the sender of the envelope without its quotes
 *
 * Its domain may have another form by now than the one it was given in.
 */
static struct span
plain_sender(const struct planning *p)
{
	struct span given = p->request->sender;
	struct span domain = address_domain(p->plan->envelope.sender);
	struct buf b;

	buf_init(&b, p->arena, PLANNING_ADDRESS_MAX);
	buf_put(&b, span_head(given, given.n - address_domain(given).n));
	buf_put(&b, domain);
	return buf_span(&b);
}

/*
 * is_host - whether a name of a list is that of a host
 */
static bool
is_host(struct span name, struct span host)
{
	return span_equal_nocase(span_undotted(name), span_undotted(host));
}

/*
 * is_recipient_host - whether mail for a name is in the envelope
 */
static bool
is_recipient_host(const struct planning *p, struct span name)
{
	const struct request *r = p->request;
	const struct envelope *e = &p->plan->envelope;

	for (size_t i = 0; i < r->nrcpt; i++)
		if (is_host(name, address_domain(r->rcpt[i])) ||
		    is_host(name, address_domain(e->rcpt[i])))
			return true;
	return is_host(name, r->host) || is_host(name, p->alias);
}

/*
 * is_sender_host - whether a name is the sender's domain
 */
static bool
is_sender_host(const struct planning *p, struct span name)
{
	return is_host(name, address_domain(p->request->sender)) ||
	       is_host(name, address_domain(p->plan->envelope.sender));
}

/*
 * excepts - whether a list has a host: 1 or 0, or -1 with the trouble
 */
static int
excepts(struct planning *p, enum setting id,
    bool (*is_meant)(const struct planning *, struct span name))
{
	struct span source, line;
	struct control lines;
	struct fault f;
	enum cause c;

	c = settings_list(&lines, &source, p->settings, id, &f);
	if (c != BY_NOTHING)
		return planning_bad_file(p, c, &f);
	while (control_next(&line, &lines))
		if (is_meant(p, line))
			return 1;
	return 0;
}

/*
 * sign - puts the tag before the sender
 */
static int
sign(
    struct planning *p, struct span sender, struct span key, struct span source)
{
	struct batv_terms terms = { .key = key,
		.today = (uint64_t)time(NULL) / SECONDS_PER_DAY,
		.days = BATV_DAYS };
	struct span why = SPAN("this OpenSSL does not know the method");
	enum batv_method method;
	struct buf b;

	if (read_method(&method, p) < 0)
		return -1;
	buf_init(&b, p->arena, PLANNING_ADDRESS_MAX);
	terms.digest = module_open("digest", &why, p->arena);
	if (terms.digest == NULL || !batv_put(&b, sender, method, &terms)) {
		*p->trouble = (struct trouble){ .stage = AT_SIGNING,
			.cause = BY_LACK,
			.about = why,
			.why.file = source };
		return -1;
	}
	p->plan->envelope.sender = planning_wire_form(p, buf_span(&b));
	p->plan->signed_by.file = source;
	return 0;
}

/*
 * signing_apply - signs the sender of the envelope
 */
int
signing_apply(struct planning *p)
{
	struct envelope *e = &p->plan->envelope;
	struct span key, source, sender;
	int rc;

	if (e->sender.n == 0)
		return 0;
	if (read_key(&key, &source, p) < 0)
		return -1;
	if (key.n == 0)
		return 0;
	sender = plain_sender(p);
	if (span_begins(sender, unsigned_mark) && sender.n > unsigned_mark.n) {
		e->sender =
		    planning_wire_form(p, span_tail(sender, unsigned_mark.n));
		return 0;
	}
	if (batv_is_signed(sender))
		return 0;
	rc = excepts(p, SET_BATVNOSIGNREMOTE, is_recipient_host);
	if (rc == 0)
		rc = excepts(p, SET_BATVNOSIGNLOCALS, is_sender_host);
	return rc == 0 ? sign(p, sender, key, source) : rc < 0 ? -1 : 0;
}
