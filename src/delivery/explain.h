/*
 * explain - what would happen to a message, and why, without sending it
 *
 * Makes the plan that a delivery would make, walks through its candidates,
 * and keeps what decided each step.
 */
#ifndef DELIVERY_EXPLAIN_H
#define DELIVERY_EXPLAIN_H

#include "base/buf.h"
#include "delivery/plan.h"

/* What a server answered when it was asked.                          value */
struct probe {
	bool connected;
	/* Its EHLO reply; NULL if it did not come to that, as with QMTP. */
	const struct reply *hello;
	/* Milliseconds until then. */
	uint64_t took;
};

/* One candidate, and all that is decided about it. */
struct server {
	struct server *next;
	struct candidate candidate;
	/* Only if the one before it, by QMTP, cannot be tried. */
	bool falls_back;
	struct local_end local;
	struct span helo;
	struct why helo_why;
	/* It lately failed, and would be passed over. */
	bool resting;
	/* How often it lately failed, and how many seconds ago it last did. */
	unsigned failures;
	int64_t failed_ago;
	/* Which TLS it would get, and the TLSA records that say so; with a
	 * probe, what that showed and proved. */
	struct tls_want want;
	struct dane_records records;
	struct tls_proof proof;
	struct tls_seen seen;
	/* Why it would not be talked to; BY_NOTHING if it would. */
	struct trouble trouble;
	struct probe probe;
};

struct explanation {
	const struct request *request;
	struct plan plan;
	/* Why there is no plan, or no candidate; else BY_NOTHING. */
	struct trouble trouble;
	/* In the order they would be tried. */
	struct server *servers;
	/* The servers have been asked. */
	bool probed;
	/* What the timeout table has. */
	struct tcpto_record *records;
	size_t nrecords;
	/* Some lookup failed for now: there may be more. */
	bool unsure;
};

/*
 * explain_make - the explanation of a request
 *
 * With probe, each server is called, hears EHLO and QUIT, and that is all.
 */
void explain_make(struct explanation *out, const struct request *,
    struct settings *, const struct shared *, bool probe, struct arena *);

/* Whether its plan came as far as a route and a login that make sense. */
bool explain_has_path(const struct explanation *);

/* Adds it to a buf, for a person to read; or as JSON. */
void explain_put_text(struct buf *, const struct explanation *);
void explain_put_json(struct buf *, const struct explanation *);

/* The same for every setting: its value, and where it comes from. */
void explain_put_settings(struct buf *, struct settings *);
void explain_put_settings_json(struct buf *, struct settings *);

#endif
