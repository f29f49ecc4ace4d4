/*
 * address_fuzz - what is quoted can be unquoted            [5321:4.1.2]
 */
#include "base/fuzz.h"
#include "mail/address.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span address = fuzz_span(data, size);
	struct arena *a = arena_new(abort);
	struct buf b, again;

	/* A local part that begins with a quote is quoted as it stands. */
	buf_init(&b, a, 2 * size + 2);
	address_put(&b, address);
	MUST(!b.full);
	buf_init(&again, a, size);
	address_put_unquoted(&again, buf_span(&b));
	MUST(!again.full);
	MUST(span_equal(buf_span(&again), address));
	address_put_unquoted(&again, address);
	MUST(address_domain(address).n <= size);
	arena_free(a);
	return 0;
}
