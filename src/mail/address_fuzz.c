/*
 * address_fuzz - what is quoted can be unquoted            [5321:4.1.2]
 */
#include "base/fuzz.h"
#include "mail/address.h"

/*
 * unquote - the local part as it was
 */
static struct span
unquote(struct span wire, struct arena *a)
{
	struct buf b;
	size_t i = 1;

	if (wire.n == 0 || wire.p[0] != '"')
		return wire;
	buf_init(&b, a, wire.n);
	for (; wire.p[i] != '"'; i++) {
		if (wire.p[i] == '\\')
			i++;
		MUST(i < wire.n);
		buf_putc(&b, wire.p[i]);
	}
	buf_put(&b, span_tail(wire, i + 1));
	return buf_span(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span address = fuzz_span(data, size);
	struct arena *a = arena_new(abort);
	struct buf b;

	/* A local part that begins with a quote is quoted as it stands. */
	buf_init(&b, a, 2 * size + 2);
	address_put(&b, address);
	MUST(!b.full);
	MUST(span_equal(unquote(buf_span(&b), a), address));
	MUST(address_domain(address).n <= size);
	arena_free(a);
	return 0;
}
