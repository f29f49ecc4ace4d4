/*
 * batv_test - senders with a tag that proves a bounce
 *
 * REQ: BATV-01 BATV-03 BATV-04
 */
#include "base/check.h"
#include "mail/batv.h"

/* A module that has no such algorithm. */
static size_t
no_hash(unsigned char out[DIGEST_MAX], const char *algorithm, struct span data)
{
	(void)out;
	(void)algorithm;
	(void)data;
	return 0;
}

static size_t
no_hmac(unsigned char out[DIGEST_MAX], const char *algorithm, struct span key,
    struct span data)
{
	(void)key;
	return no_hash(out, algorithm, data);
}

static const struct digest_module none = { no_hash, no_hmac };

/* Terms of a day, with the key of the vector. */
static struct batv_terms
terms(uint64_t today, unsigned days)
{
	return (struct batv_terms){ .digest = &qremote_digest,
		.key = SPAN("1632203830"),
		.today = today,
		.days = days };
}

#define signs(...) signs_at(HERE, check_arena(state), __VA_ARGS__)
#define says(...) says_at(HERE, check_arena(state), __VA_ARGS__)

static void
signs_at(struct place at, struct arena *a, enum batv_method m,
    struct batv_terms t, const char *sender, const char *want)
{
	struct buf b;

	buf_init(&b, a, 4096);
	check_true(at, batv_put(&b, span_of(sender), m, &t), sender);
	check_text(at, buf_span(&b), want);
	check_true(at, batv_is_signed(buf_span(&b)), want);
}

static void
says_at(struct place at, struct arena *a, struct batv_terms t,
    const char *address, enum batv_verdict want, unsigned want_since)
{
	struct span sender = SPAN("");
	unsigned since = 0;

	check_number(
	    at, batv_verify(&sender, &since, span_of(address), &t, a), want);
	check_number(at, since, want_since);
	if (want == BATV_GOOD)
		check_text(at, sender, strchr(address + 5, '=') + 1);
}

static void
test_method(void **state)
{
	enum batv_method m;

	(void)state;
	assert_true(batv_method(&m, SPAN("md5")));
	assert_int_equal(m, BATV_MD5);
	assert_true(batv_method(&m, SPAN("HMAC-SHA1")));
	assert_int_equal(m, BATV_HMAC_SHA1);
	assert_false(batv_method(&m, SPAN("")));
	assert_false(batv_method(&m, SPAN("sha1")));
}

static void
test_put(void **state)
{
	signs(BATV_MD5, terms(18891, 7), "test@example.com",
	    "prvs=0891a9abd5=test@example.com");
	/* The day is modulo 1000, with all its digits. */
	signs(BATV_MD5, terms(18000, 7), "test@example.com",
	    "prvs=00001b1090=test@example.com");
	/* Whatever is in it, it is signed as it is. */
	signs(BATV_MD5, terms(18891, 7), "a b\"=@x@example.com",
	    "prvs=08916dfa87=a b\"=@x@example.com");
	signs(BATV_MD5, terms(18891, 7), "test", "prvs=08912c0cbc=test");
	/* The last day, not the day of signing. */
	signs(BATV_HMAC_SHA1, terms(18891, 7), "test@example.com",
	    "prvs=18989c661a=test@example.com");
	signs(BATV_HMAC_SHA1, terms(18995, 7), "test@example.com",
	    "prvs=10021fcae2=test@example.com");
}

static void
test_put_without_digest(void **state)
{
	struct batv_terms t = terms(18891, 7);
	struct buf b;

	t.digest = &none;
	buf_init(&b, check_arena(state), 4096);
	assert_false(batv_put(&b, SPAN("test@example.com"), BATV_MD5, &t));
	assert_false(
	    batv_put(&b, SPAN("test@example.com"), BATV_HMAC_SHA1, &t));
	assert_int_equal(b.n, 0);
}

