/*
 * json - JSON text being built                                   [8259:2]
 */
#include "base/json.h"

/*
 * json_init - begins JSON text
 */
void
json_init(struct json *j, struct buf *out)
{
	j->out = out;
	j->comma = false;
}

/*
 * utf8_length - how many bytes the character at the front has; 0 if what is
 * there is not UTF-8                                            [3629:4]
 */
static size_t
utf8_length(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	/* Neither overlong forms, nor surrogates, nor past U+10FFFF. */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (s.n < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

/*
 * put_escape - \u00XX
 */
static void
put_escape(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	buf_puts(b, "\\u00");
	buf_putc(b, hex[c >> 4]);
	buf_putc(b, hex[c & 15]);
}

/*
 * put_string - a string in its quotes                            [8259:7]
 */
static void
put_string(struct buf *b, struct span s)
{
	buf_putc(b, '"');
	while (s.n > 0) {
		size_t n = utf8_length(s);
		unsigned char c = (unsigned char)s.p[0];

		if (n == 0 || c < 0x20 || c == 0x7f) {
			put_escape(b, c);
			n = 1;
		} else {
			if (c == '"' || c == '\\')
				buf_putc(b, '\\');
			buf_put(b, span_head(s, n));
		}
		s = span_tail(s, n);
	}
	buf_putc(b, '"');
}

/*
 * begin_value - the comma before a value, and its name
 */
static void
begin_value(struct json *j, const char *key)
{
	if (j->comma)
		buf_putc(j->out, ',');
	j->comma = true;
	if (key != NULL) {
		put_string(j->out, span_of(key));
		buf_putc(j->out, ':');
	}
}

/*
 * json_open - opens an object or an array
 */
void
json_open(struct json *j, const char *key, char bracket)
{
	begin_value(j, key);
	buf_putc(j->out, bracket);
	j->comma = false;
}

/*
 * json_close - closes it
 */
void
json_close(struct json *j, char bracket)
{
	buf_putc(j->out, bracket);
	j->comma = true;
}

/*
 * json_string - a string
 */
void
json_string(struct json *j, const char *key, struct span value)
{
	begin_value(j, key);
	put_string(j->out, value);
}

/*
 * json_number - a number
 */
void
json_number(struct json *j, const char *key, uint64_t value)
{
	begin_value(j, key);
	buf_put_number(j->out, value);
}

/*
 * json_bool - true or false
 */
void
json_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	buf_puts(j->out, value ? "true" : "false");
}

/*
 * json_null - null
 */
void
json_null(struct json *j, const char *key)
{
	begin_value(j, key);
	buf_puts(j->out, "null");
}
