/*
 * batv_fuzz - what is signed verifies, and nothing else does
 */
#include "base/fuzz.h"
#include "mail/batv.h"

/*
 * add_up - a digest that any change changes
 */
static size_t
add_up(unsigned char out[DIGEST_MAX], const char *algorithm, struct span data)
{
	unsigned sum = (unsigned char)algorithm[0];

	for (size_t i = 0; i < data.n; i++)
		sum = sum * 31 + (unsigned char)data.p[i];
	for (size_t i = 0; i < DIGEST_MAX; i++)
		out[i] = (unsigned char)(sum >> (i % 3 * 8));
	return DIGEST_MAX;
}

/*
 * add_up_with_key - the same for the other method
 */
static size_t
add_up_with_key(unsigned char out[DIGEST_MAX], const char *algorithm,
    struct span key, struct span data)
{
	(void)key;
	return add_up(out, algorithm, data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct digest_module digest = { add_up, add_up_with_key };
	struct batv_terms t = { .digest = &digest,
		.key = SPAN("key"),
		.today = size * 17,
		.days = (unsigned)(size % (BATV_DAYS_MAX + 1)) };
	struct span address = fuzz_span(data, size), sender;
	struct arena *a = arena_new(abort);
	enum batv_verdict v;
	unsigned since;
	struct buf b;

	v = batv_verify(&sender, &since, address, &t, a);
	MUST((v == BATV_NONE) == !batv_is_signed(address));
	MUST(v != BATV_UNKNOWN);
	if (v == BATV_GOOD)
		MUST(sender.n > 0 && sender.n + 16 == size);
	for (enum batv_method m = BATV_MD5; m <= BATV_HMAC_SHA1; m++) {
		buf_init(&b, a, size + 16);
		MUST(batv_put(&b, address, m, &t) && !b.full);
		v = batv_verify(&sender, &since, buf_span(&b), &t, a);
		MUST(v == (size > 0 ? BATV_GOOD : BATV_BAD));
		MUST(size == 0 || span_equal(sender, address));
	}
	arena_free(a);
	return 0;
}
