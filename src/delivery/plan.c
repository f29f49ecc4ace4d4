/*
 * plan - everything decided before a server is called
 */
#include "delivery/plan.h"

#include "base/compiler.h"
#include "base/num.h"
#include "delivery/demand.h"
#include "dns/stub.h"
#include "mail/address.h"
#include "policy/ruling.h"

#include <errno.h>

enum {
	SMTP_PORT = 25,
	/* An address takes this much at most; longer ones are not mail. */
	ADDRESS_MAX = 64 * 1024,
	/* A whole delivery: seconds, and bytes of message for one more. */
	DELIVERY_SECONDS = 3600,
	DELIVERY_BYTES = 1000,
	/* CNAMEs followed from one recipient domain. */
	CNAMES_MAX = 10,
	SERVERS_MAX = 3,
};

/* What the steps below share. */
struct planning {
	struct plan *plan;
	const struct request *request;
	struct settings *settings;
	const struct shared *shared;
	struct arena *arena;
	struct trouble *trouble;
};

/*
 * bad_file - a control file cannot be read, or makes no sense
 */
static int
bad_file(struct planning *p, enum cause c, const struct fault *f)
{
	*p->trouble = (struct trouble){
		.stage = AT_CONTROL, .cause = c, .err = f->err, .why = f->why
	};
	return -1;
}

/*
 * number - a setting that is a number
 */
static int
number(uint64_t *out, struct planning *p, enum setting id)
{
	struct fault f;
	enum cause c = settings_number(out, p->settings, id, &f);

	return c == BY_NOTHING ? 0 : bad_file(p, c, &f);
}

/*
 * milliseconds - a setting in seconds
 */
static int
milliseconds(uint64_t *out, struct planning *p, enum setting id)
{
	if (number(out, p, id) < 0)
		return -1;
	*out = *out > UINT64_MAX / 1000 ? UINT64_MAX : *out * 1000;
	return 0;
}

/*
 * wire_form - an address as it goes on the wire
 */
static struct span
wire_form(struct planning *p, struct span address)
{
	struct buf b;

	buf_init(&b, p->arena, ADDRESS_MAX);
	address_put(&b, address);
	return buf_span(&b);
}

/*
 * make_envelope - sender and recipients, size and extra header
 */
static void
make_envelope(struct planning *p, const struct message *m)
{
	struct envelope *e = &p->plan->envelope;
	const struct request *r = p->request;
	struct span *rcpt = arena_array(p->arena, r->nrcpt, sizeof(*rcpt));
	struct buf b;
	uint64_t size;

	if (!address_is_null(r->sender))
		e->sender = wire_form(p, r->sender);
	for (size_t i = 0; i < r->nrcpt; i++)
		rcpt[i] = wire_form(p, r->rcpt[i]);
	e->rcpt = rcpt;
	e->nrcpt = r->nrcpt;
	if (num_whole(&size, r->size))
		e->size = r->size;
	e->extra = r->extra;
	if (e->extra.n > 0 && e->extra.p[e->extra.n - 1] != '\n') {
		buf_init(&b, p->arena, SIZE_MAX);
		buf_put(&b, e->extra);
		buf_putc(&b, '\n');
		e->extra = buf_span(&b);
	}
	e->eightbit = message_may_be_8bit(m) || message_has_8bit(e->extra);
}

/*
 * set_cap - when the whole delivery must be over
 *
 * A large message has more time, by its length or by what the caller says.
 */
static int
set_cap(struct planning *p, const struct message *m)
{
	uint64_t seconds = UINT64_MAX, length = message_length(m), size = 0;

	if (num_whole(&size, p->request->size) && size > length)
		length = size;
	if (number(&seconds, p, SET_TIMEOUTDELIVERY) < 0)
		return -1;
	if (seconds == UINT64_MAX)
		seconds = DELIVERY_SECONDS + length / DELIVERY_BYTES;
	p->plan->terms.cap = seconds == 0 || seconds > INT64_MAX / 1000
	                         ? NEVER
	                         : clock_in(seconds * 1000);
	return 0;
}

/*
 * set_terms - how to talk to a server, whichever it will be
 */
static int
set_terms(struct planning *p, const struct message *m)
{
	struct smtp_terms *terms = &p->plan->terms;
	struct span source;
	struct control discard;
	struct fault f = { { SPAN(""), 0, SPAN("") }, 0 };
	enum cause c;

	terms->trace = p->shared->trace;
	terms->progress = p->shared->progress;
	c = settings_text(&terms->helo, p->settings, SET_HELOHOST, &f);
	if (c != BY_NOTHING)
		return bad_file(p, c, &f);
	if (terms->helo.n == 0 || span_has_control(terms->helo)) {
		f.why.file = SPAN("helohost, or me");
		return bad_file(
		    p, terms->helo.n == 0 ? BY_LACK : BY_GARBLE, &f);
	}
	c = settings_list(&discard, &source, p->settings, SET_EHLODISCARD, &f);
	if (c != BY_NOTHING)
		return bad_file(p, c, &f);
	terms->discard = discard.rest;
	if (milliseconds(&terms->patience, p, SET_TIMEOUTREMOTE) < 0 ||
	    milliseconds(&p->plan->connect_patience, p, SET_TIMEOUTCONNECT) < 0)
		return -1;
	return set_cap(p, m);
}

