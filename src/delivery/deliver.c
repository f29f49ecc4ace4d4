/*
 * deliver - offers the message to each candidate until one settles it
 */
#include "delivery/deliver.h"

#include "base/num.h"
#include "mail/header.h"
#include "net/dial.h"
#include "policy/ruling.h"
#include "proto/qmtp.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

static const struct protocol *const protocols[] = {
	[ROUTE_SMTP] = &smtp_protocol,
	[ROUTE_QMTP] = &qmtp_protocol,
};

/* What the steps below share. */
struct delivery {
	struct outcome *out;
	struct plan *plan;
	struct message *message;
	const struct shared *shared;
	struct arena *arena;
};

/*
 * outcome_begin - ready to be filled in
 */
void
outcome_begin(struct outcome *out, size_t nrcpt, struct arena *a)
{
	*out = (struct outcome){ .nrcpt = nrcpt,
		.protocol = SPAN("SMTP"),
		.verified = SPAN("none") };
	out->rcpt = arena_array(a, nrcpt, sizeof(*out->rcpt));
	out->attempts_end = &out->attempts;
}

/*
 * outcome_trouble - what a trouble makes of the message
 */
void
outcome_trouble(struct outcome *out, const struct trouble *t)
{
	struct ruling r = ruling_for(t, 0);

	out->trouble = *t;
	out->fate = r.fate;
	out->maybe_twice = r.maybe_twice;
}

/*
 * note - adds a candidate that did not settle it
 */
static struct attempt *
note(struct delivery *d, const struct candidate *c)
{
	struct attempt *a = arena_zero(d->arena, sizeof(*a));

	a->peer = c->peer;
	a->name = c->name;
	*d->out->attempts_end = a;
	d->out->attempts_end = &a->next;
	return a;
}

/*
 * deliver_connect - a socket connected to a candidate
 */
int
deliver_connect(const struct plan *plan, const struct candidate *c, int *fd,
    struct span *helo, struct trouble *t)
{
	struct local_end local;
	char port[NUM_MAX];
	struct why why;
	bool bound;

	if (binding_for(&local, &plan->binding, &c->to.ip, t) < 0)
		return -1;
	bound = local.result == SOURCE_BIND;
	TRACE(plan->terms.trace, "connect", { "ip", c->peer },
	    { "port", num_text(port, c->to.port) }, { "name", c->name });
	*t = (struct trouble){ .stage = c->protocol == ROUTE_QMTP
		                            ? AT_CONNECT_QMTP
		                            : AT_CONNECT,
		.why = local.why };
	t->cause =
	    dial_socket(fd, c->to.ip.family, bound ? &local.ip : NULL, &t->err);
	/* A family that this host does not have is no lack of sockets. */
	if (t->cause == BY_LACK && t->err == EAFNOSUPPORT)
		t->cause = BY_SYSTEM;
	else if (t->cause == BY_SYSTEM)
		t->stage = AT_BIND;
	if (t->cause != BY_NOTHING)
		return -1;
	t->cause = dial(*fd, &c->to,
	    clock_earlier(clock_in(plan->connect_patience), plan->terms.cap),
	    &t->err);
	if (t->cause != BY_NOTHING)
		return -1;
	*helo = plan->binding.helo;
	if (!binding_helo_by_ip(&plan->binding) ||
	    (!bound && !dial_local(&local.ip, *fd)) ||
	    binding_helo(helo, &why, &plan->binding, &local.ip, t) == 0)
		return 0;
	(void)close(*fd);
	return -1;
}

/*
 * note_proof - what the session's TLS proved, for the report
 */
static void
note_proof(
    struct outcome *out, const struct session *s, const struct tls_want *w)
{
	static const struct span verified[] = {
		[VERIFIED_NONE] = { "none", 4 },
		[VERIFIED_PKIX] = { "pkix", 4 },
		[VERIFIED_DANE] = { "dane", 4 },
	};
	const struct tls_proof *p = &s->proof;

	out->protocol =
	    w->at_once ? s->protocol->name_at_once : s->protocol->name;
	out->tls_version = p->version;
	out->tls_cipher = p->cipher;
	out->verified = verified[p->verified];
}

/*
 * offer - one try at one candidate
 *
 * Returns 0 if the server had its say, which is then in the outcome; -1 with
 * *t if it did not come to that.
 */
static int
offer(struct delivery *d, const struct candidate *c, const struct tls_want *w,
    struct trouble *t)
{
	const struct plan *plan = d->plan;
	const struct protocol *p = protocols[c->protocol];
	struct session *s = NULL;
	struct span helo;
	int rc, fd;

