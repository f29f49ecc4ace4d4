/*
 * tlsa - what DNS says of a server's certificate                [6698] [7672]
 */
#ifndef DNS_TLSA_H
#define DNS_TLSA_H

#include "dns/resolver.h"
#include "net/tls.h"

/* A host whose addresses were found, as far as DNSSEC is concerned.  value */
struct tlsa_host {
	/* As it was asked for, and where CNAMEs led; the same if none did. */
	struct span name, canonical;
	/* Both the name and its addresses are secure. */
	bool secure;
	/* Only the first CNAME is: records are looked for there alone. */
	bool alias_secure;
};

/*
 * tlsa_find - the TLSA records of a host's port
 *
 * *base is the name they were found at, which is the one a certificate must
 * have.  DNS_OK: secure records.  DNS_NODATA: none, or none that are secure:
 * as without DANE.  DNS_SOFT: the question has no answer that can be
 * believed, so the host must not be used.         [7672:2.1.1] [7672:2.2.2]
 */
enum dns_status tlsa_find(struct tlsa **out, size_t *n, struct span *base,
    struct resolver *, const struct tlsa_host *, uint16_t port, struct arena *);

/*
 * tlsa_usable - whether any record can verify a server
 *
 * For those who have no TLS session to ask.  What stands for a whole
 * certificate or key is taken for one.
 */
bool tlsa_usable(const struct tlsa *, size_t n);

#endif
