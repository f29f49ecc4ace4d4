/*
 * explain_text - an explanation, for a person to read at a glance
 */
#include "delivery/explaining.h"

#include "delivery/hook.h"
#include "delivery/report.h"
#include "policy/ruling.h"

#include <string.h>

enum {
	/* Where the second column begins. */
	COLUMN = 12,
};

/*
 * explaining_label - the first column of a line
 */
void
explaining_label(struct buf *b, const char *label)
{
	buf_puts(b, label);
	for (size_t n = strlen(label); n < COLUMN; n++)
		buf_putc(b, ' ');
}

/*
 * put_why - "file:line, rule"
 */
static void
put_why(struct buf *b, const struct why *w)
{
	buf_put_printable(b, w->file, false);
	if (w->line > 0) {
		buf_putc(b, ':');
		buf_put_number(b, w->line);
	}
	if (w->rule.n > 0) {
		buf_puts(b, ", ");
		buf_put_printable(b, w->rule, false);
	} else if (w->line > 0) {
		buf_puts(b, ", the empty field");
	}
}

/*
 * explaining_because - the reason, in brackets, at the end of a line
 */
void
explaining_because(struct buf *b, const struct why *w)
{
	if (w->file.n > 0) {
		buf_puts(b, "  [");
		put_why(b, w);
		buf_putc(b, ']');
	}
	buf_putc(b, '\n');
}

/*
 * put_route - where it goes, and who said so
 */
static void
put_route(struct buf *b, const struct explanation *x)
{
	const struct path *p = &x->plan.path;

	explaining_label(b, "route");
	if (!p->routed) {
		buf_puts(b, "none: the mail exchangers of ");
		buf_put_printable(b, x->request->host, false);
		buf_putc(b, '\n');
		return;
	}
	buf_puts(b, p->route.protocol == ROUTE_QMTP ? "QMTP to " : "SMTP to ");
	if (p->route.relay.n > 0) {
		buf_put_printable(b, p->route.relay, false);
	} else {
		buf_puts(b, "the mail exchangers of ");
		buf_put_printable(b, x->request->host, false);
	}
	if (p->route.port > 0) {
		buf_puts(b, ", port ");
		buf_put_number(b, p->route.port);
	}
	explaining_because(b, &p->route.why);
	if (p->route.penalty < 0 && p->route.tolerance < 0)
		return;
	explaining_label(b, "");
	buf_puts(b, "penalty ");
	buf_put_number(b, x->plan.penalty);
	buf_puts(b, " s, max_tolerance ");
	buf_put_number(b, x->plan.tolerance);
	buf_puts(b, " s\n");
}

/*
 * put_names - the names of the variables that a list of changes is about
 *
 * Not their values: one may be a key.
 */
static void
put_names(struct buf *b, struct span changes)
{
	struct span name;

	while (env_next_name(&name, &changes)) {
		buf_putc(b, ' ');
		buf_put_printable(b, name, false);
	}
}

/*
 * put_login - whom to log in as; never the password
 */
static void
put_login(struct buf *b, const struct login *l)
{
	explaining_label(b, "login");
	if (l->user.n == 0) {
		buf_puts(b, "none\n");
	} else {
		buf_puts(b, "as ");
		buf_put_printable(b, l->user, false);
		explaining_because(b, &l->why);
	}
	if (l->route_envstr.n == 0 && l->auth_envstr.n == 0)
		return;
	explaining_label(b, "variables");
	buf_puts(b, "changed:");
	put_names(b, l->route_envstr);
	put_names(b, l->auth_envstr);
	buf_putc(b, '\n');
}

/*
 * put_trouble - why not, as the report would have it
 */
static void
put_trouble(struct buf *b, const struct trouble *t, struct span peer)
{
	struct ruling r = ruling_for(t, 0);

	report_put_headline(b, t, peer);
	buf_puts(b, r.fate == REFUSED ? " (#5" : " (#4");
	buf_puts(b, r.ecode + 1);
	buf_puts(b, ")\n");
}

/*
 * put_hello - what the server said it can do, a word or more a line
 */
