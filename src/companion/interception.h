/*
 * interception - a delivery that another program has come between
 *
 * qmail-rspawn starts such a program in place of qmail-remote.  It settles
 * the delivery itself, and reports, or hands it over to qmail-remote.
 */
#ifndef COMPANION_INTERCEPTION_H
#define COMPANION_INTERCEPTION_H

#include "base/buf.h"
#include "delivery/request.h"
#include "file/settings.h"

#include <signal.h>

/* confined */
struct interception {
	/* The name of the program, for reports. */
	const char *program;
	struct request request;
	struct settings *settings;
	/* Not 0 once we are told to stop. */
	const volatile sig_atomic_t *stop;
	struct arena *arena;
	/* What is handed over: arguments, environment, and the message. */
	const char **argv;
	struct env env;
	int message;
	/* What is reported, if nothing is handed over. */
	struct buf report;
};

/*
 * A delivery as such a program does it: true if it is to be handed over,
 * false if it is settled and the report is made.
 */
typedef bool intercept(struct interception *);

/* Reports that the message is taken: every recipient, then the words. */
void interception_accept(struct interception *, struct span words);

/* Reports a trouble.  Always false, as are those below. */
bool interception_trouble(struct interception *, const struct trouble *);

/*
 * Reports a failure: the letter, the words, the code without its class, and
 * what a program said, if anything.
 */
bool interception_fail(struct interception *, char letter, struct span words,
    const char *code, struct span said);

/* Reports that something failed by errno, and that this may pass. */
bool interception_fail_by(
    struct interception *, const char *what, struct span about, int err);

/* Reports that we are told to stop. */
bool interception_stop(struct interception *);

#endif
