/*
 * xtext - bytes as printable characters, in parameters of SMTP     [3461:4]
 */
#include "mail/xtext.h"

/*
 * xtext_put - adds the bytes
 */
void
xtext_put(struct buf *b, struct span s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > ' ' && c < 0x7f && c != '+' && c != '=') {
			buf_putc(b, (char)c);
		} else {
			buf_putc(b, '+');
			buf_putc(b, hex[c >> 4]);
			buf_putc(b, hex[c & 15]);
		}
	}
}
