/*
 * explain_json - an explanation, for a program to read
 *
 * The members are documented in qmail-remote-explain(8); they are an
 * interface.
 */
#include "base/json.h"
#include "delivery/explaining.h"
#include "delivery/hook.h"
#include "delivery/report.h"
#include "policy/ruling.h"

#include <time.h>

enum {
	HEADLINE_MAX = 4096,
};

/*
 * put_why - what decided: file, line, rule
 */
static void
put_why(struct json *j, const char *key, const struct why *w)
{
	if (w->file.n == 0) {
		json_null(j, key);
		return;
	}
	json_open(j, key, '{');
	json_string(j, "file", w->file);
	if (w->line > 0)
		json_number(j, "line", w->line);
	else
		json_null(j, "line");
	json_string(j, "rule", w->rule);
	json_close(j, '}');
}

/*
 * put_trouble - why not: letter, code, text
 */
static void
put_trouble(
    struct json *j, const char *key, const struct trouble *t, struct span peer)
{
	struct ruling r = ruling_for(t, 0);
	struct buf b;

	if (t->cause == BY_NOTHING) {
		json_null(j, key);
		return;
	}
	buf_init(&b, j->out->arena, HEADLINE_MAX);
	report_put_headline(&b, t, peer);
	json_open(j, key, '{');
	json_string(j, "letter", r.fate == REFUSED ? SPAN("D") : SPAN("Z"));
	json_string(j, "code", span_of(r.ecode));
	json_string(j, "stage", span_of(stage_name(t->stage)));
	json_string(j, "text", buf_span(&b));
	if (t->reply != NULL)
		json_string(j, "reply", reply_text(t->reply));
	else
		json_null(j, "reply");
	json_close(j, '}');
}

/*
 * put_route - the route, or null
 */
static void
put_route(struct json *j, const struct explanation *x)
{
	const struct route *r = &x->plan.path.route;

	if (!explain_has_path(x) || !x->plan.path.routed) {
		json_null(j, "route");
		return;
	}
	json_open(j, "route", '{');
	json_string(j, "relay", r->relay);
	json_number(j, "port", x->plan.search.port);
	json_string(j, "protocol",
	    r->protocol == ROUTE_QMTP ? SPAN("QMTP") : SPAN("SMTP"));
	put_why(j, "why", &r->why);
	json_close(j, '}');
}

/*
 * put_names - the names of the variables that a list of changes is about
 */
static void
put_names(struct json *j, struct span changes)
{
	struct span name;

	while (env_next_name(&name, &changes))
		json_string(j, NULL, name);
}

/*
 * put_login - the login, or null; never the password
 */
static void
put_login(struct json *j, const struct explanation *x)
{
	static const struct login none;
	const struct login *l =
	    explain_has_path(x) ? &x->plan.path.login : &none;

	if (l->user.n == 0) {
		json_null(j, "login");
	} else {
		json_open(j, "login", '{');
		json_string(j, "user", l->user);
		put_why(j, "why", &l->why);
		json_close(j, '}');
	}
	json_open(j, "variables", '[');
	put_names(j, l->route_envstr);
	put_names(j, l->auth_envstr);
	json_close(j, ']');
}

/*
 * put_hooks - the programs that would hear what became of it
 */
static void
put_hooks(struct json *j, struct settings *s)
{
	static const char *const keys[] = {
		[ACCEPTED] = "success",
		[DEFERRED] = "temporary",
		[REFUSED] = "failure",
	};

	json_open(j, "hooks", '{');
	for (enum fate fate = ACCEPTED; fate <= REFUSED && s != NULL; fate++) {
		const char *name;
		struct span path = hook_path(&name, s, fate);

		if (path.n > 0)
			json_string(j, keys[fate], path);
	}
	json_close(j, '}');
}

/*
 * put_probe - what a server answered
 */