	if (deliver_connect(plan, c, &fd, &helo, t) < 0)
		return -1;
	d->out->lacks_login = false;
	rc = p->open(&s, fd, helo, w, &plan->terms, d->arena, t);
	dane_tell(
	    &plan->dane, c, dane_verdict(w, s != NULL ? &s->proof : NULL, t));
	if (rc < 0)
		return -1;
	d->out->lacks_login = s->lacks_login;
	note_proof(d->out, s, w);
	rc = p->send(s, &plan->envelope, d->message, d->out, t);
	p->close(s);
	return rc;
}

/*
 * remember - tells the timeout table how it went
 *
 * A greeting that is not refused is a success, whatever comes after it; a
 * server that never came to greet us is neither.
 */
static void
remember(const struct delivery *d, const struct candidate *c,
    const struct trouble *t, bool penalise)
{
	bool smtps = d->plan->security.facts.smtps.file.n > 0;
	bool greeted =
	    t->cause == BY_NOTHING || t->stage == AT_MESSAGE ||
	    t->stage == AT_PARTIAL_LINE ||
	    (t->stage > AT_GREETING && !(smtps && t->stage == AT_HANDSHAKE));

	if (d->plan->tcpto == NULL)
		return;
	if (penalise)
		tcpto_failed(
		    d->plan->tcpto, &c->to.ip, d->plan->tolerance, time(NULL));
	else if (greeted)
		tcpto_worked(d->plan->tcpto, &c->to.ip);
}

/*
 * want_clear - QMTP is in clear, which something may forbid
 */
static int
want_clear(struct tls_want *w, const struct plan *plan, struct trouble *t)
{
	struct why why = plan->not_by_qmtp;

	if (why.file.n == 0 && (w->at_once || w->level > TLS_MAY))
		why = w->why;
	*w = (struct tls_want){ .level = TLS_NEVER,
		.why = { .file = protocols[ROUTE_QMTP]->name } };
	*t =
	    (struct trouble){ .stage = AT_CLEAR, .cause = BY_LACK, .why = why };
	return why.file.n > 0 ? -1 : 0;
}

/*
 * want_proven - mail that requires TLS is for the right server only
 *
 * Who forged its name would have a certificate for that; but a name that has
 * a file of ours was not forged.                          [8689:4.2.1]
 */
static int
want_proven(const struct tls_want *w, const struct plan *plan,
    const struct candidate *c, struct trouble *t)
{
	if (!plan->envelope.requiretls || !c->unproven || w->ca_file.n > 0)
		return 0;
	*t = (struct trouble){ .stage = AT_UNPROVEN,
		.cause = BY_DISTRUST,
		.about = plan->search.host,
		.why = plan->security.facts.requiretls };
	return -1;
}

/*
 * deliver_want - which TLS a candidate gets
 *
 * By QMTP it gets none; but what TLS would be demanded of it by SMTP, it must
 * not do without.
 */
int
deliver_want(struct tls_want *out, struct dane_records *records,
    const struct plan *plan, const struct candidate *c, struct arena *a,
    struct trouble *t)
{
	struct candidate smtp = candidate_by_smtp(c);
	int found = 0;

	*records = (struct dane_records){ .search = SEARCH_NOT_WANTED };
	if (plan->dane.wanted.file.n > 0) {
		records->search = SEARCH_EXCEPTED;
		if (!security_excepts(&plan->security, &smtp, a))
			found = dane_find(records, &plan->dane,
			    plan->search.resolver, &smtp, a, t);
	}
	if (found < 0)
		return -1;
	security_for(
	    out, &plan->security, &smtp, found > 0 ? records : NULL, a);
	return c->protocol == ROUTE_QMTP ? want_clear(out, plan, t)
	                                 : want_proven(out, plan, c, t);
}

/*
 * try_candidate - one candidate, and the one second chance some trouble earns
 *
 * In clear, after TLS that nobody demands has failed; it cannot come twice,
 * for without TLS there is no handshake to fail.
 */
static struct ruling
try_candidate(struct delivery *d, const struct candidate *c, struct trouble *t)
{
	unsigned mxps = c->smtp_port > 0 ? GIVEN_MXPS : 0;
	struct dane_records records;
	struct tls_want want;
	struct ruling r;

	if (deliver_want(&want, &records, d->plan, c, d->arena, t) < 0)
		return ruling_for(t, mxps);
	do {
		unsigned given =
		    d->plan->given | mxps |
		    (want.level == TLS_MAY ? GIVEN_MAY_BE_PLAIN : 0);

		if (offer(d, c, &want, t) == 0)
			*t = d->out->trouble;
		r = ruling_for(t, given);
		if (t->cause == BY_NOTHING)
			break;
		TRACE(d->shared->trace, "ruling",
		    { "stage", span_of(stage_name(t->stage)) },
		    { "cause", span_of(cause_words(t)) },
		    { "act", span_of(act_name(r.act)) });
		want.level = TLS_NEVER;
	} while (r.act == AGAIN_PLAIN);
	return r;
}

