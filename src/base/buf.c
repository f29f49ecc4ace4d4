/*
 * buf - bytes being built, under a ceiling
 */
#include "base/buf.h"

#include "base/num.h"

#include <string.h>

/*
 * buf_init - an empty buf
 */
void
buf_init(struct buf *b, struct arena *a, size_t ceiling)
{
	*b = (struct buf){ .arena = a, .ceiling = ceiling };
}

/*
 * reserve - room for n more bytes, or full
 *
 * Grows by doubling; the arena keeps the old bytes until its own end, so a
 * buf costs at most twice its size.
 */
static bool
reserve(struct buf *b, size_t n)
{
	size_t room = b->room;
	char *p;

	if (b->full || n > b->ceiling - b->n) {
		b->full = true;
		return false;
	}
	if (n <= b->room - b->n)
		return true;
	if (room < 256)
		room = 256;
	while (room - b->n < n)
		room *= 2;
	if (room > b->ceiling)
		room = b->ceiling;
	p = arena_take(b->arena, room);
	if (b->n > 0)
		memcpy(p, b->p, b->n);
	b->p = p;
	b->room = room;
	return true;
}

/*
 * buf_put - adds bytes
 */
void
buf_put(struct buf *b, struct span s)
{
	if (s.n == 0 || !reserve(b, s.n))
		return;
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

/*
 * buf_puts - adds a C string
 */
void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, span_of(s));
}

/*
 * buf_putc - adds one byte
 */
void
buf_putc(struct buf *b, char c)
{
	buf_put(b, (struct span){ &c, 1 });
}

/*
 * buf_put_number - adds a number in decimal
 */
void
buf_put_number(struct buf *b, uint64_t u)
{
	char digits[NUM_MAX];

	buf_put(b, num_text(digits, u));
}

/*
 * buf_put_printable - adds bytes, what is not printable as '?'
 */
void
buf_put_printable(struct buf *b, struct span s, bool lines)
{
	char *at;

	if (s.n == 0 || !reserve(b, s.n))
		return;
	at = b->p + b->n;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 || c > 0x7e) && !(lines && c == '\n'))
			c = '?';
		*at++ = (char)c;
	}
	b->n += s.n;
}

/*
 * buf_span - what has been built
 */
struct span
buf_span(const struct buf *b)
{
	return (struct span){ b->p, b->n };
}
