/*
 * candidates - the servers that may take a message, in order
 */
#include "delivery/candidates.h"

#include "policy/mxps.h"

struct candidates {
	const struct search *search;
	struct arena *arena;
	/* Exchangers, and the first of those not looked up yet. */
	struct mx *mx;
	size_t nmx, mx_at;
	/* Those looked up, and the first of them not given out. */
	struct candidate *list;
	size_t n, at, room;
	/* Where the CNAMEs of the exchangers' domain led. */
	struct span domain;
	/* That the last one is an exchanger was not validated. */
	bool unproven;
	/* We met ourselves. */
	bool ours;
	/* A host has addresses, but none that ipfamily lets us use. */
	bool barred;
	/* A name whose lookup failed for now; empty if there was none. */
	struct span unsure;
};

/*
 * candidate_by_smtp - the same server, by SMTP
 */
struct candidate
candidate_by_smtp(const struct candidate *c)
{
	struct candidate smtp = *c;

	if (c->protocol == ROUTE_SMTP)
		return smtp;
	smtp.protocol = ROUTE_SMTP;
	smtp.to.port = c->smtp_port > 0 ? c->smtp_port : SMTP_PORT;
	smtp.smtp_port = 0;
	return smtp;
}

/*
 * add - one more candidate
 */
static void
add(struct candidates *c, const struct ip *ip, const struct tlsa_host *host,
    int preference)
{
	bool mxps = c->search->mxps && mxps_is_qmtp(preference);
	struct candidate *more;
	char text[IP_TEXT_MAX];

	if (c->n == c->room) {
		c->room = c->room * 2 + 4;
		more = arena_array(c->arena, c->room, sizeof(*more));
		for (size_t i = 0; i < c->n; i++)
			more[i] = c->list[i];
		c->list = more;
	}
	c->list[c->n++] = (struct candidate){
		.to = { *ip, mxps ? QMTP_PORT : c->search->port },
		.protocol = mxps ? ROUTE_QMTP : c->search->protocol,
		.smtp_port = mxps ? c->search->port : 0,
		.peer = arena_copy(c->arena, ip_text(text, ip)),
		.name = host->name,
		.preference = preference,
		.domain = c->domain,
		.unproven = c->unproven,
		.host = *host,
	};
}

/*
 * look_at_alias - whether a CNAME whose end is not secure is so itself
 *
 * Then it is the alias that TLSA records are looked for at.  A question that
 * has no answer must not hide them.                          [7672:2.2.2]
 */
static enum dns_status
look_at_alias(const struct candidates *c, struct tlsa_host *host)
{
	struct wire_record *w;
	enum dns_status s;
	size_t n;

	if (host->secure || span_equal_nocase(host->name, host->canonical))
		return DNS_OK;
	s = resolver_find(&w, &n, NULL, c->search->resolver, host->name,
	    WIRE_CNAME, c->arena);
	host->alias_secure = s == DNS_OK && c->search->resolver->secure;
	return s == DNS_SOFT ? DNS_SOFT : DNS_OK;
}

/*
 * look_at_other_family - whether it is only ipfamily that leaves a host
 * without addresses
 *
 * That is a setting of ours, and no reason to bounce mail.
 */
static void
look_at_other_family(struct candidates *c, struct span name)
{
	const struct search *s = c->search;
	struct tlsa_host host;
	enum dns_status status;
	struct ip *ip;
	size_t n;

	if (s->order != ONLY_IPV4 && s->order != ONLY_IPV6)
		return;
	status = mx_addresses(&ip, &n, &host, s->resolver, name,
	    s->order == ONLY_IPV4 ? ONLY_IPV6 : ONLY_IPV4, c->arena);
	if (status == DNS_OK)
		c->barred = true;
	else if (status == DNS_SOFT)
		c->unsure = name;
}

/*
 * add_host - the addresses of a host
 *
 * found_securely: that it is a host for this mail was validated.
 */
static enum dns_status
add_host(
    struct candidates *c, struct span name, int preference, bool found_securely)
{
	const struct search *s = c->search;
	struct tlsa_host host;
	enum dns_status status;
	struct ip *ip;
	size_t n;

