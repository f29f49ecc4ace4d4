/*
 * daned - the protocol of qmail-daned
 *
 * A question is a letter, the name of a server or domain, and a NUL.  The
 * answer is two bytes: whether the name is known, and what is known of it.
 */
#ifndef PROTO_DANED_H
#define PROTO_DANED_H

#include "base/cause.h"
#include "base/clock.h"
#include "net/ip.h"

enum {
	DANED_PORT = 1998,
	/* Bytes of an answer. */
	DANED_ANSWER = 2,
	/* The longest name, and the longest question about it. */
	DANED_NAME_MAX = 253,
	DANED_QUESTION_MAX = DANED_NAME_MAX + 2,
};

enum daned_verb {
	DANED_VERIFY = 'D',
	DANED_QUERY = 'q',
	DANED_SUCCESS = 'S',
	DANED_FAILURE = 'F',
};

enum daned_status {
	DANED_NEW,
	DANED_WHITELISTED,
	DANED_VERIFIED,
	/* There is nothing to verify, or it is not wanted for this name. */
	DANED_NOT_VERIFIED,
	DANED_FAILED,
	/* Older than the daemon's timeout. */
	DANED_STALE,
	DANED_STATUSES,
};

/* value */
struct daned_answer {
	bool known;
	enum daned_status status;
};

/*
 * daned_put - a question, written into the array
 *
 * Empty if the name cannot be asked for.  Names are in lower case and without
 * a dot at their end.
 */
struct span daned_put(
    char packet[DANED_QUESTION_MAX], enum daned_verb, struct span name);

/*
 * daned_parse - a question that came
 *
 * *name is in the array, in lower case.  False if it is not a question.
 */
bool daned_parse(enum daned_verb *, struct span *name,
    char room[DANED_NAME_MAX], struct span packet);

/* Whether it can be the name of a domain or server, as *out in the array. */
bool daned_name(struct span *out, char room[DANED_NAME_MAX], struct span name);

/* The two bytes of an answer; and back: false if they are not an answer. */
void daned_answer_put(char bytes[DANED_ANSWER], struct daned_answer);
bool daned_answer_parse(struct daned_answer *, const char bytes[DANED_ANSWER]);

/* Whether an answer says that DANE is not for this name.  No other answer
 * changes anything: none takes the place of a verification. */
bool daned_excuses(struct daned_answer);

/* A status, for a person. */
const char *daned_status_name(enum daned_status);

/*
 * daned_endpoint - "host@port"; a part that is missing is 127.0.0.1 or 1998
 *
 * The host is an address; "0" is 0.0.0.0.  Without "@" it is the host alone.
 * False if it makes no sense.
 */
bool daned_endpoint(struct endpoint *out, struct span text);

/*
 * daned_ask - asks a daemon
 *
 * BY_NOTHING: *out is its answer.  BY_GARBLE: there is no such name, or it
 * did not answer in two bytes that mean something.  BY_TIMEOUT, BY_SYSTEM
 * with *err: it did not answer.
 */
enum cause daned_ask(struct daned_answer *out, const struct endpoint *,
    enum daned_verb, struct span name, instant by, int *err);

/* Tells a daemon, without waiting for what it says. */
void daned_tell(const struct endpoint *, enum daned_verb, struct span name);

#endif
