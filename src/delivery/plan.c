/*
 * plan - everything decided before a server is called
 */
#include "delivery/plan.h"

#include "base/num.h"
#include "delivery/eai.h"
#include "delivery/notice.h"
#include "delivery/planning.h"
#include "delivery/signing.h"
#include "mail/address.h"
#include "policy/ruling.h"

enum {
	/* A whole delivery: seconds, and bytes of message for one more. */
	DELIVERY_SECONDS = 3600,
	DELIVERY_BYTES = 1000,
};

/*
 * make_envelope - sender and recipients, size and extra header
 */
static void
make_envelope(struct planning *p)
{
	struct envelope *e = &p->plan->envelope;
	const struct request *r = p->request;
	struct span *rcpt = arena_array(p->arena, r->nrcpt, sizeof(*rcpt));
	struct buf b;
	uint64_t size;

	if (!address_is_null(r->sender))
		e->sender = planning_wire_form(p, r->sender);
	for (size_t i = 0; i < r->nrcpt; i++)
		rcpt[i] = planning_wire_form(p, r->rcpt[i]);
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
}

/*
 * set_notice - which notifications are asked for
 *
 * A null sender gets none.  What is said of the recipient is of one only.
 */
static int
set_notice(struct planning *p)
{
	struct envelope *e = &p->plan->envelope;
	struct fault f = { .err = 0 };
	enum setting bad;

	if (e->sender.n == 0)
		return 0;
	if (!notice_read(&e->dsn, &bad, &f.why.rule, p->settings, p->arena)) {
		f.why.file = span_of(settings_row(bad)->env);
		return planning_bad_file(p, BY_GARBLE, &f);
	}
	if (e->nrcpt > 1)
		e->dsn.orcpt = SPAN("");
	return 0;
}

/*
 * plan_deadline - when the whole delivery must be over
 */
int
plan_deadline(instant *out, const struct request *r, struct settings *s,
    uint64_t length, struct trouble *t)
{
	struct planning p = { .settings = s, .trouble = t };
	uint64_t seconds = UINT64_MAX, size = 0;

	if (num_whole(&size, r->size) && size > length)
		length = size;
	if (planning_number(&seconds, &p, SET_TIMEOUTDELIVERY) < 0)
		return -1;
	if (seconds == UINT64_MAX)
		seconds = DELIVERY_SECONDS + length / DELIVERY_BYTES;
	*out = seconds == 0 || seconds > INT64_MAX / 1000
	           ? NEVER
	           : clock_in(seconds * 1000);
	return 0;
}

/*
 * set_terms - how to talk to a server, whichever it will be
 */
static int
set_terms(struct planning *p, instant by)
{
	struct smtp_terms *terms = &p->plan->terms;
	struct span source;
	struct control discard;
	struct fault f;
	enum cause c;

	terms->trace = p->shared->trace;
	terms->progress = p->shared->progress;
	c = settings_list(&discard, &source, p->settings, SET_EHLODISCARD, &f);
	if (c != BY_NOTHING)
		return planning_bad_file(p, c, &f);
	terms->discard = discard.rest;
	if (planning_milliseconds(&terms->patience, p, SET_TIMEOUTREMOTE) < 0 ||
	    planning_milliseconds(
	        &p->plan->connect_patience, p, SET_TIMEOUTCONNECT) < 0)
		return -1;
	terms->cap = by;
	return 0;
}

/*
 * set_route - where the mail goes: a relay, or the host itself
 */
static int
set_route(struct planning *p)
{
	char digits[NUM_MAX];
	struct plan *plan = p->plan;
	const struct route *route = &plan->path.route;

	plan->search =
	    (struct search){ .host = p->request->host, .port = SMTP_PORT };
	if (eai_find_alias(p) < 0 ||
	    path_find(&plan->path, p->request, p->alias, &p->settings, p->arena,
	        p->trouble) < 0 ||
	    eai_find_alias(p) < 0)
		return -1;
	/* A line that changes neither server nor port is no route here. */
	plan->search.mxps = route->protocol == ROUTE_SMTP &&
	                    route->relay.n == 0 && route->port == 0 &&
	                    !settings_flag(p->settings, SET_DISABLE_MXPS);
	if (!plan->path.routed)
		return 0;
	plan->search.why = route->why;
	plan->search.protocol = route->protocol;
	if (route->protocol == ROUTE_QMTP)
		plan->search.port = QMTP_PORT;
	plan->search.relayed = route->relay.n > 0;
	if (plan->search.relayed)
		plan->search.host = span_undotted(route->relay);
	if (route->port > 0)
		plan->search.port = route->port;
	TRACE(p->shared->trace, "route", { "file", route->why.file },
	    { "line", num_text(digits, route->why.line) },
	    { "rule", route->why.rule }, { "relay", route->relay });
	return 0;
}