	status =
	    mx_addresses(&ip, &n, &host, s->resolver, name, s->order, c->arena);
	if (status == DNS_OK && s->dnssec && found_securely)
		status = look_at_alias(c, &host);
	if (!found_securely)
		host.secure = host.alias_secure = false;
	for (size_t i = 0; i < n && status == DNS_OK; i++) {
		if (!s->relayed && ipme_has(s->ipme, &ip[i]))
			c->ours = true;
		add(c, &ip[i], &host, preference);
	}
	if (status == DNS_NODATA)
		look_at_other_family(c, name);
	if (status == DNS_SOFT)
		c->unsure = name;
	return status;
}

/*
 * add_exchanger - the addresses of a mail exchanger, if it has any
 */
static void
add_exchanger(struct candidates *c, const struct mx *mx)
{
	c->domain = mx->domain;
	c->unproven = !mx->secure;
	(void)add_host(c, mx->name, mx->preference, mx->secure);
}

/*
 * add_group - all exchangers of the next preference
 *
 * All of them are looked up before one is tried, for one of them may be us.
 */
static void
add_group(struct candidates *c)
{
	uint16_t preference = c->mx[c->mx_at].preference;

	c->n = c->at = 0;
	while (c->mx_at < c->nmx && c->mx[c->mx_at].preference == preference)
		add_exchanger(c, &c->mx[c->mx_at++]);
	if (c->ours) {
		c->n = 0;
		c->mx_at = c->nmx;
	}
}

/*
 * fail - there can be no candidate
 */
static int
fail(const struct candidates *c, struct trouble *t, enum dns_status status,
    enum stage no_data)
{
	*t = (struct trouble){ .cause = BY_LACK,
		.about = c->search->host,
		.why = c->search->why };
	if (status == DNS_SOFT)
		t->stage = AT_DNS;
	else if (c->search->relayed)
		t->stage = AT_RELAY;
	else
		t->stage = status == DNS_NXDOMAIN ? AT_NO_SUCH_HOST : no_data;
	if (t->stage == AT_NO_ADDRESS && c->barred)
		t->stage = AT_FAMILY;
	return -1;
}

/*
 * open_mx - the exchangers of a domain, or the domain itself
 */
static int
open_mx(struct candidates *c, struct trouble *t)
{
	const struct search *s = c->search;
	enum dns_status status;
	bool null;

	status =
	    mx_find(&c->mx, &c->nmx, &null, s->resolver, s->host, c->arena);
	if (status == DNS_OK) {
		if (null)
			return fail(c, t, DNS_NODATA, AT_NULL_MX);
		return c->nmx > 0 ? 0 : fail(c, t, DNS_NODATA, AT_NO_ADDRESS);
	}
	if (status == DNS_NODATA)
		status = add_host(c, s->host, -1, true);
	if (status != DNS_OK)
		return fail(c, t, status, AT_NO_ADDRESS);
	if (c->ours)
		c->n = 0;
	return 0;
}

/*
 * candidates_open - looks the host up
 */
int
candidates_open(struct candidates **out, const struct search *s,
    struct arena *a, struct trouble *t)
{
	static const struct tlsa_host literal = { .secure = false };
	struct candidates *c = arena_zero(a, sizeof(*c));
	enum dns_status status;
	struct ip ip;

	*out = c;
	c->search = s;
	c->arena = a;
	if (ip_parse_literal(&ip, s->host) ||
	    (s->relayed && ip_parse(&ip, s->host))) {
		if (!s->relayed && ip_is_any(&ip))
			return fail(c, t, DNS_NODATA, AT_OURSELVES);
		add(c, &ip, &literal, -1);
		return 0;
	}
	if (!s->relayed)
		return open_mx(c, t);
	status = add_host(c, s->host, -1, true);
	return status == DNS_OK ? 0 : fail(c, t, status, AT_RELAY);
}

/*
 * candidates_next - the next one
 */
bool
candidates_next(struct candidate *out, struct candidates *c)
{
	while (c->at == c->n && c->mx_at < c->nmx)
		add_group(c);
	if (c->at == c->n)
		return false;
	*out = c->list[c->at++];
	return true;
}

/*
 * candidates_lack - why there was none
 */
void
candidates_lack(const struct candidates *c, struct trouble *t)
{
	(void)fail(c, t, DNS_NODATA, c->ours ? AT_OURSELVES : AT_NO_ADDRESS);
	if (c->unsure.n > 0) {
		t->stage = AT_DNS;
		t->about = c->unsure;
	}
}

/*
 * candidates_unsure - whether some lookup failed for now
 */
bool
candidates_unsure(const struct candidates *c)
{
	return c->unsure.n > 0;
}