static void
put_hello(struct buf *b, const struct reply *r)
{
	struct span text = reply_text(r);

	while (text.n > 0) {
		explaining_label(b, "");
		buf_puts(b, "    ");
		buf_put(b, span_cut(&text, '\n'));
		buf_putc(b, '\n');
	}
}

/*
 * put_probe - what the server answered
 */
static void
put_probe(struct buf *b, const struct server *s)
{
	explaining_label(b, "");
	if (s->probe.connected && s->candidate.protocol == ROUTE_QMTP) {
		buf_puts(b, "asked: it is there, within ");
		buf_put_number(b, s->probe.took);
		buf_puts(b, " ms\n");
		return;
	}
	if (s->probe.hello == NULL) {
		buf_puts(b, "asked: ");
		buf_puts(b, stage_name(s->trouble.stage));
		buf_puts(b, ": ");
		if (s->trouble.stage == AT_HANDSHAKE) {
			buf_put_printable(b, s->trouble.about, false);
		} else if (s->trouble.reply != NULL) {
			struct span text = reply_text(s->trouble.reply);

			buf_put(b, span_cut(&text, '\n'));
		} else {
			buf_puts(b, cause_words(&s->trouble));
		}
		buf_putc(b, '\n');
		return;
	}
	buf_puts(b, "asked: it answered within ");
	buf_put_number(b, s->probe.took);
	buf_puts(b, " ms");
	if (s->proof.version.n > 0) {
		buf_puts(b, ", in ");
		buf_put(b, s->proof.version);
		buf_putc(b, ' ');
		buf_put(b, s->proof.cipher);
		buf_puts(b, s->proof.verified == VERIFIED_NONE ? ", unverified"
		                                               : ", verified");
	}
	buf_putc(b, '\n');
	put_hello(b, s->probe.hello);
}

/*
 * put_local - the local end of a connection
 */
static void
put_local(struct buf *b, const struct server *s)
{
	char text[IP_TEXT_MAX];

	explaining_label(b, "");
	buf_puts(b, "from ");
	if (s->local.result == SOURCE_BIND)
		buf_put(b, ip_text(text, &s->local.ip));
	else
		buf_puts(b, "the address the system chooses");
	explaining_because(b, &s->local.why);
	if (s->candidate.protocol == ROUTE_QMTP)
		return;
	explaining_label(b, "");
	buf_puts(b, "EHLO ");
	if (s->helo.n > 0)
		buf_put_printable(b, s->helo, false);
	else
		buf_puts(b, "by that address");
	explaining_because(b, &s->helo_why);
}

/*
 * put_failures - what the timeout table has of a server
 */
static void
put_failures(struct buf *b, const struct server *s)
{
	explaining_label(b, "");
	buf_puts(b, "timeout table: failed ");
	buf_put_number(b, s->failures);
	buf_puts(b, s->failures == 1 ? " time, " : " times, last ");
	buf_put_number(b, s->failed_ago > 0 ? (uint64_t)s->failed_ago : 0);
	buf_puts(b, s->resting ? " s ago: passed over\n" : " s ago\n");
}

/*
 * put_tls - which TLS it would get, and who says so
 */
static void
put_tls(struct buf *b, const struct tls_want *w)
{
	static const char *const words[] = {
		[TLS_NEVER] = "no TLS",
		[TLS_MAY] = "TLS if it works",
		[TLS_ENCRYPT] = "TLS, unverified",
		[TLS_PKIX] = "TLS, verified by CAs",
		[TLS_DANE] = "TLS, verified by DANE",
	};

	explaining_label(b, "");
	buf_puts(b, words[w->level]);
	if (w->at_once)
		buf_puts(b, ", from the first byte");
	explaining_because(b, &w->why);
}

/*
 * put_hooks - the programs that would hear what became of it
 */
static void
put_hooks(struct buf *b, struct settings *s)
{
	static const char *const when[] = {
		[ACCEPTED] = "after success: ",
		[DEFERRED] = "if put off: ",
		[REFUSED] = "if refused: ",
	};

	for (enum fate fate = ACCEPTED; fate <= REFUSED; fate++) {
		const char *name;
		struct span path = hook_path(&name, s, fate);

		if (path.n == 0)
			continue;
		explaining_label(b, "hook");
		buf_puts(b, when[fate]);
		buf_put_printable(b, path, false);
		explaining_because(b, &(struct why){ .file = span_of(name) });
	}
}