/*
 * set_penalty - how long servers that failed are left in peace
 */
static int
set_penalty(struct planning *p)
{
	struct plan *plan = p->plan;

	if (planning_number(&plan->penalty, p, SET_MIN_PENALTY) < 0 ||
	    planning_number(&plan->tolerance, p, SET_MAX_TOLERANCE) < 0)
		return -1;
	if (plan->path.route.penalty >= 0)
		plan->penalty = (uint64_t)plan->path.route.penalty;
	if (plan->path.route.tolerance >= 0)
		plan->tolerance = (uint64_t)plan->path.route.tolerance;
	plan->queuedir = settings_dir(p->settings, SET_QUEUEDIR);
	plan->tcpto =
	    tcpto_open(plan->queuedir, p->shared->tcpto_layout, p->arena);
	return 0;
}

/*
 * set_login - how to log in
 */
static int
set_login(struct planning *p)
{
	struct plan *plan = p->plan;

	if (login_read(&plan->login, p->settings, &plan->path, p->trouble) < 0)
		return -1;
	if (settings_flag(p->settings, SET_AUTH_PERMFAIL))
		plan->given |= GIVEN_AUTH_PERMFAIL;
	if (!plan->login.wanted)
		return 0;
	plan->login.want.host = plan->search.host;
	plan->login.want.port = plan->search.port;
	plan->terms.auth = &plan->login.want;
	return 0;
}

/*
 * set_qmtp - what QMTP needs, and what keeps us from it
 *
 * There is no login with QMTP, nor TLS, if they are asked of every server.
 */
static int
set_qmtp(struct planning *p)
{
	struct plan *plan = p->plan;
	struct span directory;
	struct fault f;
	enum cause c;

	if (plan->login.want.demanded.file.n > 0)
		plan->not_by_qmtp = plan->login.want.demanded;
	else if (plan->security.facts.requiretls.file.n > 0)
		plan->not_by_qmtp = plan->security.facts.requiretls;
	else if (plan->login.wanted)
		plan->not_by_qmtp = plan->login.want.why;
	c = settings_text(&directory, p->settings, SET_TMPDIR, &f);
	plan->tmpdir = directory.p;
	return c == BY_NOTHING ? 0 : planning_bad_file(p, c, &f);
}

/*
 * plan_make - a plan for a request
 *
 * The route comes first: it may change the settings of all the rest.
 */
int
plan_make(struct plan *out, const struct request *r, struct settings *s,
    instant by, const struct shared *shared, struct arena *a, struct trouble *t)
{
	struct planning p = { .plan = out,
		.request = r,
		.settings = s,
		.shared = shared,
		.arena = a,
		.trouble = t };
	struct span sender = address_is_null(r->sender) ? SPAN("") : r->sender;

	*out = (struct plan){ .connect_patience = 0 };
	make_envelope(&p);
	if (set_route(&p) < 0 || eai_apply(&p) < 0 || set_notice(&p) < 0 ||
	    signing_apply(&p) < 0)
		return -1;
	out->settings = p.settings;
	out->envelope.requiretls = settings_flag(p.settings, SET_REQUIRETLS);
	if (settings_flag(p.settings, SET_TRY_NEXT_MX_HELO_FAIL))
		out->given |= GIVEN_HELLO_NEXT;
	if (security_read(&out->security, &out->terms.tls, p.settings,
	        &out->path, r->host, p.alias, a, t) < 0 ||
	    set_terms(&p, by) < 0 ||
	    binding_read(&out->binding, p.settings,
	        p.alias.n > 0 ? p.alias : r->host, sender, t) < 0 ||
	    eai_name(&out->binding.helo, &p, out->binding.helo) < 0 ||
	    set_penalty(&p) < 0 ||
	    dane_read(&out->dane, p.settings, by, shared->trace, a, t) < 0 ||
	    set_login(&p) < 0 || set_qmtp(&p) < 0)
		return -1;
	return planning_find_candidates(&p);
}
