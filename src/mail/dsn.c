/*
 * dsn - which notifications of its delivery a message asks for        [3461]
 */
#include "mail/dsn.h"

#include "base/compiler.h"
#include "mail/xtext.h"

enum {
	/* Characters, as they go on the wire. */
	ENVID_MAX = 100,
	ORCPT_MAX = 500,
	NOTIFY_MAX = sizeof("SUCCESS,FAILURE,DELAY") - 1,
};

/*
 * find - the number of a word in a list of them; n if it is not there
 */
static size_t
find(const char *const *words, size_t n, struct span word)
{
	size_t i = 0;

	while (i < n && !span_equal_nocase(word, span_of(words[i])))
		i++;
	return i;
}

/*
 * is_printable - whether it is printable ASCII, and something
 */
static bool
is_printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

/*
 * dsn_ret - how much of the message to return
 */
bool
dsn_ret(struct span *out, struct span text, struct arena *a)
{
	static const char *const words[] = { "FULL", "HDRS" };
	size_t i = find(words, COUNT_OF(words), text);

	(void)a;
	if (i == COUNT_OF(words))
		return false;
	*out = span_of(words[i]);
	return true;
}

/*
 * dsn_envid - what identifies the message
 */
bool
dsn_envid(struct span *out, struct span text, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, ENVID_MAX);
	xtext_put(&b, text);
	if (!is_printable(text) || b.full)
		return false;
	*out = buf_span(&b);
	return true;
}

/*
 * dsn_notify - when to notify the sender
 */
bool
dsn_notify(struct span *out, struct span text, struct arena *a)
{
	static const char *const words[] = { "SUCCESS", "FAILURE", "DELAY" };
	unsigned seen = 0;
	struct buf b;

	if (span_equal_nocase(text, SPAN("NEVER"))) {
		*out = SPAN("NEVER");
		return true;
	}
	buf_init(&b, a, NOTIFY_MAX);
	for (bool more = true; more;) {
		struct span word;
		size_t i;

		more = span_find(text, ',') < text.n;
		word = span_cut(&text, ',');
		i = find(words, COUNT_OF(words), word);
		if (i == COUNT_OF(words) || (seen & 1u << i) != 0)
			return false;
		seen |= 1u << i;
		buf_puts(&b, words[i]);
		if (more)
			buf_putc(&b, ',');
	}
	*out = buf_span(&b);
	return true;
}

/*
 * is_type - whether it may be the type of an address        [3461:4.2]
 */
static bool
is_type(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = ascii_lower(s.p[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '-')
			return false;
	}
	return s.n > 0;
}

/*
 * dsn_orcpt - the recipient that the sender meant
 */
bool
dsn_orcpt(struct span *out, struct span text, struct arena *a)
{
	struct span type = span_cut(&text, ';');
	struct buf b;

	buf_init(&b, a, ORCPT_MAX);
	buf_put(&b, type);
	buf_putc(&b, ';');
	xtext_put(&b, text);
	if (!is_type(type) || !is_printable(text) || b.full)
		return false;
	*out = buf_span(&b);
	return true;
}
