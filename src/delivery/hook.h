/*
 * hook - a program that hears what became of a message
 *
 * ONSUCCESS_REMOTE, ONFAILURE_REMOTE and ONTEMPORARY_REMOTE name one each.
 * It runs when the report has been written, and can change nothing in it.
 */
#ifndef DELIVERY_HOOK_H
#define DELIVERY_HOOK_H

#include "base/trace.h"
#include "file/settings.h"
#include "mail/outcome.h"
#include "proto/message.h"

/* What a hook is told.                                            value */
struct hook {
	/* Our own arguments, NULL behind the last. */
	char *const *argv;
	const struct outcome *outcome;
	/* As it was written. */
	struct span report;
	/* What fd 0 holds; NULL if nothing has been read from it. */
	const struct message *message;
	const struct trace *trace;
};

/* The variable that names the hook for a fate, and its path; may be empty. */
struct span hook_path(const char **variable, struct settings *, enum fate fate);

/*
 * hook_run - runs the hook for what became of the message, if there is one
 *
 * The settings are those of the route.  Returns the exit status that is due:
 * the hook's, but 0 if there is none, it cannot be run, is ended by a signal
 * or takes too long, or HOOK_EXIT says so.  If there is one, fd 1 and fd 2
 * are /dev/null afterwards, and fd 0 is if it cannot go back to where the
 * message begins: whoever reads the report sees its end before the hook runs.
 */
int hook_run(const struct hook *, struct settings *);

#endif
