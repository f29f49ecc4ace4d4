/*
 * utf8 - which bytes are UTF-8                                 [3629:4]
 */
#include "mail/utf8.h"

#include "base/compiler.h"

#include <stdint.h>
#include <string.h>

/*
 * The first bytes of characters, and what may follow the first: it is there
 * that forms which are too long, surrogates, and numbers above U+10FFFF are
 * left out.  Every later byte is from 0x80 to 0xbf.
 */
/* clang-format off */
static const struct form {
	unsigned char	first_low, first_high;
	unsigned char	second_low, second_high;
	size_t		length;
} forms[] = {
	{ 0xc2, 0xdf,	0x80, 0xbf,	2 },
	{ 0xe0, 0xe0,	0xa0, 0xbf,	3 },
	{ 0xe1, 0xec,	0x80, 0xbf,	3 },
	{ 0xed, 0xed,	0x80, 0x9f,	3 },
	{ 0xee, 0xef,	0x80, 0xbf,	3 },
	{ 0xf0, 0xf0,	0x90, 0xbf,	4 },
	{ 0xf1, 0xf3,	0x80, 0xbf,	4 },
	{ 0xf4, 0xf4,	0x80, 0x8f,	4 },
};
/* clang-format on */

/*
 * byte - a byte as a number
 */
static unsigned char
byte(struct span s, size_t i)
{
	return (unsigned char)s.p[i];
}

/*
 * fits - whether s begins with a character of this form
 */
static bool
fits(const struct form *f, struct span s)
{
	if (byte(s, 0) < f->first_low || byte(s, 0) > f->first_high ||
	    s.n < f->length || byte(s, 1) < f->second_low ||
	    byte(s, 1) > f->second_high)
		return false;
	for (size_t i = 2; i < f->length; i++)
		if (byte(s, i) < 0x80 || byte(s, i) > 0xbf)
			return false;
	return true;
}

/*
 * utf8_length - the bytes of the first character
 */
size_t
utf8_length(struct span s)
{
	if (s.n == 0)
		return 0;
	if (byte(s, 0) < 0x80)
		return 1;
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (fits(&forms[i], s))
			return forms[i].length;
	return 0;
}

/*
 * utf8_is_control - whether the first character is a control
 */
bool
utf8_is_control(struct span s)
{
	if (utf8_length(s) == 1)
		return byte(s, 0) < 0x20 || byte(s, 0) == 0x7f;
	return utf8_length(s) == 2 && byte(s, 0) == 0xc2 && byte(s, 1) < 0xa0;
}

/*
 * ascii_words - how many bytes are certainly ASCII, eight at a time
 */
static size_t
ascii_words(struct span s)
{
	size_t n = 0;
	uint64_t w;

	for (; s.n - n >= sizeof(w); n += sizeof(w)) {
		memcpy(&w, s.p + n, sizeof(w));
		if ((w & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	return n;
}

/*
 * utf8_kind - what the bytes are
 */
enum utf8
utf8_kind(struct span s)
{
	enum utf8 kind = UTF8_ASCII;

	while (s.n > 0) {
		size_t n = ascii_words(s);

		if (n == 0) {
			n = utf8_length(s);
			if (n == 0)
				return UTF8_BROKEN;
			if (n > 1)
				kind = UTF8_TEXT;
		}
		s = span_tail(s, n);
	}
	return kind;
}
