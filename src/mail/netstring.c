/*
 * netstring - bytes behind their number
 */
#include "mail/netstring.h"

enum {
	/* The most it wants at once. */
	PART = 8192,
};

/*
 * netstring_put_head - the number of bytes that follow
 */
void
netstring_put_head(struct buf *b, uint64_t n)
{
	buf_put_number(b, n);
	buf_putc(b, ':');
}

/*
 * netstring_put - a whole netstring
 */
void
netstring_put(struct buf *b, struct span s)
{
	netstring_put_head(b, s.n);
	buf_put(b, s);
	buf_putc(b, ',');
}

/*
 * netstring_begin - ready for a first byte
 */
void
netstring_begin(struct netstring *s, uint64_t most)
{
	*s = (struct netstring){ .most = most };
}

/*
 * netstring_wants - how many bytes it takes next
 *
 * The number ends nobody knows where; the comma stands alone.
 */
size_t
netstring_wants(const struct netstring *s)
{
	if (!s->has_colon || s->left == 0)
		return 1;
	return s->left < PART ? (size_t)s->left : PART;
}

/*
 * add_length - a digit of the number, or the colon
 */
static enum netstring_more
add_length(struct netstring *s, char c)
{
	unsigned digit = (unsigned char)c - (unsigned)'0';

	if (c == ':' && s->digits > 0) {
		s->has_colon = true;
		s->left = s->length;
		return NETSTRING_MORE;
	}
	if (digit > 9 || (s->digits > 0 && s->length == 0) || digit > s->most ||
	    s->length > (s->most - digit) / 10)
		return NETSTRING_GARBLED;
	s->length = s->length * 10 + digit;
	s->digits++;
	return NETSTRING_MORE;
}

/*
 * netstring_add - more of it
 */
enum netstring_more
netstring_add(struct netstring *s, struct span bytes, struct span *part)
{
	*part = SPAN("");
	if (bytes.n == 0)
		return NETSTRING_MORE;
	if (!s->has_colon)
		return add_length(s, bytes.p[0]);
	if (s->left == 0)
		return bytes.p[0] == ',' ? NETSTRING_DONE : NETSTRING_GARBLED;
	*part = span_head(bytes, (size_t)s->left);
	s->left -= part->n;
	return NETSTRING_MORE;
}
