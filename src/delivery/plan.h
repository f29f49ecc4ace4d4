/*
 * plan - everything decided before a server is called
 *
 * Gathers the facts from arguments, settings and DNS, asks policy/, and keeps
 * the answers.
 */
#ifndef DELIVERY_PLAN_H
#define DELIVERY_PLAN_H

#include "delivery/binding.h"
#include "delivery/candidates.h"
#include "delivery/login.h"
#include "delivery/path.h"
#include "delivery/security.h"
#include "net/tcpto.h"
#include "proto/smtp.h"

/* confined */
struct plan {
	/* As the route has them; NULL before there is one. */
	struct settings *settings;
	struct envelope envelope;
	struct smtp_terms terms;
	/* Milliseconds to wait for a connection. */
	uint64_t connect_patience;
	/* Seconds, for the timeout table. */
	uint64_t penalty, tolerance;
	/* Headers and addresses in UTF-8 are respected. */
	bool international;
	/* Where the key is that signed the sender; its file is empty if it is
	 * not signed. */
	struct why signed_by;
	/* Circumstances for rulings: enum given, or-ed. */
	unsigned given;
	/* The route of the mail. */
	struct path path;
	/* The host that mail is for, or the relay it goes to. */
	struct search search;
	struct candidates *candidates;
	/* The local end of connections. */
	struct binding binding;
	/* Addresses that lately failed; NULL: not known. */
	struct tcpto *tcpto;
	/* The queue whose table that is. */
	const char *queuedir;
	/* What QMTP cannot give; its file is empty if nothing is asked for. */
	struct why not_by_qmtp;
	/* Where a message is kept that must be measured. */
	const char *tmpdir;
	/* How to log in. */
	struct login_plan login;
	/* Which TLS servers get, and whether DNS has a say in it. */
	struct security security;
	struct dane dane;
};

/* What deliveries of one process have in common. */
struct shared {
	const struct trace *trace;
	enum tcpto_layout tcpto_layout;
	progress *progress;
};

/*
 * plan_deadline - when the whole delivery must be over
 *
 * A large message has more time: by its length, 0 if that is not known, or
 * by what the caller says it is.  Returns 0, or -1 with *t.
 */
int plan_deadline(instant *out, const struct request *, struct settings *,
    uint64_t length, struct trouble *t);

/*
 * plan_make - a plan for a request, to be over by the deadline
 *
 * Returns 0, or -1 with *t when it is clear already that nothing can be
 * sent.  *out is filled in as far as it got; its envelope is whole unless
 * the addresses could not be made ready.
 */
int plan_make(struct plan *out, const struct request *, struct settings *,
    instant by, const struct shared *, struct arena *, struct trouble *t);

#endif
