/*
 * wire_fuzz - answers of a hostile resolver                   [1035:4.1]
 */
#include "base/fuzz.h"
#include "dns/wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum wire_type types[] = { WIRE_A, WIRE_CNAME, WIRE_MX,
		WIRE_AAAA };
	struct span packet = fuzz_span(data, size);
	struct arena *a = arena_new(abort);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct wire_record *w;
		struct span canonical;
		int n = wire_answers(&w, &canonical, packet, types[i], a);

		MUST(n < 0 || canonical.n <= WIRE_NAME_MAX);
		for (int k = 0; k < n; k++) {
			MUST(w[k].name.n <= WIRE_NAME_MAX);
			MUST(!span_has_control(w[k].name));
		}
	}
	(void)wire_truncated(packet);
	(void)wire_name_ok(packet);
	arena_free(a);
	return 0;
}
