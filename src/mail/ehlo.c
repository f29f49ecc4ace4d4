/*
 * ehlo - what a server says it can do                    [5321:4.1.1.1]
 */
#include "mail/ehlo.h"

#include "base/compiler.h"
#include "base/num.h"
#include "mail/mechanism.h"

/* clang-format off */
static const struct keyword {
	const char	*name;
	size_t		at;
} keywords[] = {
{ "PIPELINING",		 offsetof(struct ehlo, pipelining) },
{ "CHUNKING",		 offsetof(struct ehlo, chunking) },
{ "8BITMIME",		 offsetof(struct ehlo, eightbitmime) },
{ "STARTTLS",		 offsetof(struct ehlo, starttls) },
{ "SMTPUTF8",		 offsetof(struct ehlo, smtputf8) },
{ "DSN",		 offsetof(struct ehlo, dsn) },
{ "REQUIRETLS",		 offsetof(struct ehlo, requiretls) },
{ "SIZE",		 offsetof(struct ehlo, size) },
{ "ENHANCEDSTATUSCODES", offsetof(struct ehlo, enhancedstatuscodes) },
};
/* clang-format on */

/*
 * is_separator - what stands between the words of a list
 */
static bool
is_separator(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == '\n' || c == '\r';
}

/*
 * listed - whether the list has the word, in any case
 */
static bool
listed(struct span list, struct span word)
{
	while (list.n > 0) {
		size_t n = 0;

		while (n < list.n && !is_separator(list.p[n]))
			n++;
		if (n > 0 && span_equal_nocase(span_head(list, n), word))
			return true;
		list = span_tail(list, n + 1);
	}
	return false;
}

/*
 * add_mechanisms - ways to log in; those of several lines count together
 *
 * Servers of old put a '=' in place of the first space, some both lines.
 */
static void
add_mechanisms(struct ehlo *e, struct span word, struct span rest)
{
	static const struct span old = { "AUTH=", 5 };

	if (span_equal_nocase(span_head(word, old.n), old))
		e->mechanisms |= mechanism_set(span_tail(word, old.n));
	else if (!span_equal_nocase(word, SPAN("AUTH")))
		return;
	e->mechanisms |= mechanism_set(rest);
}

/*
 * ehlo_add - one line of the reply
 */
void
ehlo_add(struct ehlo *e, struct span line, struct span discard)
{
	struct span rest = span_trim(span_tail(line, 4));
	struct span word = span_cut(&rest, ' ');

	if (word.n == 0 ||
	    listed(discard, span_head(word, span_find(word, '='))))
		return;
	for (size_t i = 0; i < COUNT_OF(keywords); i++) {
		if (span_equal_nocase(word, span_of(keywords[i].name)))
			*(bool *)(void *)((char *)e + keywords[i].at) = true;
	}
	add_mechanisms(e, word, rest);
	if (span_equal_nocase(word, SPAN("SIZE")) &&
	    !num_whole(&e->size_max, span_cut(&rest, ' ')))
		e->size_max = 0;
}
