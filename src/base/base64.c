/*
 * base64 - bytes as letters, and back                          [4648:4]
 */
#include "base/base64.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz0123456789+/";

/*
 * base64_put - adds bytes in base64
 */
void
base64_put(struct buf *b, struct span bytes)
{
	while (bytes.n > 0) {
		size_t n = bytes.n < 3 ? bytes.n : 3;
		uint32_t three = 0;
		char four[4];

		for (size_t i = 0; i < 3; i++)
			three = three << 8 |
			        (i < n ? (unsigned char)bytes.p[i] : 0);
		for (size_t i = 0; i < 4; i++)
			four[i] =
			    i <= n ? letters[three >> (18 - 6 * i) & 63] : '=';
		buf_put(b, (struct span){ four, 4 });
		bytes = span_tail(bytes, n);
	}
}

/*
 * value_of - what a letter stands for, below 64
 */
static bool
value_of(uint32_t *out, char c)
{
	const char *at = c != '\0' ? strchr(letters, c) : NULL;

	if (at == NULL)
		return false;
	*out = (uint32_t)(at - letters);
	return true;
}

/*
 * base64_get - adds the bytes that the text stands for
 */
bool
base64_get(struct buf *b, struct span text)
{
	if (text.n % 4 != 0)
		return false;
	for (; text.n > 0; text = span_tail(text, 4)) {
		size_t n = 4;
		uint32_t three = 0;
		char bytes[3];

		if (text.n == 4 && text.p[3] == '=')
			n = text.p[2] == '=' ? 2 : 3;
		for (size_t i = 0; i < 4; i++) {
			uint32_t value = 0;

			if (i < n && !value_of(&value, text.p[i]))
				return false;
			three = three << 6 | value;
		}
		for (size_t i = 0; i < 3; i++)
			bytes[i] = (char)(three >> (16 - 8 * i));
		buf_put(b, (struct span){ bytes, n - 1 });
	}
	return true;
}
