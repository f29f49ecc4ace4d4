/*
 * utf8 - which bytes are UTF-8                                 [3629:4]
 */
#ifndef MAIL_UTF8_H
#define MAIL_UTF8_H

#include "base/span.h"

enum utf8 {
	/* No byte is above 127. */
	UTF8_ASCII,
	/* There are such bytes, and the whole is valid. */
	UTF8_TEXT,
	/* There are such bytes, and some of them make no sense. */
	UTF8_BROKEN,
};

/* What the bytes are, all of them together. */
enum utf8 utf8_kind(struct span);

/*
 * The bytes of the character that s begins with, 1 to 4; 0 if it begins with
 * none: a longer form than needed, half of a surrogate pair, a number that is
 * no character's, or one that is cut.
 */
size_t utf8_length(struct span s);

/* Whether the character that s begins with, if any, is a control: U+0000 to
 * U+001F, and U+007F to U+009F. */
bool utf8_is_control(struct span s);

#endif
