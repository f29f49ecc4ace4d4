/*
 * ip - addresses
 */
#include "net/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/*
 * ip_of_bytes - an address in network order
 */
struct ip
ip_of_bytes(int family, const uint8_t *bytes)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ip ip = { .family = family };

	if (family == AF_INET6 && memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		ip.family = AF_INET;
		bytes += sizeof(mapped);
	}
	memcpy(ip.b, bytes, ip.family == AF_INET ? 4 : 16);
	return ip;
}

/*
 * ip_parse - an address from its text
 */
bool
ip_parse(struct ip *out, struct span text)
{
	char s[IP_TEXT_MAX];
	uint8_t b[16];
	int family;

	if (text.n == 0 || text.n >= sizeof(s) || span_has_control(text))
		return false;
	memcpy(s, text.p, text.n);
	s[text.n] = '\0';
	family = span_find(text, ':') < text.n ? AF_INET6 : AF_INET;
	if (inet_pton(family, s, b) != 1)
		return false;
	*out = ip_of_bytes(family, b);
	return true;
}

/*
 * ip_parse_literal - an address in brackets
 */
bool
ip_parse_literal(struct ip *out, struct span text)
{
	if (text.n < 2 || text.p[0] != '[' || text.p[text.n - 1] != ']')
		return false;
	text = span_head(span_tail(text, 1), text.n - 2);
	if (span_begins(text, SPAN("IPv6:"))) {
		text = span_tail(text, 5);
		if (span_find(text, ':') == text.n)
			return false;
	}
	return ip_parse(out, text);
}

/*
 * ip_text - the text of an address
 */
struct span
ip_text(char text[IP_TEXT_MAX], const struct ip *ip)
{
	if (inet_ntop(ip->family, ip->b, text, IP_TEXT_MAX) == NULL)
		text[0] = '\0';
	return span_of(text);
}

/*
 * ip_equal - whether two are the same
 */
bool
ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && memcmp(a->b, b->b, 16) == 0;
}

/*
 * ip_is_any - whether an address stands for this host
 */
bool
ip_is_any(const struct ip *ip)
{
	const struct ip any = { .family = ip->family };

	return ip_equal(ip, &any);
}

/*
 * ip_sockaddr - the endpoint for the system
 */
unsigned
ip_sockaddr(struct sockaddr_storage *out, const struct endpoint *e)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *in = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (e->ip.family == AF_INET6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(e->port);
		memcpy(&in6->sin6_addr, e->ip.b, 16);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(e->port);
	memcpy(&in->sin_addr, e->ip.b, 4);
	return sizeof(*in);
}

/*
 * ip_of_sockaddr - the address in a sockaddr
 */
bool
ip_of_sockaddr(struct ip *out, const struct sockaddr *sa)
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;

	if (sa->sa_family == AF_INET)
		*out = ip_of_bytes(AF_INET, (const void *)&in->sin_addr);
	else if (sa->sa_family == AF_INET6)
		*out = ip_of_bytes(AF_INET6, (const void *)&in6->sin6_addr);
	else
		return false;
	return true;
}
