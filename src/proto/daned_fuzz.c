/*
 * daned_fuzz - what is taken for a question can be asked
 */
#include "base/fuzz.h"
#include "proto/daned.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char room[DANED_NAME_MAX], packet[DANED_QUESTION_MAX];
	struct span input = fuzz_span(data, size);
	struct endpoint at;
	enum daned_verb verb;
	struct span name;

	if (daned_parse(&verb, &name, room, input)) {
		struct span again = daned_put(packet, verb, name);

		/* But for case and a dot at the end, it is the same. */
		MUST(again.n == input.n || again.n + 1 == input.n);
		MUST(span_equal_nocase(span_head(again, again.n - 1),
		    span_head(input, again.n - 1)));
		MUST(packet[0] == input.p[0]);
	}
	if (daned_endpoint(&at, input))
		MUST(at.port > 0);
	return 0;
}
