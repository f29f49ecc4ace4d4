/*
 * ruling - what each trouble means
 *
 * The one place with an opinion: whether the next candidate is tried, what
 * becomes of the mail, and in which words the postmaster hears of it.
 */
#ifndef POLICY_RULING_H
#define POLICY_RULING_H

#include "mail/outcome.h"

/* What to do next. */
enum act {
	STOP,
	NEXT,
	/* The same candidate, on a new connection without TLS. */
	AGAIN_PLAIN,
	/* The same candidate, by SMTP. */
	AGAIN_SMTP,
};

/* Circumstances of a trouble, or-ed. */
enum given {
	/* TRY_NEXT_MX_HELO_FAIL is set. */
	GIVEN_HELLO_NEXT = 1,
	/* TLS was tried though nobody demands it. */
	GIVEN_MAY_BE_PLAIN = 2,
	/* MXPS: QMTP is tried though SMTP would do. */
	GIVEN_MXPS = 4,
	/* This host has nothing to call from, as the trouble's errno says. */
	GIVEN_LOCAL = 8,
	/* AUTH_PERMFAIL is set. */
	GIVEN_AUTH_PERMFAIL = 16,
};

struct ruling {
	enum act act;
	/* Of the message, if nothing better comes: DEFERRED or REFUSED. */
	enum fate fate;
	/* Its address goes into the timeout table. */
	bool penalise;
	/* The message may have been accepted all the same. */
	bool maybe_twice;
	/* The enhanced status code of the report, "4.4.2". */
	const char *ecode;
	/*
	 * The report's first line, without its full stop: %p is the peer's
	 * address, %h what the trouble is about, %w the file and line, %e the
	 * system's reason.
	 */
	const char *text;
};

/*
 * ruling_for - the first row of the table that fits
 *
 * Every trouble has a ruling; one that no row foresaw is DEFERRED and ends
 * the delivery.  given: circumstances, or-ed.                [5321:5.1]
 */
struct ruling ruling_for(const struct trouble *, unsigned given);

/*
 * What follows the class in the number of a refused login, by the code of the
 * refusal: ".7.8" for 535.                                         [4954:6]
 */
const char *ruling_auth_number(unsigned code);

/* The name of an act, for a trace. */
const char *act_name(enum act);

/* The name of a stage for a postmaster: "greeting", "RCPT". */
const char *stage_name(enum stage);

/* How it failed, for a postmaster: "timed out"; BY_SYSTEM has errno's words. */
const char *cause_words(const struct trouble *);

#endif
