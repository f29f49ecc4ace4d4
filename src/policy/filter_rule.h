/*
 * filter_rule - a line of filterargs: which filter mail of a domain goes
 * through
 *
 * domain[:remote|:local]:args[:envstr]
 */
#ifndef POLICY_FILTER_RULE_H
#define POLICY_FILTER_RULE_H

#include "file/words.h"

/* value; its spans are parts of the line */
struct filter_rule {
	/* Of the domain. */
	struct span pattern;
	/* It is for mail to local mailboxes, which is not ours. */
	bool is_local;
	/* The filter and its arguments; at least one. */
	struct words words;
	/* Changes to the environment; may be empty. */
	struct span changes;
};

/*
 * filter_rule_parse - a line, taken apart
 *
 * A colon within args must be in quotes or behind a backslash.  False if the
 * line makes no sense: *wrong says why, and *out has the pattern, and whether
 * the line is for local mail, if that is known.
 */
bool filter_rule_parse(struct filter_rule *out, struct span line,
    struct arena *, const char **wrong);

#endif
