/*
 * digest - hashes, and hashes with a key
 *
 * The code that knows OpenSSL is a module (base/digest_openssl.c), opened
 * when something is to be signed or proved: see base/module.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/span.h"

enum {
	/* Bytes of the longest digest. */
	DIGEST_MAX = 64,
};

/*
 * Algorithms have OpenSSL's names: "MD5", "SHA1", "SHA256", "RIPEMD160".
 * Both return how many bytes of out they filled; 0 if this OpenSSL does not
 * have the algorithm.
 */
struct digest_module {
	size_t (*hash)(unsigned char out[DIGEST_MAX], const char *algorithm,
	    struct span data);
	size_t (*hmac)(unsigned char out[DIGEST_MAX], const char *algorithm,
	    struct span key, struct span data);
};

/* The one symbol of the module "digest"; see base/module. */
extern const struct digest_module qremote_digest;

#endif