/*
 * put_international - what becomes of names beyond ASCII
 */
static void
put_international(struct buf *b, const struct explanation *x)
{
	const struct plan *plan = &x->plan;
	struct span written =
	    plan->search.relayed ? plan->path.route.relay : x->request->host;

	if (!span_equal_nocase(plan->search.host, span_undotted(written))) {
		explaining_label(b, "looked up");
		buf_puts(b, "as ");
		buf_put_printable(b, plan->search.host, false);
		buf_putc(b, '\n');
	}
	if (plan->envelope.utf8) {
		explaining_label(b, "needs");
		buf_puts(b, "SMTPUTF8, for an address\n");
	}
}

/*
 * put_signature - what the sender becomes, and by which key
 */
static void
put_signature(struct buf *b, const struct plan *plan)
{
	if (plan->signed_by.file.n == 0)
		return;
	explaining_label(b, "signed");
	buf_putc(b, '<');
	buf_put_printable(b, plan->envelope.sender, false);
	buf_putc(b, '>');
	explaining_because(b, &plan->signed_by);
}

/*
 * put_server - one candidate
 */
static void
put_server(struct buf *b, const struct server *s, bool probed)
{
	const struct candidate *c = &s->candidate;

	explaining_label(b, "server");
	buf_put(b, c->peer);
	buf_puts(b, " port ");
	buf_put_number(b, c->to.port);
	if (c->protocol == ROUTE_QMTP)
		buf_puts(b, " by QMTP");
	else if (s->falls_back)
		buf_puts(b, " by SMTP, if not by QMTP");
	if (c->name.n > 0) {
		buf_puts(b, ", ");
		buf_put_printable(b, c->name, false);
	}
	if (c->preference >= 0) {
		buf_puts(b, ", MX ");
		buf_put_number(b, (uint64_t)c->preference);
	}
	buf_putc(b, '\n');
	if (s->failures > 0)
		put_failures(b, s);
	if (s->trouble.cause != BY_NOTHING && !s->probe.connected &&
	    s->trouble.stage != AT_CONNECT &&
	    s->trouble.stage != AT_CONNECT_QMTP) {
		explaining_label(b, "");
		put_trouble(b, &s->trouble, c->peer);
		explaining_records(b, s);
		return;
	}
	put_local(b, s);
	put_tls(b, &s->want);
	explaining_label(b, "");
	buf_puts(
	    b, c->host.secure ? "DNSSEC: secure\n" : "DNSSEC: not secure\n");
	explaining_records(b, s);
	if (probed) {
		put_probe(b, s);
		explaining_seen(b, s);
	}
}

/*
 * explain_put_text - adds an explanation to a buf
 */
void
explain_put_text(struct buf *b, const struct explanation *x)
{
	explaining_label(b, "from");
	buf_putc(b, '<');
	buf_put_printable(b, x->request->sender, false);
	buf_puts(b, ">\n");
	explaining_label(b, "to");
	buf_putc(b, '<');
	buf_put_printable(b, x->request->rcpt[0], false);
	buf_puts(b, ">\n");
	if (explain_has_path(x)) {
		put_route(b, x);
		put_login(b, &x->plan.path.login);
		put_international(b, x);
		put_signature(b, &x->plan);
	}
	if (x->plan.settings != NULL)
		put_hooks(b, x->plan.settings);
	for (const struct server *s = x->servers; s != NULL; s = s->next)
		put_server(b, s, x->probed);
	if (x->unsure) {
		explaining_label(b, "");
		buf_puts(b, "perhaps more: some names had no answer\n");
	}
	if (x->trouble.cause != BY_NOTHING) {
		explaining_label(b, ruling_for(&x->trouble, 0).fate == REFUSED
		                        ? "refused"
		                        : "put off");
		put_trouble(b, &x->trouble, SPAN(""));
	}
}
