/*
 * lookup - the part of a plan that asks for names
 *
 * A host that is given as an address needs none of it.
 */
#include "base/compiler.h"
#include "base/module.h"
#include "base/num.h"
#include "delivery/planning.h"
#include "dns/stub.h"
#include "dns/unbound.h"
#include "mail/address.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* CNAMEs followed from one recipient domain. */
	CNAMES_MAX = 10,
	/* Resolvers asked. */
	SERVERS_MAX = 3,
};

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
	bool has_port = span_find(text, '@') < text.n;
	struct span address = span_cut(&text, '@');
	uint64_t port = 53;

	if (!ip_parse(&out->ip, address) ||
	    (has_port &&
	        (!num_whole(&port, text) || port == 0 || port > UINT16_MAX)))
		return false;
	out->port = (uint16_t)port;
	return true;
}

/*
 * no_dnssec - DANE is wanted, and there is no way to have it
 */
static int
no_dnssec(struct planning *p, struct span why)
{
	*p->trouble = (struct trouble){
		.stage = AT_DNSSEC, .cause = BY_LACK, .about = why
	};
	return -1;
}

/*
 * find_anchor - the file of trust anchors: as it is set, or the system's
 */
static int
find_anchor(const char **out, struct planning *p)
{
	static const char *const usual[] = {
		"/usr/share/dns/root.key",
		"/var/lib/unbound/root.key",
		"/etc/unbound/root.key",
	};
	struct span text;
	struct fault f;
	enum cause c;

	c = settings_text(&text, p->settings, SET_TRUSTANCHOR, &f);
	if (c != BY_NOTHING)
		return planning_bad_file(p, c, &f);
	*out = text.n > 0 ? arena_string(p->arena, text) : NULL;
	for (size_t i = 0; i < COUNT_OF(usual) && *out == NULL; i++)
		if (access(usual[i], R_OK) == 0)
			*out = usual[i];
	return *out != NULL ? 0 : no_dnssec(p, SPAN("no trust anchor"));
}

/*
 * set_unbound - a resolver that validates here
 */
static int
set_unbound(struct planning *p, struct unbound_terms *terms)
{
	const struct unbound_module *m;
	struct span why = SPAN("");

	if (find_anchor(&terms->anchor, p) < 0)
		return -1;
	m = module_open("unbound", &why, p->arena);
	if (m != NULL)
		p->plan->search.resolver = m->open(terms, &why, p->arena);
	return p->plan->search.resolver != NULL ? 0 : no_dnssec(p, why);
}

/*
 * set_validating - a resolver whose word on DNSSEC counts
 */
static int
set_validating(
    struct planning *p, const struct endpoint *servers, size_t n, instant by)
{
	struct unbound_terms terms = { servers, n, NULL, p->shared->trace, by };
	struct span how;
	struct fault f;
	enum cause c;

	c = settings_text(&how, p->settings, SET_DNSSEC, &f);
	if (c != BY_NOTHING)
		return planning_bad_file(p, c, &f);
	p->plan->search.dnssec = true;
	if (span_equal_nocase(how, SPAN("validate")))
		return set_unbound(p, &terms);
	if (!span_equal_nocase(how, SPAN("trust-ad"))) {
		f = (struct fault){ { SPAN("dnssec"), 1, how }, 0 };
		return planning_bad_file(p, BY_GARBLE, &f);
	}
	p->plan->search.resolver =
	    stub_new(servers, n, p->shared->trace, by, p->arena);
	if (p->plan->search.resolver != NULL &&
	    stub_trust(p->plan->search.resolver))
		return 0;
	return no_dnssec(
	    p, SPAN("trust-ad is only for a resolver on a loopback address"));
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
	instant by;

	if (planning_milliseconds(&patience, p, SET_TIMEOUTDNS) < 0)
		return -1;
	c = settings_list(&lines, &source, p->settings, SET_DNSSERVERS, &f);
	if (c != BY_NOTHING)
		return planning_bad_file(p, c, &f);
	while (next_word(&word, &line, &lines)) {
		if (n == COUNT_OF(servers))
			break;
		if (!parse_server(&servers[n++], word)) {
			f = (struct fault){ { source, lines.line, word }, 0 };
			return planning_bad_file(p, BY_GARBLE, &f);
		}
	}
	by = clock_earlier(clock_in(patience), p->plan->terms.cap);
	if (p->plan->dane.wanted.file.n > 0)
		return set_validating(p, servers, n, by);
	p->plan->search.resolver =
	    stub_new(servers, n, p->shared->trace, by, p->arena);
	if (p->plan->search.resolver != NULL)
		return 0;
	*p->trouble = (struct trouble){
		.stage = AT_DNS, .cause = BY_LACK, .about = p->plan->search.host
	};
	return -1;
}

/*
 * bound_order - the order, when local addresses are of one family only
 */
static enum family_order
bound_order(const struct planning *p, enum family_order order)
{
	int family = source_family(&p->plan->binding.facts);

	if (family == 0 || order == ONLY_IPV4 || order == ONLY_IPV6)
		return order;
	return family == AF_INET ? IPV4_ELSE_IPV6 : IPV6_ELSE_IPV4;
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
	struct span word, all, source;
	struct fault f;
	enum cause c;

	c = settings_text(&word, p->settings, SET_IPFAMILY, &f);
	if (c != BY_NOTHING)
		return planning_bad_file(p, c, &f);
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		if (span_equal_nocase(word, span_of(orders[i].name))) {
			p->plan->search.order = bound_order(p, orders[i].order);
			return 0;
		}
	}
	(void)settings_show(&all, &source, p->settings, SET_IPFAMILY, &f);
	f = (struct fault){ { source, 1, word }, 0 };
	return planning_bad_file(p, BY_GARBLE, &f);
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
		return planning_bad_file(p, c, &f);
	while (control_next(&line, &lines)) {
		if (!ip_parse(&ip, line) && !ip_parse_literal(&ip, line)) {
			f = (struct fault){ { source, lines.line, line }, 0 };
			return planning_bad_file(p, BY_GARBLE, &f);
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
		buf_init(&b, p->arena, PLANNING_ADDRESS_MAX);
		buf_put(&b, span_head(e->rcpt[i], at));
		buf_put(&b, domain);
		rcpt[i] = buf_span(&b);
	}
	e->rcpt = rcpt;
	return 0;
}

/*
 * planning_find_candidates - what names there are to look up
 */
int
planning_find_candidates(struct planning *p)
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
