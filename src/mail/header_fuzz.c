/*
 * header_fuzz - where a header is cut in two does not matter
 */
#include "base/fuzz.h"
#include "mail/header.h"
#include "mail/utf8.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = fuzz_span(data, size);
	bool needs = header_needs_utf8(SPAN(""), s);
	enum utf8 kind = utf8_kind(s);

	/* Only text in UTF-8, or the words of a trace, can make it so. */
	if (needs && kind == UTF8_ASCII)
		MUST(span_find(s, ':') < s.n);
	/* Between two fields, that is. */
	for (size_t i = 0; i + 1 < s.n; i++) {
		char next = s.p[i + 1];

		if (s.p[i] == '\n' && next != ' ' && next != '\t')
			MUST(header_needs_utf8(span_head(s, i + 1),
			         span_tail(s, i + 1)) == needs);
	}
	return 0;
}
