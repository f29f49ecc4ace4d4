/*
 * tls_openssl_seen - what a handshake shows to who looks at it
 *
 * OpenSSL is asked while it verifies the server, so that what made it refuse
 * is seen as well.
 */
#include "net/tls_openssl.h"

#include "base/buf.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

/*
 * printable - bytes of the server's, for a person to read
 */
static struct span
printable(const void *p, size_t n, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, SIZE_MAX);
	buf_put_printable(&b, (struct span){ p, n }, false);
	return buf_span(&b);
}

/*
 * name_text - a distinguished name
 */
static struct span
name_text(const X509_NAME *name, struct arena *a)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct span text = SPAN("?");
	char *p;

	if (bio != NULL &&
	    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
		long n = BIO_get_mem_data(bio, &p);

		text = printable(p, n > 0 ? (size_t)n : 0, a);
	}
	(void)BIO_free(bio);
	return text;
}

/*
 * seconds - an instant of a certificate; 0 if it makes no sense
 */
static int64_t
seconds(const ASN1_TIME *at)
{
	struct tm tm;

	return ASN1_TIME_to_tm(at, &tm) == 1 ? timegm(&tm) : 0;
}

/*
 * add_name - one more name that a certificate is for
 */
static void
add_name(struct span *names, size_t *n, const ASN1_STRING *s, struct arena *a)
{
	names[(*n)++] = printable(
	    ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s), a);
}

/*
 * find_names - the names that a certificate is for
 */
static void
find_names(struct tls_certificate *out, const X509 *x, struct arena *a)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	GENERAL_NAMES *all =
	    X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	int count = all != NULL ? sk_GENERAL_NAME_num(all) : 0;
	int common = X509_NAME_entry_count(subject);
	struct span *names = arena_array(
	    a, (size_t)(count > common ? count : common), sizeof(*names));

	for (int i = 0; i < count; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);

		if (name->type == GEN_DNS)
			add_name(names, &out->nnames, name->d.dNSName, a);
	}
	GENERAL_NAMES_free(all);
	count = out->nnames == 0 ? common : 0;
	for (int i = 0; i < count; i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(subject, i);

		if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(e)) ==
		    NID_commonName)
			add_name(names, &out->nnames,
			    X509_NAME_ENTRY_get_data(e), a);
	}
	out->names = names;
}

/*
 * find_chain - the certificates that a server showed
 */
static void
find_chain(struct tls_seen *seen, STACK_OF(X509) * shown)
{
	int count = shown != NULL ? sk_X509_num(shown) : 0;
	struct tls_certificate *chain =
	    arena_array(seen->arena, (size_t)count, sizeof(*chain));

	for (int i = 0; i < count; i++) {
		const X509 *x = sk_X509_value(shown, i);

		chain[i].subject =
		    name_text(X509_get_subject_name(x), seen->arena);
		chain[i].issuer =
		    name_text(X509_get_issuer_name(x), seen->arena);
		chain[i].from = seconds(X509_get0_notBefore(x));
		chain[i].until = seconds(X509_get0_notAfter(x));
		find_names(&chain[i], x, seen->arena);
	}
	seen->chain = chain;
	seen->nchain = (size_t)count;
}

/*
 * openssl_judge - what came of a verification
 */
void
openssl_judge(
    struct tls_verdict *v, X509_STORE_CTX *c, bool holds, struct arena *a)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(c);
	const char *name =
	    X509_VERIFY_PARAM_get0_peername(X509_STORE_CTX_get0_param(c));

	*v = (struct tls_verdict){ .tried = true, .holds = holds };
	if (!holds) {
		v->depth = X509_STORE_CTX_get_error_depth(c);
		v->wrong = span_of(
		    X509_verify_cert_error_string(X509_STORE_CTX_get_error(c)));
		return;
	}
	if (chain != NULL && sk_X509_num(chain) > 0)
		v->authority = name_text(X509_get_subject_name(sk_X509_value(
		                             chain, sk_X509_num(chain) - 1)),
		    a);
	if (name != NULL)
		v->name = printable(name, strlen(name), a);
}

/*
 * openssl_watch - verifies a server, and writes down what is to be seen
 *
 * What goes wrong with writing down is not OpenSSL's to tell.
 */
int
openssl_watch(X509_STORE_CTX *c, void *data)
{
	const struct tls *t = data;
	struct tls_seen *seen = t->want->seen;
	int rc;

	(void)ERR_set_mark();
	find_chain(seen, X509_STORE_CTX_get0_untrusted(c));
	(void)ERR_pop_to_mark();
	if (SSL_get_verify_mode(t->ssl) == SSL_VERIFY_NONE)
		return 1;
	rc = X509_verify_cert(c);
	(void)ERR_set_mark();
	openssl_judge(
	    t->want->level == TLS_DANE ? &seen->by_dane : &seen->by_pkix, c,
	    rc == 1, seen->arena);
	(void)ERR_pop_to_mark();
	return rc;
}

/*
 * find_match - the TLSA record that verified the server
 */
static void
find_match(struct tls_seen *seen, const struct tls *t)
{
	const struct tls_want *w = t->want;
	uint8_t usage, selector, matching;
	const unsigned char *data;
	size_t n;

	seen->matched_depth =
	    SSL_get0_dane_tlsa(t->ssl, &usage, &selector, &matching, &data, &n);
	for (size_t i = 0; seen->matched_depth >= 0 && i < w->ntlsa; i++) {
		const struct tlsa *r = &w->tlsa[i];

		if (r->usage == usage && r->selector == selector &&
		    r->matching == matching &&
		    span_equal(
		        r->data, (struct span){ (const char *)data, n })) {
			seen->matched = r;
			return;
		}
	}
}

/*
 * openssl_look - what there is to be seen when the handshake has ended
 */
void
openssl_look(const struct tls *t)
{
	struct tls_seen *seen = t->want->seen;

	/* Before the server has chosen there is nothing. */
	if (SSL_get_current_cipher(t->ssl) == NULL)
		return;
	seen->version = span_of(SSL_get_version(t->ssl));
	seen->cipher = span_of(SSL_get_cipher_name(t->ssl));
	if (seen->by_dane.holds)
		find_match(seen, t);
}
