/*
 * address - mailboxes as qmail hands them over, and as SMTP wants them
 */
#include "mail/address.h"

/*
 * address_domain - what stands behind the last '@'
 */
struct span
address_domain(struct span address)
{
	return span_tail(address, span_find_last(address, '@') + 1);
}

/*
 * address_is_null - the sender of a bounce
 */
bool
address_is_null(struct span sender)
{
	return sender.n == 0 || span_equal(sender, SPAN("#@[]"));
}

/*
 * is_atext - what an atom is made of      [5322:3.2.3] [6531:3.3] for UTF-8
 */
static bool
is_atext(char c)
{
	static const struct span specials = { "!#$%&'*+-/=?^_`{|}~", 19 };

	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (unsigned char)c >= 0x80)
		return true;
	return span_find(specials, c) < specials.n;
}

/*
 * is_dot_string - atoms with single dots between them     [5321:4.1.2]
 */
static bool
is_dot_string(struct span s)
{
	bool atom = false;

	for (size_t i = 0; i < s.n; i++) {
		if (is_atext(s.p[i]))
			atom = true;
		else if (s.p[i] == '.' && atom)
			atom = false;
		else
			return false;
	}
	return atom;
}

/*
 * address_put - adds the address as it goes on the wire
 */
void
address_put(struct buf *b, struct span address)
{
	size_t at = span_find_last(address, '@');
	struct span local = span_head(address, at);

	if (is_dot_string(local)) {
		buf_put(b, address);
		return;
	}
	buf_putc(b, '"');
	for (size_t i = 0; i < local.n; i++) {
		if (local.p[i] == '"' || local.p[i] == '\\')
			buf_putc(b, '\\');
		buf_putc(b, local.p[i]);
	}
	buf_putc(b, '"');
	buf_put(b, span_tail(address, at));
}

/*
 * address_put_unquoted - adds the address without its quotes
 *
 * A local part that begins with a quote of its own has been quoted again.
 */
void
address_put_unquoted(struct buf *b, struct span wire)
{
	size_t i = 1;

	if (wire.n == 0 || wire.p[0] != '"') {
		buf_put(b, wire);
		return;
	}
	for (; i < wire.n && wire.p[i] != '"'; i++) {
		if (wire.p[i] == '\\' && i + 1 < wire.n)
			i++;
		buf_putc(b, wire.p[i]);
	}
	buf_put(b, span_tail(wire, i + 1));
}
