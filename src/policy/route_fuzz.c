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
	struct route_table table = { SPAN("smtproutes"), lines, NULL };
	struct arena *a = arena_new(abort);
	struct route_match m;
	struct route r;

	for (int null_sender = 0; null_sender < 2; null_sender++) {
		enum route_result result;

		route_match(&m, &table, host, null_sender != 0, a);
		result = route_parse(&r, &m);
		if (result == ROUTE_NONE)
			continue;
		MUST(r.why.line > 0);
		MUST(result == ROUTE_BAD || !span_has_control(r.relay));
	}
	arena_free(a);
	return 0;
}
