/*
 * digest_openssl - the digest module, with OpenSSL's libcrypto
 */
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

/*
 * begin - gets as little of OpenSSL ready as it takes
 */
static void
begin(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
	                              OPENSSL_INIT_NO_ATEXIT |
	                              OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
	    NULL);
}

/*
 * digest_hash - the hash of some bytes
 */
static size_t
digest_hash(
    unsigned char out[DIGEST_MAX], const char *algorithm, struct span data)
{
	size_t n = 0;

	begin();
	if (EVP_Q_digest(NULL, algorithm, NULL, data.p, data.n, out, &n) == 1)
		return n;
	ERR_clear_error();
	return 0;
}

/*
 * digest_hmac - the hash of some bytes with a key             [2104]
 */
static size_t
digest_hmac(unsigned char out[DIGEST_MAX], const char *algorithm,
    struct span key, struct span data)
{
	size_t n = 0;

	begin();
	if (EVP_Q_mac(NULL, "HMAC", NULL, algorithm, NULL, key.p, key.n,
	        (const unsigned char *)data.p, data.n, out, DIGEST_MAX,
	        &n) != NULL)
		return n;
	ERR_clear_error();
	return 0;
}

const struct digest_module qremote_digest = {
	digest_hash,
	digest_hmac,
};