/*
 * require - where REQUIRETLS is set, want of TLS is want of that
 *
 * But not what keeps us from TLS here.
 */
static void
require(const struct delivery *d, struct trouble *t)
{
	if (!d->plan->envelope.requiretls ||
	    (t->stage != AT_STARTTLS && t->stage != AT_HANDSHAKE) ||
	    (t->stage == AT_HANDSHAKE && t->cause == BY_LACK))
		return;
	if (t->reply != NULL) {
		struct span text = reply_text(t->reply);

		t->about = span_cut(&text, '\n');
		t->reply = NULL;
	} else if (t->stage == AT_STARTTLS) {
		t->about = t->cause == BY_LACK ? SPAN("no STARTTLS")
		                               : span_of(cause_words(t));
	}
	t->stage = AT_REQUIRETLS;
}

/*
 * is_over - whether the time for the whole delivery has passed
 */
static bool
is_over(const struct delivery *d)
{
	return d->plan->terms.cap != NEVER &&
	       clock_left(d->plan->terms.cap) == 0;
}

/*
 * attempt - one candidate, and what its trouble means
 */
static enum act
attempt(struct delivery *d, const struct candidate *c)
{
	struct outcome *out = d->out;
	struct trouble t;
	struct ruling r;

	out->peer = c->peer;
	r = try_candidate(d, c, &t);
	if (r.act == AGAIN_SMTP) {
		struct candidate smtp = candidate_by_smtp(c);

		r = try_candidate(d, &smtp, &t);
	}
	if (t.cause == BY_NOTHING) {
		out->fate = ACCEPTED;
		remember(d, c, &t, false);
		return STOP;
	}
	/* When our own time is up, that is not the server's fault. */
	remember(d, c, &t, r.penalise && !is_over(d));
	require(d, &t);
	out->trouble = t;
	out->fate = r.fate;
	out->maybe_twice = r.maybe_twice;
	if (r.act == NEXT)
		note(d, c)->trouble = t;
	return r.act;
}

/*
 * nobody - the list ended, and no candidate settled it
 *
 * The last trouble is the headline.  It is final only if each candidate
 * ended so, and there may not be another one at another time.
 */
static void
nobody(struct delivery *d)
{
	struct outcome *out = d->out;
	const struct plan *plan = d->plan;
	/* When time is up, some of them may not have been asked. */
	bool final = !candidates_unsure(plan->candidates) && !is_over(d);
	bool tried = false;
	struct trouble t;

	for (const struct attempt *a = out->attempts; a != NULL; a = a->next) {
		if (!a->skipped)
			tried = true;
		if (a->skipped ||
		    ruling_for(&a->trouble, plan->given).fate != REFUSED)
			final = false;
	}
	if (tried) {
		if (!final)
			out->fate = DEFERRED;
		return;
	}
	if (out->attempts != NULL)
		t = (struct trouble){ .stage = AT_ALL_SKIPPED,
			.cause = BY_LACK,
			.about = plan->search.host };
	else
		candidates_lack(plan->candidates, &t);
	outcome_trouble(out, &t);
}

/*
 * is_ready - whether the message can be sent by the candidate's protocol
 *
 * What it takes to know that may take time, which no server should wait for.
 */
static bool
is_ready(struct delivery *d, const struct candidate *c)
{
	struct trouble t = { .stage = AT_MESSAGE };

	if (!protocols[c->protocol]->measures)
		return true;
	t.cause = message_measure(d->message, d->plan->tmpdir, &t.err);
	if (t.cause == BY_NOTHING && message_is_partial(d->message))
		t = (struct trouble){ .stage = AT_PARTIAL_LINE,
			.cause = BY_LACK };
	if (t.cause != BY_NOTHING)
		outcome_trouble(d->out, &t);
	return t.cause == BY_NOTHING;
}

/*
 * deliver - carries the plan out
 */
void
deliver(struct outcome *out, struct plan *plan, struct message *m,
    const struct shared *shared, struct arena *a)
{
	struct delivery d = { out, plan, m, shared, a };
	struct envelope *e = &plan->envelope;
	struct candidate c;
	struct trouble t;

	if (plan->international && !e->utf8)
		e->utf8 = header_needs_utf8(e->extra, message_first(m));
	if (login_fetch(&plan->login, plan->terms.cap, a, &t) < 0) {
		outcome_trouble(out, &t);
		return;
	}
	while ((out->attempts == NULL || !is_over(&d)) &&
	       candidates_next(&c, plan->candidates)) {
		if (tcpto_recent(
		        plan->tcpto, &c.to.ip, plan->penalty, time(NULL))) {
			note(&d, &c)->skipped = true;
			continue;
		}
		if (!is_ready(&d, &c) || attempt(&d, &c) == STOP)
			return;
	}
	nobody(&d);
}
