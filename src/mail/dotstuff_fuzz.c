/*
 * dotstuff_fuzz - no input ends the message before its time  [5321:4.5.2]
 */
#include "base/fuzz.h"
#include "mail/dotstuff.h"

/* Reads the output the way a server does. */
struct reader {
	/* The last bytes seen, the newest lowest. */
	uint64_t tail;
};

/*
 * take - one byte of output
 *
 * No CR but before LF, no LF but after CR, and no line of a single dot.
 */
static void
take(struct reader *r, char c)
{
	unsigned char before = r->tail & 0xff;

	MUST((before == '\r') == (c == '\n'));
	r->tail = r->tail << 8 | (unsigned char)c;
	/* CR LF . CR LF */
	MUST((r->tail & 0xffffffffff) != 0x0d0a2e0d0a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* What precedes a body is the CR LF of the command. */
	struct reader r = { 0x0d0a };
	struct dotstuff d = { .stuff = true };
	char out[16];

	/* The first byte says how the rest is cut up. */
	while (size > 1) {
		size_t n = 1 + data[0] % 7, room = 4 + data[0] / 32;
		struct span in = span_head(fuzz_span(data + 1, size - 1), n);

		data += in.n;
		size -= in.n;
		while (in.n > 0) {
			size_t made = dotstuff_step(&d, out, room, &in);

			MUST(made <= room);
			for (size_t i = 0; i < made; i++)
				take(&r, out[i]);
		}
	}
	MUST(!dotstuff_whole(&d) || (r.tail & 0xffff) == 0x0d0a);
	return 0;
}