static void
test_verify(void **state)
{
	says(terms(18891, 7), "prvs=0891a9abd5=test@example.com", BATV_GOOD, 0);
	says(terms(18898, 7), "prvs=0891a9abd5=test@example.com", BATV_GOOD, 7);
	says(
	    terms(18899, 7), "prvs=0891a9abd5=test@example.com", BATV_STALE, 8);
	says(terms(18899, 8), "prvs=0891a9abd5=test@example.com", BATV_GOOD, 8);
	/* From tomorrow. */
	says(terms(18890, 7), "prvs=0891a9abd5=test@example.com", BATV_STALE,
	    999);
	/* Servers may change the case of what they bounce. */
	says(terms(18891, 7), "PRVS=0891A9ABD5=test@example.com", BATV_GOOD, 0);
	/* Days begin anew after 999. */
	says(terms(19002, 7), "prvs=099573e670=test@example.com", BATV_GOOD, 7);
	says(
	    terms(19003, 7), "prvs=099573e670=test@example.com", BATV_STALE, 8);
	/* The sender begins after the second '='. */
	says(terms(18891, 7), "prvs=0891341b2a=a=b@x", BATV_GOOD, 0);
	says(terms(18891, 7), "prvs=0891ee319b=@", BATV_GOOD, 0);
}

static void
test_verify_hmac(void **state)
{
	says(terms(18891, 7), "prvs=18989c661a=test@example.com", BATV_GOOD,
	    993);
	says(terms(18898, 7), "prvs=18989c661a=test@example.com", BATV_GOOD, 0);
	says(
	    terms(18899, 7), "prvs=18989c661a=test@example.com", BATV_STALE, 1);
	/* Nobody here signs for so long. */
	says(terms(18890, 7), "prvs=18989c661a=test@example.com", BATV_STALE,
	    992);
	says(terms(18999, 7), "prvs=10021fcae2=test@example.com", BATV_GOOD,
	    997);
	/* Nor does one method pass for the other. */
	says(terms(18898, 7), "prvs=08989c661a=test@example.com", BATV_BAD, 0);
}

static void
test_verify_bad(void **state)
{
	says(terms(18891, 7), "test@example.com", BATV_NONE, 0);
	says(terms(18891, 7), "", BATV_NONE, 0);
	says(terms(18891, 7), "prvs", BATV_NONE, 0);
	says(
	    terms(18891, 7), "xprvs=0891a9abd5=test@example.com", BATV_NONE, 0);
	says(terms(18891, 7), "prvs=", BATV_BAD, 0);
	says(terms(18891, 7), "prvs=0891a9abd5", BATV_BAD, 0);
	says(terms(18891, 7), "prvs=0891a9abd5=", BATV_BAD, 0);
	says(terms(18891, 7), "prvs=0891a9abd=test@example.com", BATV_BAD, 0);
	says(terms(18891, 7), "prvs=0891a9abd50=test@example.com", BATV_BAD, 0);
	says(terms(18891, 7), "prvs=2891a9abd5=test@example.com", BATV_BAD, 0);
	says(terms(18891, 7), "prvs=08 1a9abd5=test@example.com", BATV_BAD, 0);
	says(terms(18891, 7), "prvs=test@example.com", BATV_BAD, 0);
	/* Another digest, sender, day. */
	says(terms(18891, 7), "prvs=0891a9abd6=test@example.com", BATV_BAD, 0);
	says(terms(18891, 7), "prvs=0891zzzzzz=test@example.com", BATV_BAD, 0);
	says(terms(18891, 7), "prvs=0891a9abd5=Test@example.com", BATV_BAD, 0);
	says(terms(18891, 7), "prvs=0890a9abd5=test@example.com", BATV_BAD, 1);
}

static void
test_verify_key(void **state)
{
	struct batv_terms t = terms(18891, 7);

	t.key = SPAN("1632203831");
	says(t, "prvs=0891a9abd5=test@example.com", BATV_BAD, 0);
	t.digest = &none;
	says(t, "prvs=0891a9abd5=test@example.com", BATV_UNKNOWN, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_method),
		CHECK(test_put),
		CHECK(test_put_without_digest),
		CHECK(test_verify),
		CHECK(test_verify_hmac),
		CHECK(test_verify_bad),
		CHECK(test_verify_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
