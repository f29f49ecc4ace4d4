/*
 * words - a command line as its words, without a shell
 *
 * Spaces and tabs part words.  In single quotes every character is itself; in
 * double quotes a backslash before '"' or '\', and elsewhere before any
 * character, takes its meaning.  What a shell would do more with is an error,
 * not a character: a filter must not be run in another way than its author
 * meant.
 */
#ifndef FILE_WORDS_H
#define FILE_WORDS_H

#include "base/arena.h"

/* Words; argv has a NULL behind the last.               value */
struct words {
	const char *const *argv;
	size_t n;
};

/*
 * words_take - the words of a text, up to a colon outside of quotes if
 * colon_ends
 *
 * *rest, at first the text, becomes what follows that colon, or is empty.
 * False if the text makes no sense: *wrong says why.
 */
bool words_take(struct words *out, struct span *rest, bool colon_ends,
    struct arena *, const char **wrong);

#endif