/*
 * set_route - where the mail goes: a relay, or the host itself
 */
static int
set_route(struct planning *p)
{
	struct plan *plan = p->plan;
	bool null_sender = address_is_null(p->request->sender);
	enum route_result result;
	struct control lines;
	struct route route;
	struct span source;
	struct fault f;
	enum cause c;

	c = settings_list(&lines, &source, p->settings, SET_SMTPROUTES, &f);
	if (c != BY_NOTHING)
		return bad_file(p, c, &f);
	result =
	    route_find(&route, lines, source, p->request->host, null_sender);
	if (result == ROUTE_BAD) {
		*p->trouble = (struct trouble){
			.stage = AT_ROUTE, .cause = BY_GARBLE, .why = route.why
		};
		return -1;
	}
	plan->search =
	    (struct search){ .host = p->request->host, .port = SMTP_PORT };
	if (result == ROUTE_FOUND) {
		plan->search.why = route.why;
		plan->search.relayed = route.relay.n > 0;
		if (plan->search.relayed)
			plan->search.host = route.relay;
		if (route.port > 0)
			plan->search.port = route.port;
		if (route.penalty >= 0)
			plan->penalty = (uint64_t)route.penalty;
		if (route.tolerance >= 0)
			plan->tolerance = (uint64_t)route.tolerance;
		TRACE(p->shared->trace, "route", { "file", route.why.file },
		    { "rule", route.why.rule }, { "relay", route.relay });
	}
	return demand_check(p->settings, &route, result == ROUTE_FOUND,
	    p->request->host, p->trouble);
}

/*
 * next_word - the next word of a list of lines; false after the last
 *
 * A variable holds several words in one line, a file one in each.
 */
static bool
next_word(struct span *word, struct span *line, struct control *lines)
{
	for (;;) {
		size_t n = 0;

		while (
		    line->n > 0 && (line->p[0] == ' ' || line->p[0] == '\t' ||
		                       line->p[0] == ','))
			*line = span_tail(*line, 1);
		while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t' &&
		       line->p[n] != ',')
			n++;
		*word = span_head(*line, n);
		*line = span_tail(*line, n);
		if (n > 0)
			return true;
		if (!control_next(line, lines))
			return false;
	}
}

/*
 * parse_server - "address", or "address@port"
 */
static bool
parse_server(struct endpoint *out, struct span text)
{
	struct span address = span_cut(&text, '@');
	uint64_t port = 53;

	if (!ip_parse(&out->ip, address) ||
	    (text.n > 0 && (!num_whole(&port, text) || port > UINT16_MAX)))
		return false;
	out->port = (uint16_t)port;
	return true;
}

/*
 * set_resolver - whom to ask for names
 */
static int
set_resolver(struct planning *p)
{
	struct endpoint servers[SERVERS_MAX];
	struct span source, word, line = SPAN("");
	struct control lines;
	uint64_t patience;
	struct fault f;
	size_t n = 0;
	enum cause c;

	if (milliseconds(&patience, p, SET_TIMEOUTDNS) < 0)
		return -1;
	c = settings_list(&lines, &source, p->settings, SET_DNSSERVERS, &f);
	if (c != BY_NOTHING)
		return bad_file(p, c, &f);
	while (next_word(&word, &line, &lines)) {
		if (n == COUNT_OF(servers))
			break;
		if (!parse_server(&servers[n++], word)) {
			f = (struct fault){ { source, lines.line, word }, 0 };
			return bad_file(p, BY_GARBLE, &f);
		}
	}
	p->plan->search.resolver = stub_new(servers, n, p->shared->trace,
	    clock_earlier(clock_in(patience), p->plan->terms.cap), p->arena);
	if (p->plan->search.resolver != NULL)
		return 0;
	*p->trouble = (struct trouble){
		.stage = AT_DNS, .cause = BY_LACK, .about = p->plan->search.host
	};
	return -1;
}

/*
 * set_family - which addresses, in which order
 */
static int
set_family(struct planning *p)
{
	static const struct {
		const char *name;
		enum family_order order;
	} orders[] = {
		{ "prefer-ipv4", PREFER_IPV4 },
		{ "prefer-ipv6", PREFER_IPV6 },
		{ "any", ANY_FAMILY },
		{ "ipv4", ONLY_IPV4 },
		{ "ipv6", ONLY_IPV6 },
	};
	struct span word;
	struct fault f;
	enum cause c;

	c = settings_text(&word, p->settings, SET_IPFAMILY, &f);
	if (c != BY_NOTHING)
		return bad_file(p, c, &f);
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		if (span_equal_nocase(word, span_of(orders[i].name))) {
			p->plan->search.order = orders[i].order;
			return 0;
		}
	}
	f = (struct fault){ { SPAN("ipfamily"), 1, word }, 0 };
	return bad_file(p, BY_GARBLE, &f);
}

