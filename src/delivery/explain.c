/*
 * explain - what would happen to a message, and why, without sending it
 */
#include "delivery/explain.h"

#include "delivery/deliver.h"
#include "net/dial.h"

#include <time.h>
#include <unistd.h>

/*
 * ask - calls a server, hears what it can do, and takes leave
 */
static void
ask(struct explanation *x, struct server *s, struct arena *a)
{
	instant began = clock_now();
	struct span helo;
	struct ip local;
	struct smtp *session;
	int fd;

	if (deliver_connect(&x->plan, &s->candidate, &fd, &helo, &s->trouble) <
	    0)
		return;
	s->probe.connected = true;
	s->helo = helo;
	/* By QMTP a server says nothing until it has a message. */
	if (s->candidate.protocol == ROUTE_QMTP) {
		s->probe.took = (uint64_t)(clock_now() - began);
		(void)close(fd);
		return;
	}
	/* Why that name, if it is by an address that is known only now. */
	if (binding_helo_by_ip(&x->plan.binding) && dial_local(&local, fd))
		(void)binding_helo(&s->helo, &s->helo_why, &x->plan.binding,
		    &local, &s->trouble);
	s->seen.arena = a;
	s->want.seen = &s->seen;
	if (smtp_open(&session, fd, helo, &s->want, &x->plan.terms, a,
	        &s->trouble) < 0)
		return;
	s->probe.hello = smtp_hello(session);
	s->proof = *smtp_proof(session);
	s->probe.took = (uint64_t)(clock_now() - began);
	smtp_close(session);
}

/*
 * recall - what the timeout table has of a server
 */
static void
recall(struct explanation *x, struct server *s, int64_t now)
{
	for (size_t i = 0; i < x->nrecords; i++) {
		const struct tcpto_record *r = &x->records[i];

		if (ip_equal(&r->ip, &s->candidate.to.ip)) {
			s->failures = r->count;
			s->failed_ago = now - (int64_t)r->time;
		}
	}
}

/*
 * look_at - what would be done with one candidate
 */
static struct server *
look_at(struct explanation *x, const struct candidate *c, bool probe,
    struct arena *a)
{
	struct server *s = arena_zero(a, sizeof(*s));
	const struct plan *plan = &x->plan;
	int64_t now = time(NULL);

	s->candidate = *c;
	recall(x, s, now);
	s->resting = tcpto_recent(plan->tcpto, &c->to.ip, plan->penalty, now);
	if (deliver_want(&s->want, &s->records, plan, c, a, &s->trouble) < 0 ||
	    binding_for(&s->local, &plan->binding, &c->to.ip, &s->trouble) < 0)
		return s;
	s->trouble = (struct trouble){ .cause = BY_NOTHING };
	s->helo = plan->binding.helo;
	s->helo_why = plan->binding.helo_why;
	/* With the system's choice of address it is known once connected. */
	if (s->local.result == SOURCE_BIND)
		(void)binding_helo(&s->helo, &s->helo_why, &plan->binding,
		    &s->local.ip, &s->trouble);
	if (probe && s->trouble.cause == BY_NOTHING)
		ask(x, s, a);
	return s;
}

/*
 * explain_make - the explanation of a request
 */
void
explain_make(struct explanation *out, const struct request *r,
    struct settings *settings, const struct shared *shared, bool probe,
    struct arena *a)
{
	struct server **end = &out->servers;
	struct candidate c;
	instant by;
	int err;

	*out = (struct explanation){ .request = r, .probed = probe };
	if (plan_deadline(&by, r, settings, 0, &out->trouble) < 0 ||
	    plan_make(&out->plan, r, settings, by, shared, a, &out->trouble) <
	        0)
		return;
	out->trouble = (struct trouble){ .cause = BY_NOTHING };
	(void)tcpto_list(&out->records, &out->nrecords,
	    tcpto_path(out->plan.queuedir, a), shared->tcpto_layout, a, &err);
	while (candidates_next(&c, out->plan.candidates)) {
		struct candidate smtp = candidate_by_smtp(&c);

		*end = look_at(out, &c, probe, a);
		end = &(*end)->next;
		if (c.smtp_port == 0)
			continue;
		*end = look_at(out, &smtp, probe, a);
		(*end)->falls_back = true;
		end = &(*end)->next;
	}
	out->unsure = candidates_unsure(out->plan.candidates);
	if (out->servers == NULL)
		candidates_lack(out->plan.candidates, &out->trouble);
}

/*
 * explain_has_path - whether the plan came as far as a route and a login
 */
bool
explain_has_path(const struct explanation *x)
{
	return x->trouble.cause == BY_NOTHING || x->trouble.stage > AT_ROUTE;
}
