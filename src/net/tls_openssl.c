/*
 * tls_openssl - the TLS module, with OpenSSL
 *
 * Handshakes, and what is sent and heard after them.  OpenSSL's words for
 * errors are loaded when there is one to tell, with a call it no longer likes;
 * a million instructions are spared where there is none.  One context a
 * handshake: a process that delivers one message has no use for a second.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "net/tls_openssl.h"

#include "base/buf.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>

enum {
	WHY_MAX = 512,
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
		if (w->seen != NULL)
			openssl_judge(&w->seen->by_pkix, c, result == X509_V_OK,
			    w->seen->arena);
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

	openssl_begin();
	wrong = openssl_set_up(t, fd, w, terms, &about, a);
	c = wrong != NULL ? BY_LACK : connect_by(t, fd, by);
	if (c == BY_NOTHING && w->pkix_too) {
		int result = check_pkix(t, w, a);

		if (result != X509_V_OK) {
			c = BY_DISTRUST;
			wrong = X509_verify_cert_error_string(result);
		}
	}
	if (w->seen != NULL && t->ssl != NULL)
		openssl_look(t);
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
 * tls_ready - whether a handshake could begin
 */
static bool
tls_ready(struct span *why, const struct tls_want *w,
    const struct tls_terms *terms, struct arena *a)
{
	struct tls *t = arena_zero(a, sizeof(*t));
	struct span about = SPAN("");
	const char *wrong;

	openssl_begin();
	wrong = openssl_set_up(t, -1, w, terms, &about, a);
	if (wrong != NULL)
		say_why(why, a, wrong, about);
	tls_close(t);
	return wrong == NULL;
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

/*
 * tls_binding - what names this session and no other
 *
 * Without the extended master secret a session before TLS 1.3 can be made to
 * look like another one.                                      [7627:6.1]
 */
static size_t
tls_binding(const struct tls *t, char out[TLS_BINDING_MAX], bool *exporter)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	enum { EXPORTED = 32 };
	size_t n;

	*exporter = SSL_version(t->ssl) >= TLS1_3_VERSION;
	if (*exporter)
		return SSL_export_keying_material(t->ssl, (unsigned char *)out,
		           EXPORTED, label, sizeof(label) - 1,
		           (const unsigned char *)"", 0, 1) == 1
		           ? EXPORTED
		           : 0;
	if (SSL_get_extms_support(t->ssl) != 1)
		return 0;
	/* The first Finished: ours, unless the session was taken up again. */
	n = SSL_session_reused(t->ssl)
	        ? SSL_get_peer_finished(t->ssl, out, TLS_BINDING_MAX)
	        : SSL_get_finished(t->ssl, out, TLS_BINDING_MAX);
	return n <= TLS_BINDING_MAX ? n : 0;
}

const struct tls_module qremote_tls = {
	tls_handshake,
	tls_read,
	tls_write,
	tls_wants,
	tls_ready,
	tls_binding,
	tls_close,
};
