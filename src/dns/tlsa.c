/*
 * tlsa - what DNS says of a server's certificate
 */
#include "dns/tlsa.h"

#include "base/buf.h"
#include "base/compiler.h"

enum {
	NAME_MAX_BYTES = 512,
};

/*
 * find_at - the records below one base name; only secure ones count
 */
static enum dns_status
find_at(struct tlsa **out, size_t *n, struct resolver *r, struct span base,
    uint16_t port, struct arena *a)
{
	struct wire_record *w;
	enum dns_status s;
	struct buf name;

	buf_init(&name, a, NAME_MAX_BYTES);
	buf_putc(&name, '_');
	buf_put_number(&name, port);
	buf_puts(&name, "._tcp.");
	buf_put(&name, base);
	if (name.full)
		return DNS_NODATA;
	s = resolver_find(&w, n, NULL, r, buf_span(&name), WIRE_TLSA, a);
	if (s == DNS_SOFT)
		return DNS_SOFT;
	if (s != DNS_OK || !r->secure) {
		*n = 0;
		return DNS_NODATA;
	}
	*out = arena_array(a, *n, sizeof(**out));
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct tlsa){ w[i].usage, w[i].selector,
			w[i].matching, w[i].data };
	return DNS_OK;
}

/*
 * tlsa_find - the TLSA records of a host's port
 */
enum dns_status
tlsa_find(struct tlsa **out, size_t *n, struct span *base, struct resolver *r,
    const struct tlsa_host *h, uint16_t port, struct arena *a)
{
	enum dns_status s = DNS_NODATA;

	*n = 0;
	*base = h->name;
	if (h->secure && !span_equal_nocase(h->name, h->canonical)) {
		s = find_at(out, n, r, h->canonical, port, a);
		if (s != DNS_NODATA)
			*base = h->canonical;
	}
	if (s == DNS_NODATA && (h->secure || h->alias_secure))
		s = find_at(out, n, r, h->name, port, a);
	return s;
}

/*
 * is_sequence - whether the bytes are one sequence of DER, whole and no more
 */
static bool
is_sequence(struct span der)
{
	size_t length, i = 2;

	if (der.n < 2 || der.p[0] != 0x30)
		return false;
	length = (unsigned char)der.p[1];
	if (length >= 0x80) {
		/* The length is in that many bytes; four are enough. */
		size_t end = i + (length & 0x7f);

		if (end > der.n || end > i + 4)
			return false;
		for (length = 0; i < end; i++)
			length = length << 8 | (unsigned char)der.p[i];
	}
	return length > 0 && length == der.n - i;
}

/*
 * tlsa_usable - whether any record can verify a server
 *
 * Usages 0 and 1 say nothing for SMTP.                      [7672:3.1.3]
 */
bool
tlsa_usable(const struct tlsa *records, size_t n)
{
	/* Bytes of the digests, by matching type.               [6698:2.1.3] */
	static const size_t digests[] = { 0, 32, 64 };

	for (size_t i = 0; i < n; i++) {
		const struct tlsa *t = &records[i];

		if ((t->usage != 2 && t->usage != 3) || t->selector > 1 ||
		    t->matching >= COUNT_OF(digests))
			continue;
		if (t->matching == 0 ? is_sequence(t->data)
		                     : t->data.n == digests[t->matching])
			return true;
	}
	return false;
}
