/*
 * ip - addresses
 */
#ifndef NET_IP_H
#define NET_IP_H

#include "base/span.h"

#include <stdint.h>

struct sockaddr;
struct sockaddr_storage;

/* An address.  IPv4 uses the first four bytes of b, the rest is 0.   value */
struct ip {
	/* AF_INET or AF_INET6. */
	int family;
	uint8_t b[16];
};

/* Where to connect to.                                                value */
struct endpoint {
	struct ip ip;
	uint16_t port;
};

enum {
	/* Room for any address as text. */
	IP_TEXT_MAX = 46,
};

/*
 * An address of 4 or 16 bytes in network order.  An IPv6 address that only
 * wraps an IPv4 one (::ffff:192.0.2.1) becomes that: it is the same host.
 */
struct ip ip_of_bytes(int family, const uint8_t *bytes);

/* "192.0.2.1" or "2001:db8::1"; false if it is neither. */
bool ip_parse(struct ip *out, struct span text);

/* "[192.0.2.1]", "[2001:db8::1]" or "[IPv6:2001:db8::1]".  [5321:4.1.3] */
bool ip_parse_literal(struct ip *out, struct span text);

/* The text of an address, as RFC 5952 has it, written into the array. */
struct span ip_text(char text[IP_TEXT_MAX], const struct ip *);

/* The address in a sockaddr; false if it is not of IP. */
bool ip_of_sockaddr(struct ip *out, const struct sockaddr *);

/* Whether two are the same address. */
bool ip_equal(const struct ip *, const struct ip *);

/* Whether it is 0.0.0.0 or ::, which is this host and no other. */
bool ip_is_any(const struct ip *);

/* The endpoint for the system; returns the length used. */
unsigned ip_sockaddr(struct sockaddr_storage *out, const struct endpoint *);

#endif