static void
put_probe(struct json *j, const struct server *s)
{
	json_open(j, "probe", '{');
	json_bool(j, "connected", s->probe.connected);
	if (s->probe.hello != NULL ||
	    (s->probe.connected && s->candidate.protocol == ROUTE_QMTP))
		json_number(j, "ms", s->probe.took);
	else
		json_null(j, "ms");
	if (s->probe.hello != NULL) {
		struct span text = reply_text(s->probe.hello);

		json_open(j, "hello", '[');
		while (text.n > 0)
			json_string(j, NULL, span_cut(&text, '\n'));
		json_close(j, ']');
	} else {
		json_null(j, "hello");
	}
	json_close(j, '}');
}

/*
 * put_or_null - a text, or null if there is none
 */
static void
put_or_null(struct json *j, const char *key, struct span text)
{
	if (text.n > 0)
		json_string(j, key, text);
	else
		json_null(j, key);
}

/*
 * put_records - the TLSA records, and what each is good for
 */
static void
put_records(struct json *j, const struct server *s)
{
	json_open(j, "records", '[');
	for (size_t i = 0;
	     s->records.search == SEARCH_FOUND && i < s->records.ntlsa; i++) {
		const struct tlsa *t = &s->records.tlsa[i];

		json_open(j, NULL, '{');
		json_number(j, "usage", t->usage);
		json_number(j, "selector", t->selector);
		json_number(j, "matching", t->matching);
		json_string(j, "data", explaining_hex(t->data, j->out->arena));
		json_bool(j, "usable", explaining_usable(s, t));
		json_bool(j, "matched", t == s->seen.matched);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/*
 * put_dane - the search for TLSA records; null if nobody wants DANE
 */
static void
put_dane(struct json *j, const struct server *s)
{
	static const char *const words[] = {
		[SEARCH_EXCEPTED] = "excepted",
		[SEARCH_NAMELESS] = "address",
		[SEARCH_NOT_LISTED] = "not listed",
		[SEARCH_EXCUSED] = "excused",
		[SEARCH_INSECURE] = "insecure",
		[SEARCH_NOTHING] = "none",
		[SEARCH_FOUND] = "found",
		[SEARCH_FAILED] = "failed",
		[SEARCH_BOGUS] = "bogus",
	};
	const struct dane_records *r = &s->records;

	if (r->search == SEARCH_NOT_WANTED) {
		json_null(j, "dane");
		return;
	}
	json_open(j, "dane", '{');
	json_string(j, "search", span_of(words[r->search]));
	if (r->search == SEARCH_FOUND)
		json_string(j, "base", r->base);
	else
		json_null(j, "base");
	put_records(j, s);
	json_close(j, '}');
}

/*
 * put_chain - the certificates that a server showed
 */
static void
put_chain(struct json *j, const struct tls_seen *seen)
{
	int64_t now = time(NULL);

	json_open(j, "chain", '[');
	for (size_t i = 0; i < seen->nchain; i++) {
		const struct tls_certificate *c = &seen->chain[i];

		json_open(j, NULL, '{');
		json_string(j, "subject", c->subject);
		json_string(j, "issuer", c->issuer);
		json_string(
		    j, "not_before", explaining_date(c->from, j->out->arena));
		json_string(
		    j, "not_after", explaining_date(c->until, j->out->arena));
		json_bool(j, "expired", c->until < now);
		json_number(j, "days", explaining_days(c->until, now));
		json_open(j, "names", '[');
		for (size_t k = 0; k < c->nnames; k++)
			json_string(j, NULL, c->names[k]);
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
}

/*
 * put_verdict - what came of one way to verify a server; null if it was not
 * tried
 */
static void
put_verdict(struct json *j, const char *key, const struct tls_verdict *v)
{
	if (!v->tried) {
		json_null(j, key);
		return;
	}
	json_open(j, key, '{');
	json_bool(j, "holds", v->holds);
	put_or_null(j, "name", v->name);
	put_or_null(j, "authority", v->authority);
	if (!v->holds && v->depth >= 0)
		json_number(j, "depth", (uint64_t)v->depth);
	else
		json_null(j, "depth");
	put_or_null(j, "reason", v->wrong);
	json_close(j, '}');
}

/*
 * put_tls - which TLS it would get; with a probe, what it showed and proved
 */
static void
put_tls(struct json *j, const struct server *s, bool probed)
{
	static const char *const levels[] = {
		[TLS_NEVER] = "never",
		[TLS_MAY] = "may",
		[TLS_ENCRYPT] = "encrypt",
		[TLS_PKIX] = "pkix",
		[TLS_DANE] = "dane",
	};
	static const char *const verified[] = {
		[VERIFIED_NONE] = "none",
		[VERIFIED_PKIX] = "pkix",
		[VERIFIED_DANE] = "dane",
	};

	json_open(j, "tls", '{');
	json_string(j, "level", span_of(levels[s->want.level]));
	json_bool(j, "at_once", s->want.at_once);
	put_why(j, "why", &s->want.why);
	put_dane(j, s);
	put_or_null(j, "version", s->seen.version);
	put_or_null(j, "cipher", s->seen.cipher);
	if (s->proof.version.n > 0)
		json_string(
		    j, "verified", span_of(verified[s->proof.verified]));
	else
		json_null(j, "verified");
	if (probed) {
		put_chain(j, &s->seen);
		put_or_null(j, "trusted", s->seen.trusted);
		put_verdict(j, "by_pkix", &s->seen.by_pkix);
		put_verdict(j, "by_dane", &s->seen.by_dane);
	}
	json_close(j, '}');
}

/*
 * put_server - one candidate
 */
static void
put_server(struct json *j, const struct server *s, bool probed)
{
	const struct candidate *c = &s->candidate;
	char text[IP_TEXT_MAX];

	json_open(j, NULL, '{');
	json_string(j, "ip", c->peer);
	json_number(j, "port", c->to.port);
	json_string(j, "protocol",
	    c->protocol == ROUTE_QMTP ? SPAN("QMTP") : SPAN("SMTP"));
	json_bool(j, "falls_back", s->falls_back);
	json_string(j, "name", c->name);
	if (c->preference >= 0)
		json_number(j, "preference", (uint64_t)c->preference);
	else
		json_null(j, "preference");
	json_bool(j, "resting", s->resting);
	json_number(j, "failures", s->failures);
	if (s->failures > 0 && s->failed_ago >= 0)
		json_number(j, "failed_ago", (uint64_t)s->failed_ago);
	else
		json_null(j, "failed_ago");
	json_open(j, "local", '{');
	if (s->local.result == SOURCE_BIND)
		json_string(j, "ip", ip_text(text, &s->local.ip));
	else
		json_null(j, "ip");
	put_why(j, "why", &s->local.why);
	json_close(j, '}');
	json_open(j, "helo", '{');
	json_string(j, "name", s->helo);
	put_why(j, "why", &s->helo_why);
	json_close(j, '}');
	put_tls(j, s, probed);
	json_bool(j, "dnssec", c->host.secure);
	put_trouble(j, "trouble", &s->trouble, c->peer);
	if (probed)
		put_probe(j, s);
	json_close(j, '}');
}

/*
 * explain_put_json - adds an explanation to a buf
 */
void
explain_put_json(struct buf *b, const struct explanation *x)
{
	struct json j;

	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_string(&j, "sender", x->request->sender);
	json_string(&j, "recipient", x->request->rcpt[0]);
	json_string(&j, "host", x->request->host);
	json_string(&j, "lookup", x->plan.search.host);
	json_bool(&j, "smtputf8", x->plan.envelope.utf8);
	put_why(&j, "signed_by", &x->plan.signed_by);
	put_route(&j, x);
	put_login(&j, x);
	put_hooks(&j, x->plan.settings);
	json_number(&j, "penalty", x->plan.penalty);
	json_number(&j, "max_tolerance", x->plan.tolerance);
	json_open(&j, "servers", '[');
	for (const struct server *s = x->servers; s != NULL; s = s->next)
		put_server(&j, s, x->probed);
	json_close(&j, ']');
	json_bool(&j, "complete", !x->unsure);
	put_trouble(&j, "trouble", &x->trouble, SPAN(""));
	json_close(&j, '}');
	buf_putc(b, '\n');
}