/*
 * change_ipme - adds, or removes, the addresses that a list names
 */
static int
change_ipme(struct planning *p, struct ipme *me, enum setting id,
    void (*change)(struct ipme *, const struct ip *))
{
	struct span source, line;
	struct control lines;
	struct fault f;
	struct ip ip;
	enum cause c;

	c = settings_list(&lines, &source, p->settings, id, &f);
	if (c != BY_NOTHING)
		return bad_file(p, c, &f);
	while (control_next(&line, &lines)) {
		if (!ip_parse(&ip, line) && !ip_parse_literal(&ip, line)) {
			f = (struct fault){ { source, lines.line, line }, 0 };
			return bad_file(p, BY_GARBLE, &f);
		}
		change(me, &ip);
	}
	return 0;
}

/*
 * set_ipme - which addresses are ours
 */
static int
set_ipme(struct planning *p)
{
	struct ipme *me = ipme_new(p->arena);

	if (me == NULL) {
		*p->trouble = (struct trouble){ .stage = AT_OWN_ADDRESSES,
			.cause = BY_SYSTEM,
			.err = errno };
		return -1;
	}
	p->plan->search.ipme = me;
	if (change_ipme(p, me, SET_NOTIPME, ipme_remove) < 0)
		return -1;
	return change_ipme(p, me, SET_MOREIPME, ipme_add);
}

/*
 * canonical - the name that a domain's CNAMEs end at
 */
static enum dns_status
canonical(struct span *domain, struct planning *p)
{
	struct wire_record *w;
	enum dns_status s = DNS_OK;
	size_t n;

	for (int hops = 0; s == DNS_OK; hops++) {
		if (hops > CNAMES_MAX)
			return DNS_SOFT;
		s = resolver_find(&w, &n, NULL, p->plan->search.resolver,
		    *domain, WIRE_CNAME, p->arena);
		if (s == DNS_OK)
			*domain = w[0].name;
	}
	return s;
}

/*
 * rewrite_recipients - canonical domains in place of aliases, if wanted
 */
static int
rewrite_recipients(struct planning *p)
{
	struct envelope *e = &p->plan->envelope;
	struct span *rcpt = arena_array(p->arena, e->nrcpt, sizeof(*rcpt));

	if (!settings_flag(p->settings, SET_CNAME_LOOKUPS) ||
	    settings_flag(p->settings, SET_DISABLE_CNAME_LOOKUPS) ||
	    settings_flag(p->settings, SET_DISABLE_CNAME_LOOKUP))
		return 0;
	for (size_t i = 0; i < e->nrcpt; i++) {
		struct span domain = address_domain(e->rcpt[i]);
		size_t at = e->rcpt[i].n - domain.n;
		struct buf b;

		rcpt[i] = e->rcpt[i];
		if (domain.n == 0 || domain.p[0] == '[')
			continue;
		if (canonical(&domain, p) == DNS_SOFT) {
			*p->trouble = (struct trouble){ .stage = AT_CNAME,
				.cause = BY_LACK,
				.about = domain };
			return -1;
		}
		buf_init(&b, p->arena, ADDRESS_MAX);
		buf_put(&b, span_head(e->rcpt[i], at));
		buf_put(&b, domain);
		rcpt[i] = buf_span(&b);
	}
	e->rcpt = rcpt;
	return 0;
}

/*
 * find_candidates - what names there are to look up
 */
static int
find_candidates(struct planning *p)
{
	struct search *s = &p->plan->search;
	struct ip ip;

	if (!ip_parse_literal(&ip, s->host) &&
	    !(s->relayed && ip_parse(&ip, s->host))) {
		if (set_family(p) < 0 || set_resolver(p) < 0)
			return -1;
		if (!s->relayed &&
		    (set_ipme(p) < 0 || rewrite_recipients(p) < 0))
			return -1;
	}
	return candidates_open(&p->plan->candidates, s, p->arena, p->trouble);
}

/*
 * plan_make - a plan for a request
 */
int
plan_make(struct plan *out, const struct request *r, struct settings *s,
    const struct message *m, const struct shared *shared, struct arena *a,
    struct trouble *t)
{
	struct planning p = { out, r, s, shared, a, t };

	*out = (struct plan){ .certdir = settings_dir(s, SET_CERTDIR) };
	make_envelope(&p, m);
	if (settings_flag(s, SET_TRY_NEXT_MX_HELO_FAIL))
		out->given |= GIVEN_HELLO_NEXT;
	if (number(&out->penalty, &p, SET_MIN_PENALTY) < 0 ||
	    number(&out->tolerance, &p, SET_MAX_TOLERANCE) < 0 ||
	    set_terms(&p, m) < 0 || set_route(&p) < 0)
		return -1;
	return find_candidates(&p);
}
