/*
 * digest_test - vectors of those who wrote the algorithms
 */
#include "base/check.h"
#include "base/compiler.h"
#include "base/digest.h"

/* The digest in hex, or "" if there is none. */
static const char *
hex(const unsigned char *p, size_t n)
{
	static char text[2 * DIGEST_MAX + 1];

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		(void)sprintf(text + 2 * i, "%02x", p[i]);
	return text;
}

static void
test_hash(void **state)
{
	static const struct {
		const char *algorithm, *data, *digest;
	} rows[] = {
		{ "MD5", "", "d41d8cd98f00b204e9800998ecf8427e" },
		{ "MD5", "abc", "900150983cd24fb0d6963f7d28e17f72" },
		{ "SHA1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ "SHA256", "abc",
		    "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
		{ "RIPEMD160", "abc",
		    "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc" },
		{ "NOSUCH", "abc", "" },
	};
	unsigned char out[DIGEST_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(
		    hex(out, qremote_digest.hash(out, rows[i].algorithm,
		                 span_of(rows[i].data))),
		    rows[i].digest);
}

static void
test_hmac(void **state)
{
	static const struct {
		const char *algorithm, *digest;
	} rows[] = {
		{ "MD5", "750c783e6ab0b503eaa86e310a5db738" },
		{ "SHA1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
		{ "SHA224", "a30e01098bc6dbbf45690f3a7e9e6d0f"
		            "8bbea2a39e6148008fd05e44" },
		{ "SHA256", "5bdcc146bf60754e6a042426089575c7"
		            "5a003f089d2739839dec58b964ec3843" },
		{ "SHA384", "af45d2e376484031617f78d2b58a6b1b"
		            "9c7ef464f5a01b47e42ec3736322445e"
		            "8e2240ca5e69e2c78b3239ecfab21649" },
		{ "SHA512", "164b7a7bfcf819e2e395fbe73b56e0a3"
		            "87bd64222e831fd610270cd7ea250554"
		            "9758bf75c05a994a6d034f65f8f0e6fd"
		            "caeab1a34d4a6b4b636e070a38bce737" },
		{ "RIPEMD160", "dda6c0213a485a9e24f4742064a7f033b43c4069" },
		{ "NOSUCH", "" },
	};
	unsigned char out[DIGEST_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(
		    hex(out, qremote_digest.hmac(out, rows[i].algorithm,
		                 SPAN("Jefe"),
		                 SPAN("what do ya want for nothing?"))),
		    rows[i].digest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_hmac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
