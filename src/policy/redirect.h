/*
 * redirect - a line of redirectremote: which mail goes elsewhere
 *
 * addr:d|r|s:dest[:prefix]
 */
#ifndef POLICY_REDIRECT_H
#define POLICY_REDIRECT_H

#include "base/span.h"

/* What a line looks at. */
enum redirect_by { REDIRECT_DOMAIN, REDIRECT_RECIPIENT, REDIRECT_SENDER };

/* value; its spans are parts of the line */
struct redirect {
	struct span pattern;
	enum redirect_by by;
	/* A Maildir if it begins with '/', else an address. */
	struct span dest;
	bool is_maildir;
	/* For Delivered-To; empty: none. */
	struct span prefix;
};

/*
 * redirect_parse - a line, taken apart
 *
 * False if the line makes no sense: *wrong says why.
 */
bool redirect_parse(struct redirect *out, struct span line, const char **wrong);

#endif
