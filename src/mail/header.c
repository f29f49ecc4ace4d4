/*
 * header - what can be seen of a message's header without parsing it
 */
#include "mail/header.h"

#include "mail/utf8.h"

/*
 * line_length - the bytes of the line that s begins with, its end included
 */
static size_t
line_length(struct span s)
{
	size_t n = span_find(s, '\n');

	return n < s.n ? n + 1 : n;
}

/*
 * head_of - all before the first empty line
 */
static struct span
head_of(struct span text)
{
	struct span rest = text;

	while (rest.n > 0 && rest.p[0] != '\n' &&
	       !(rest.n > 1 && rest.p[0] == '\r' && rest.p[1] == '\n'))
		rest = span_tail(rest, line_length(rest));
	return span_head(text, text.n - rest.n);
}

/*
 * is_blank - white space, between words or at the end of a line
 */
static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * comment_length - the bytes of the comment that s begins with  [5322:3.2.2]
 *
 * One that does not end takes the rest.
 */
static size_t
comment_length(struct span s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.n;
}

/*
 * next_word - the next word outside of comments; empty after the last
 */
static struct span
next_word(struct span *rest)
{
	struct span word;
	size_t n = 0;

	while (rest->n > 0 && (is_blank(rest->p[0]) || rest->p[0] == '('))
		*rest = span_tail(
		    *rest, rest->p[0] == '(' ? comment_length(*rest) : 1);
	while (n < rest->n && !is_blank(rest->p[n]) && rest->p[n] != '(')
		n++;
	word = span_head(*rest, n);
	*rest = span_tail(*rest, n);
	return word;
}

/*
 * came_by_utf8 - whether the body of a Received field has "with UTF8..."
 */
static bool
came_by_utf8(struct span body)
{
	struct span rest = span_head(body, span_find(body, ';')), word;
	bool with = false;

	while ((word = next_word(&rest)).n > 0) {
		if (with && span_begins(word, SPAN("UTF8")))
			return true;
		with = span_equal_nocase(word, SPAN("with"));
	}
	return false;
}

/*
 * has_such_a_trace - whether any Received field does
 */
static bool
has_such_a_trace(struct span header)
{
	static const struct span name = { "Received:", 9 };

	while (header.n > 0) {
		size_t n = line_length(header);

		while (
		    n < header.n && (header.p[n] == ' ' || header.p[n] == '\t'))
			n += line_length(span_tail(header, n));
		if (span_begins(header, name) &&
		    came_by_utf8(span_tail(span_head(header, n), name.n)))
			return true;
		header = span_tail(header, n);
	}
	return false;
}

/*
 * header_needs_utf8 - whether only SMTPUTF8 may carry it
 */
bool
header_needs_utf8(struct span extra, struct span text)
{
	struct span first = head_of(extra);
	/* An empty line in what goes before ends the header. */
	struct span second = first.n < extra.n ? SPAN("") : head_of(text);
	enum utf8 a = utf8_kind(first), b = utf8_kind(second);

	if (a != UTF8_BROKEN && b != UTF8_BROKEN &&
	    (a == UTF8_TEXT || b == UTF8_TEXT))
		return true;
	return has_such_a_trace(first) || has_such_a_trace(second);
}
