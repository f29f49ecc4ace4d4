/*
 * span - bytes that somebody else owns
 */
#include "base/span.h"

#include <string.h>

/*
 * ascii_lower - the lower case of an ASCII byte
 */
char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/*
 * span_of - the bytes of a C string
 */
struct span
span_of(const char *s)
{
	return (struct span){ s, s != NULL ? strlen(s) : 0 };
}

/*
 * span_equal - equal byte by byte
 */
bool
span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/*
 * span_equal_nocase - equal without regard to the case of ASCII
 */
bool
span_equal_nocase(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

/*
 * span_begins - whether s begins with part, case ignored
 */
bool
span_begins(struct span s, struct span part)
{
	return s.n >= part.n && span_equal_nocase(span_head(s, part.n), part);
}

/*
 * span_ends - whether s ends with part, case ignored
 */
bool
span_ends(struct span s, struct span part)
{
	return s.n >= part.n &&
	       span_equal_nocase(span_tail(s, s.n - part.n), part);
}

/*
 * span_find - the index of the first c
 */
size_t
span_find(struct span s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at != NULL ? (size_t)(at - s.p) : s.n;
}

/*
 * span_find_last - the index of the last c
 */
size_t
span_find_last(struct span s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.n;
}

/*
 * span_head - the first n bytes
 */
struct span
span_head(struct span s, size_t n)
{
	return (struct span){ s.p, n < s.n ? n : s.n };
}

/*
 * span_tail - what follows the first n bytes
 */
struct span
span_tail(struct span s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return n == 0 ? s : (struct span){ s.p + n, s.n - n };
}

/*
 * span_cut - takes the part before the first c off *rest
 */
struct span
span_cut(struct span *rest, char c)
{
	size_t at = span_find(*rest, c);
	struct span part = span_head(*rest, at);

	*rest = span_tail(*rest, at < rest->n ? at + 1 : at);
	return part;
}

/*
 * span_trim - without white space at its end
 */
struct span
span_trim(struct span s)
{
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' ||
	                      s.p[s.n - 1] == '\r' || s.p[s.n - 1] == '\n'))
		s.n--;
	return s;
}

/*
 * span_undotted - a domain name without the dot that may end it
 */
struct span
span_undotted(struct span name)
{
	if (name.n > 1 && name.p[name.n - 1] == '.' &&
	    name.p[name.n - 2] != '.')
		name.n--;
	return name;
}

/*
 * span_has_control - whether any byte is an ASCII control character
 */
bool
span_has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}
