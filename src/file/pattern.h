/*
 * pattern - whether an address is what the postmaster wrote
 *
 * A pattern is the address itself, or has wildcards as a shell has them, or
 * is a regular expression.  Case does not count.
 */
#ifndef FILE_PATTERN_H
#define FILE_PATTERN_H

#include "file/env.h"

/* How patterns are read. */
enum pattern_kind {
	/* '*', '?', "[a-z]", "[!a-z]"; a backslash takes their meaning. */
	PATTERN_WILDCARDS,
	/* Extended, of POSIX; found anywhere unless it has '^' and '$'. */
	PATTERN_REGEX,
};

/* Regular expressions if the variable is set, and not to 0. */
enum pattern_kind pattern_kind(const struct env *, const char *variable);

enum pattern_result {
	PATTERN_DIFFERS,
	PATTERN_MATCHES,
	/* It is no regular expression, or took too much memory. */
	PATTERN_BAD,
};

/*
 * pattern_match - whether the text, all of it, is the pattern
 *
 * A pattern with wildcards that is equal to the text matches it, too: so do
 * addresses in brackets.  Neither may hold a NUL.
 */
enum pattern_result pattern_match(
    struct span pattern, struct span text, enum pattern_kind, struct arena *);

/*
 * pattern_split - the pattern of a line "pattern:rest"
 *
 * *rest, at first the line, becomes what follows the first colon that is not
 * behind a backslash and not in brackets.  False if there is none: the
 * pattern is then the whole line.
 */
bool pattern_split(struct span *pattern, struct span *rest);

#endif
