/*
 * tls_openssl - what the files of the TLS module share; nobody else includes
 * it
 *
 * They are the only ones that use OpenSSL's SSL_ functions.
 */
#ifndef NET_TLS_OPENSSL_H
#define NET_TLS_OPENSSL_H

#include "net/tls.h"

#include <openssl/ssl.h>

struct tls {
	SSL_CTX *context;
	SSL *ssl;
	/* POLLIN or POLLOUT: why the last call would have waited. */
	short wants;
	/* What it must prove, while the handshake lasts. */
	const struct tls_want *want;
};

/* Gets as much of OpenSSL ready as a handshake needs. */
void openssl_begin(void);

/*
 * Makes a session that is ready for its handshake; without one if fd is -1.
 * NULL, or what is wrong; *about is then what with, if that says more.
 */
const char *openssl_set_up(struct tls *, int fd, const struct tls_want *,
    const struct tls_terms *, struct span *about, struct arena *);

/* Verifies a server as OpenSSL would, if that is wanted, and writes down what
 * is to be seen; data is the session. */
int openssl_watch(X509_STORE_CTX *, void *data);

/* Writes down what came of a verification that has ended. */
void openssl_judge(
    struct tls_verdict *, X509_STORE_CTX *, bool holds, struct arena *);

/* Writes down what there is to be seen when the handshake has ended. */
void openssl_look(const struct tls *);

#endif
