/*
 * tls_openssl_setup - OpenSSL made ready for a handshake: on which terms, and
 * what it must prove
 */
#include "net/tls_openssl.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* The system's CAs; the directory is looked into as it is needed. */
static const char system_ca_directory[] = "/etc/ssl/certs";

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
	if (w->seen != NULL)
		w->seen->trusted = w->ca_file.n > 0
		                       ? w->ca_file
		                       : span_of(system_ca_directory);
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
	bool *each = NULL;

	if (w->seen != NULL)
		w->seen->usable = each =
		    arena_array(w->seen->arena, w->ntlsa, sizeof(*each));
	for (size_t i = 0; i < w->ntlsa; i++) {
		const struct tlsa *t = &w->tlsa[i];

		if ((t->usage != 2 && t->usage != 3) ||
		    SSL_dane_tlsa_add(ssl, t->usage, t->selector, t->matching,
		        (const unsigned char *)t->data.p, t->data.n) <= 0)
			continue;
		usable++;
		if (each != NULL)
			each[i] = true;
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
 * openssl_set_up - a session ready for its handshake; NULL, or what is wrong
 */
const char *
openssl_set_up(struct tls *t, int fd, const struct tls_want *w,
    const struct tls_terms *terms, struct span *about, struct arena *a)
{
	const char *wrong;

	t->context = SSL_CTX_new(TLS_client_method());
	if (t->context == NULL)
		return "OpenSSL cannot be used";
	SSL_CTX_set_mode(t->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
	                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	t->want = w;
	if (w->seen != NULL)
		SSL_CTX_set_cert_verify_callback(t->context, openssl_watch, t);
	else if (w->level < TLS_PKIX)
		SSL_CTX_set_cert_verify_callback(t->context, believe, NULL);
	wrong = set_terms(t->context, terms, about, a);
	if (wrong == NULL)
		wrong = set_trust(t->context, w, about, a);
	if (wrong == NULL) {
		*about = SPAN("");
		t->ssl = SSL_new(t->context);
		if (t->ssl == NULL || (fd >= 0 && SSL_set_fd(t->ssl, fd) != 1))
			wrong = "OpenSSL cannot be used";
	}
	return wrong != NULL ? wrong : set_want(t, w, a);
}

/*
 * openssl_begin - gets as much of OpenSSL ready as a handshake needs
 *
 * Programs of old ask it for algorithms by hundreds of names, which it takes
 * its time to learn.  TLS asks for none by name, but for the digests in the
 * signatures of certificates, our own included.
 */
void
openssl_begin(void)
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
