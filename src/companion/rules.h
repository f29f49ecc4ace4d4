/*
 * rules - lines of control files that begin with a pattern
 */
#ifndef COMPANION_RULES_H
#define COMPANION_RULES_H

#include "file/pattern.h"
#include "file/settings.h"
#include "mail/trouble.h"

/* A walk through the lines of a file.                    confined */
struct rules {
	struct control lines;
	/* The file, and the line returned last. */
	struct why why;
	enum pattern_kind kind;
	struct arena *arena;
};

/*
 * Begins the walk; a file that is not there has no lines.  Patterns are
 * regular expressions if QREGEX is set, and not 0.  Returns 0, or -1 with *t.
 */
int rules_begin(struct rules *out, struct settings *, enum setting,
    struct arena *, struct trouble *t);

/* The next line that counts; false after the last. */
bool rules_next(struct span *line, struct rules *);

/*
 * rules_match - whether the pattern of the line returned last is the text
 *
 * Returns 1 or 0, or -1 with *t: the pattern makes no sense.
 */
int rules_match(const struct rules *, struct span pattern, struct span text,
    struct trouble *t);

/* The line returned last makes no sense, as a trouble.  Always -1. */
int rules_bad(const struct rules *, const char *wrong, struct trouble *t);

/*
 * rules_environment - the environment that a file of "pattern:envstr" makes
 * for an address: that of the first line that matches
 *
 * *line is the number of that line, 0 if there is none: *out is then *old.
 * Returns 0, or -1 with *t.
 */
int rules_environment(struct env *out, unsigned *line, const struct env *old,
    struct settings *, enum setting, struct span address, struct arena *,
    struct trouble *t);

#endif
