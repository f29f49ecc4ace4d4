/*
 * tls_openssl - the TLS module, with OpenSSL
 *
 * The only file that uses its SSL_ functions.  OpenSSL's words for errors are
 * loaded when there is one to tell, with a call it no longer likes; a million
 * instructions are spared where there is none.  One context a handshake: a
 * process that delivers one message has no use for a second.
 *
 * Long because whatever uses OpenSSL's SSL_ functions is here.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "net/tls.h"

#include "base/buf.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

enum {
	WHY_MAX = 512,
};

/* The system's CAs; the directory is looked into as it is needed. */
static const char system_ca_directory[] = "/etc/ssl/certs";

struct tls {
	SSL_CTX *context;
	SSL *ssl;
	/* POLLIN or POLLOUT: why the last call would have waited. */
	short wants;
};

/*
 * say_why - words for a failure, and OpenSSL's own if it has any
 */
static void
say_why(struct span *why, struct arena *a, const char *words, struct span about)
{
	unsigned long e = ERR_peek_error();
	const char *reason = NULL;
	struct buf b;

	/* Other libraries' reasons only repeat that it cannot be used. */
	if (ERR_GET_LIB(e) == ERR_LIB_SSL && ERR_load_SSL_strings() == 1)
		reason = ERR_reason_error_string(e);
	buf_init(&b, a, WHY_MAX);
	buf_puts(&b, words);
	if (about.n > 0) {
		buf_putc(&b, ' ');
		buf_put(&b, about);
	}
	if (reason != NULL) {
		buf_puts(&b, ": ");
		buf_puts(&b, reason);
	}
	*why = buf_span(&b);
	ERR_clear_error();
}

/*
 * version_of - 12 or 13, as OpenSSL has it
 */
