/*
 * route_fuzz - any file is a route file
 *
 * The first line is the host, the rest the file.
 */
#include "base/fuzz.h"
#include "policy/route.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = fuzz_span(data, size);
	struct span host = span_cut(&rest, '\n');
	struct control lines = { .rest = rest };
	struct route r;

	for (int null_sender = 0; null_sender < 2; null_sender++) {
		enum route_result result = route_find(
		    &r, lines, SPAN("smtproutes"), host, null_sender != 0);

		if (result == ROUTE_NONE)
			continue;
		MUST(r.why.line > 0);
		MUST(result == ROUTE_BAD || !span_has_control(r.relay));
	}
	return 0;
}
