/*
 * netstring_fuzz - what is read was written so, byte for byte
 */
#include "base/fuzz.h"
#include "mail/netstring.h"

enum {
	MOST = 300,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	enum netstring_more more = NETSTRING_MORE;
	struct arena *a = arena_new(abort);
	struct netstring s;
	struct buf held, again;
	size_t at = 0;

	buf_init(&held, a, MOST);
	netstring_begin(&s, MOST);
	while (more == NETSTRING_MORE && at < in.n) {
		struct span bytes = span_tail(in, at), part;

		/* Now all that is wanted, now a part of it. */
		bytes = span_head(bytes, netstring_wants(&s));
		bytes = span_head(bytes, 1 + (size_t)data[at] % 5);
		at += bytes.n;
		more = netstring_add(&s, bytes, &part);
		MUST(part.n <= bytes.n);
		buf_put(&held, part);
	}
	MUST(!held.full);
	if (more == NETSTRING_DONE) {
		buf_init(&again, a, 2 * MOST);
		netstring_put(&again, buf_span(&held));
		MUST(span_equal(buf_span(&again), span_head(in, at)));
	}
	arena_free(a);
	return 0;
}