static int
version_of(int version)
{
	return version == 13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

/*
 * set_terms - ciphers, versions, and our own certificate
 */
static const char *
set_terms(
    SSL_CTX *c, const struct tls_terms *t, struct span *about, struct arena *a)
{
	const char *pem;

	if (SSL_CTX_set_min_proto_version(
	        c, version_of(t->lowest != 0 ? t->lowest : 12)) != 1 ||
	    (t->highest != 0 &&
	        SSL_CTX_set_max_proto_version(c, version_of(t->highest)) != 1))
		return "bad TLS version";
	*about = t->ciphers;
	if (t->ciphers.n > 0 &&
	    SSL_CTX_set_cipher_list(c, arena_string(a, t->ciphers)) != 1)
		return "bad cipher list";
	*about = t->ciphersuites;
	if (t->ciphersuites.n > 0 &&
	    SSL_CTX_set_ciphersuites(c, arena_string(a, t->ciphersuites)) != 1)
		return "bad cipher suites";
	*about = t->client_certificate;
	if (t->client_certificate.n == 0)
		return NULL;
	pem = arena_string(a, t->client_certificate);
	if (SSL_CTX_use_certificate_chain_file(c, pem) != 1 ||
	    SSL_CTX_use_PrivateKey_file(c, pem, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(c) != 1)
		return "client certificate cannot be used";
	return NULL;
}

/*
 * set_trust - whom to believe about the server's name
 */
static const char *
set_trust(
    SSL_CTX *c, const struct tls_want *w, struct span *about, struct arena *a)
{
	*about = w->ca_file;
	if (w->level != TLS_PKIX && !w->pkix_too)
		return NULL;
	if (w->ca_file.n > 0)
		return SSL_CTX_load_verify_file(
		           c, arena_string(a, w->ca_file)) == 1
		           ? NULL
		           : "CA file cannot be used";
	return SSL_CTX_load_verify_dir(c, system_ca_directory) == 1
	           ? NULL
	           : "the system's CAs cannot be used";
}

/*
 * add_tlsa - the TLSA records that OpenSSL can use; how many there were
 *
 * Usages 0 and 1 say nothing for SMTP.                      [7672:3.1.3]
 */
static size_t
add_tlsa(SSL *ssl, const struct tls_want *w)
{
	size_t usable = 0;

	for (size_t i = 0; i < w->ntlsa; i++) {
		const struct tlsa *t = &w->tlsa[i];

		if (t->usage != 2 && t->usage != 3)
			continue;
		if (SSL_dane_tlsa_add(ssl, t->usage, t->selector, t->matching,
		        (const unsigned char *)t->data.p, t->data.n) > 0)
			usable++;
	}
	ERR_clear_error();
	return usable;
}

/*
 * set_dane - what DANE makes of the server                  [7672:3.1]
 *
 * With DANE-EE neither names nor dates count.  Records of which none is
 * usable leave TLS mandatory and unverified.
 */
static const char *
set_dane(struct tls *t, const struct tls_want *w, bool *verify, struct arena *a)
{
	const char *name = arena_string(a, w->name);

	if (SSL_CTX_dane_enable(t->context) != 1 ||
	    SSL_dane_enable(t->ssl, name) != 1)
		return "DANE cannot be used";
	(void)SSL_dane_set_flags(t->ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (size_t i = 0; i < w->nnames; i++)
		if (SSL_add1_host(t->ssl, arena_string(a, w->names[i])) != 1)
			return "name cannot be verified";
	*verify = add_tlsa(t->ssl, w) > 0;
	return NULL;
}

/*
 * set_want - what this handshake must prove
 */
static const char *
set_want(struct tls *t, const struct tls_want *w, struct arena *a)
{
	bool verify = w->level == TLS_PKIX;
	const char *wrong = NULL;

	if (w->name.n > 0 &&
	    SSL_set_tlsext_host_name(t->ssl, arena_string(a, w->name)) != 1)
		return "name cannot be sent";
	SSL_set_hostflags(t->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (w->level == TLS_DANE)
		wrong = set_dane(t, w, &verify, a);
	else if (verify &&
	         (w->name.n == 0 ||
	             SSL_set1_host(t->ssl, arena_string(a, w->name)) != 1))
		wrong = "an address has no name to verify";
	SSL_set_verify(
	    t->ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	return wrong;
}

/*
 * classify - what a call that failed means; sets what it waits for
 */
static enum cause
classify(struct tls *t, int rc)
{
	int saved = errno;

	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		t->wants = POLLIN;
		return BY_NOTHING;
	case SSL_ERROR_WANT_WRITE:
		t->wants = POLLOUT;
		return BY_NOTHING;
	case SSL_ERROR_ZERO_RETURN:
		return BY_CLOSE;
	case SSL_ERROR_SYSCALL:
		errno = saved;
		return saved == 0 || saved == ECONNRESET || saved == EPIPE
		           ? BY_CLOSE
		           : BY_SYSTEM;
	default:
		if (ERR_GET_REASON(ERR_peek_last_error()) ==
		    SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return BY_CLOSE;
		return SSL_get_verify_mode(t->ssl) == SSL_VERIFY_PEER &&
		               SSL_get_verify_result(t->ssl) != X509_V_OK
		           ? BY_DISTRUST
		           : BY_GARBLE;
	}
}

/*
 * connect_by - the handshake itself
 */
static enum cause
connect_by(struct tls *t, int fd, instant by)
{
	for (;;) {
		struct pollfd p = { .fd = fd };
		enum cause c;
		int rc, left, n;

		errno = 0;
		rc = SSL_connect(t->ssl);
		if (rc == 1)
			return BY_NOTHING;
		c = classify(t, rc);
		if (c != BY_NOTHING)
			return c;
		p.events = t->wants;
		do {
			left = clock_left(by);
			n = left == 0 ? 0 : poll(&p, 1, left);
		} while (n < 0 && errno == EINTR);
		if (n == 0)
			return BY_TIMEOUT;
		if (n < 0)
			return BY_SYSTEM;
	}
}

/*
 * is_verified - whether OpenSSL was to verify the server, and did
 */
static bool
is_verified(const struct tls *t)
{
	return SSL_get_verify_mode(t->ssl) == SSL_VERIFY_PEER &&
	       SSL_get_verify_result(t->ssl) == X509_V_OK;
}

/*
 * prove - what a finished handshake proved
 */
static void
prove(struct tls_proof *p, const struct tls *t, const struct tls_want *w)
{
	p->version = span_of(SSL_get_version(t->ssl));
	p->cipher = span_of(SSL_get_cipher_name(t->ssl));
	if (!is_verified(t))
		p->verified = w->pkix_too ? VERIFIED_PKIX : VERIFIED_NONE;
	else
		p->verified =
		    w->level == TLS_DANE ? VERIFIED_DANE : VERIFIED_PKIX;
}

/*
 * check_pkix - whether the chain that DANE accepted leads to a CA as well,
 * and has the name; X509_V_OK if it does
 */
static int
check_pkix(const struct tls *t, const struct tls_want *w, struct arena *a)
{
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	X509 *leaf = SSL_get0_peer_certificate(t->ssl);
	int result = X509_V_ERR_OUT_OF_MEM;

	if (c != NULL && leaf != NULL &&
	    X509_STORE_CTX_init(c, SSL_CTX_get_cert_store(t->context), leaf,
	        SSL_get_peer_cert_chain(t->ssl)) == 1 &&
	    X509_STORE_CTX_set_default(c, "ssl_server") == 1) {
		X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(c);

		X509_VERIFY_PARAM_set_hostflags(
		    p, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
		(void)X509_VERIFY_PARAM_set1_host(
		    p, arena_string(a, w->pkix_name), 0);
		result = X509_verify_cert(c) == 1 ? X509_V_OK
		                                  : X509_STORE_CTX_get_error(c);
	}
	X509_STORE_CTX_free(c);
	return result;
}

/*
 * tls_close - says close_notify if it can, and frees the session
 */
static void
tls_close(struct tls *t)
{
	if (t->ssl != NULL) {
		if (SSL_is_init_finished(t->ssl))
			(void)SSL_shutdown(t->ssl);
		SSL_free(t->ssl);
	}
	SSL_CTX_free(t->context);
	ERR_clear_error();
}

/*
 * believe - takes any certificate; OpenSSL would look at it all the same
 */
static int
believe(X509_STORE_CTX *c, void *data)
{
	(void)c;
	(void)data;
	return 1;
}

/*
 * set_up - a session ready for its handshake; NULL, or what is wrong
 */
static const char *
set_up(struct tls *t, int fd, const struct tls_want *w,
    const struct tls_terms *terms, struct span *about, struct arena *a)
{
	const char *wrong;

	t->context = SSL_CTX_new(TLS_client_method());
	if (t->context == NULL)
		return "OpenSSL cannot be used";
	SSL_CTX_set_mode(t->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
	                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (w->level < TLS_PKIX)
		SSL_CTX_set_cert_verify_callback(t->context, believe, NULL);
	wrong = set_terms(t->context, terms, about, a);
	if (wrong == NULL)
		wrong = set_trust(t->context, w, about, a);
	if (wrong == NULL) {
		*about = SPAN("");
		t->ssl = SSL_new(t->context);
		if (t->ssl == NULL || SSL_set_fd(t->ssl, fd) != 1)
			wrong = "OpenSSL cannot be used";
	}
	return wrong != NULL ? wrong : set_want(t, w, a);
}

/*
 * begin - gets as much of OpenSSL ready as a handshake needs
 *
 * Programs of old ask it for algorithms by hundreds of names, which it takes
 * its time to learn.  TLS asks for none by name, but for the digests in the
 * signatures of certificates, our own included.
 */
static void
begin(void)
{
	static const uint64_t sparing = OPENSSL_INIT_NO_LOAD_CONFIG |
	                                OPENSSL_INIT_NO_ATEXIT |
	                                OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS;

	/* First, for the next call would learn them. */
	(void)OPENSSL_init_crypto(sparing | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
	                              OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
	    NULL);
	(void)OPENSSL_init_ssl(
	    sparing | OPENSSL_INIT_NO_LOAD_SSL_STRINGS, NULL);
	(void)EVP_add_digest(EVP_sha1());
	(void)EVP_add_digest(EVP_sha224());
	(void)EVP_add_digest(EVP_sha256());
	(void)EVP_add_digest(EVP_sha384());
	(void)EVP_add_digest(EVP_sha512());
}

/*
 * tls_handshake - makes a handshake
 */
static enum cause
tls_handshake(struct tls **out, struct tls_proof *proof, struct span *why,
    int fd, const struct tls_want *w, const struct tls_terms *terms, instant by,
    struct arena *a)
{
	struct tls *t = arena_zero(a, sizeof(*t));
	struct span about = SPAN("");
	const char *wrong;
	enum cause c;

	begin();
	wrong = set_up(t, fd, w, terms, &about, a);
	c = wrong != NULL ? BY_LACK : connect_by(t, fd, by);
	if (c == BY_NOTHING && w->pkix_too) {
		int result = check_pkix(t, w, a);

		if (result != X509_V_OK) {
			c = BY_DISTRUST;
			wrong = X509_verify_cert_error_string(result);
		}
	}
	if (c == BY_NOTHING) {
		prove(proof, t, w);
		*out = t;
		return BY_NOTHING;
	}
	if (wrong == NULL && c == BY_DISTRUST)
		wrong = X509_verify_cert_error_string(
		    SSL_get_verify_result(t->ssl));
	say_why(why, a, wrong != NULL ? wrong : "the handshake failed", about);
	tls_close(t);
	return c;
}

/*
 * result - the result of a read or write, as recv(2) has it
 */
static ssize_t
result(struct tls *t, int rc, size_t n)
{
	enum cause c;

	if (rc == 1)
		return (ssize_t)n;
	c = classify(t, rc);
	ERR_clear_error();
	if (c == BY_NOTHING)
		errno = EAGAIN;
	else if (c == BY_CLOSE)
		errno = ECONNRESET;
	else if (c != BY_SYSTEM)
		errno = EPROTO;
	return -1;
}

/*
 * tls_read - as recv(2)
 */
static ssize_t
tls_read(struct tls *t, char *p, size_t room)
{
	size_t n = 0;
	int rc;

	errno = 0;
	rc = SSL_read_ex(t->ssl, p, room, &n);
	if (rc != 1 && SSL_get_error(t->ssl, rc) == SSL_ERROR_ZERO_RETURN)
		return 0;
	return result(t, rc, n);
}

/*
 * tls_write - as send(2)
 */
static ssize_t
tls_write(struct tls *t, const char *p, size_t size)
{
	size_t n = 0;
	int rc;

	errno = 0;
	rc = SSL_write_ex(t->ssl, p, size, &n);
	return result(t, rc, n);
}

/*
 * tls_wants - what the last call would have waited for
 */
static short
tls_wants(const struct tls *t)
{
	return t->wants;
}

const struct tls_module qremote_tls = {
	tls_handshake,
	tls_read,
	tls_write,
	tls_wants,
	tls_close,
};
