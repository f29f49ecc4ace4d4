/*
 * utf8_fuzz - character by character, and as a whole           [3629:4]
 */
#include "base/fuzz.h"
#include "mail/utf8.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = fuzz_span(data, size);
	enum utf8 want = UTF8_ASCII;

	for (struct span rest = s; rest.n > 0;) {
		size_t n = utf8_length(rest);

		MUST(n <= 4 && n <= rest.n);
		MUST(n != 0 || !utf8_is_control(rest));
		if (n == 0) {
			want = UTF8_BROKEN;
			break;
		}
		if (n > 1)
			want = UTF8_TEXT;
		/* Its beginning is no character. */
		for (size_t i = 1; i < n; i++)
			MUST(utf8_length(span_head(rest, i)) == 0);
		rest = span_tail(rest, n);
	}
	MUST(utf8_kind(s) == want);
	return 0;
}
