/*
 * stub - a resolver back end: the C library's
 */
#include "dns/stub.h"

#include "net/dial.h"
#include "net/stream.h"

#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	/* What EDNS0 lets a UDP answer be, with room to spare. */
	UDP_ROOM = 4096,
	QUERY_ROOM = 512,
	/* Milliseconds for one server's TCP. */
	TCP_PATIENCE = 10 * 1000,
};

struct stub {
	struct resolver resolver;
	bool trusted;
	instant by;
	struct __res_state state;
};

/*
 * worst - seconds that the library may take for one question
 *
 * In each round it waits for the first server as long as retrans says, and
 * for each later one twice as long, divided by their number.
 */
static int64_t
worst(const struct __res_state *st)
{
	int64_t round = 0;

	for (int i = 0; i < st->nscount; i++) {
		int64_t wait = (int64_t)st->retrans << i;

		if (i > 0)
			wait /= st->nscount;
		round += wait > 0 ? wait : 1;
	}
	return round * st->retry;
}

/*
 * fit - shortens the library's waits until they end by the deadline
 *
 * False if it has passed.  Nothing is shorter than one second for one server;
 * what is cut stays cut, for the time left only grows shorter.
 */
static bool
fit(struct stub *s)
{
	struct __res_state *st = &s->state;
	int64_t left = (s->by - clock_now()) / 1000;

	if (s->by <= clock_now())
		return false;
	while (worst(st) > left && st->retrans > 1)
		st->retrans--;
	while (worst(st) > left && st->retry > 1)
		st->retry--;
	while (worst(st) > left && st->nscount > 1)
		st->nscount--;
	return true;
}

/*
 * server_of - the address of one of the library's servers
 */
static bool
server_of(struct endpoint *out, const struct __res_state *st, int i)
{
	const struct sockaddr_in *in = &st->nsaddr_list[i];
	const struct sockaddr_in6 *in6 = st->_u._ext.nsaddrs[i];

	if (in->sin_family == AF_INET) {
		out->ip = ip_of_bytes(AF_INET, (const void *)&in->sin_addr);
		out->port = ntohs(in->sin_port);
		return true;
	}
	if (in6 == NULL)
		return false;
	out->ip = ip_of_bytes(AF_INET6, (const void *)&in6->sin6_addr);
	out->port = ntohs(in6->sin6_port);
	return true;
}

/*
 * exchange - a question and its answer over one TCP connection [1035:4.2.2]
 */
static bool
exchange(struct span *packet, struct stream *st, struct span query)
{
	char length[2] = { (char)(query.n >> 8), (char)query.n };
	struct span got;

	stream_put(st, (struct span){ length, 2 });
	stream_put(st, query);
	if (stream_flush(st) != BY_NOTHING ||
	    stream_take(&got, st, 2) != BY_NOTHING)
		return false;
	return stream_take(packet, st,
	           (size_t)(unsigned char)got.p[0] << 8 |
	               (unsigned char)got.p[1]) == BY_NOTHING;
}

/*
 * answers - whether a packet is a whole response to the query   [5452:9.1]
 */
static bool
answers(struct span packet, struct span query)
{
	/* The question follows the header: it must come back as it was. */
	return packet.n >= query.n && packet.p[0] == query.p[0] &&
	       packet.p[1] == query.p[1] && (packet.p[2] & 0x80) != 0 &&
	       span_equal_nocase(span_tail(span_head(packet, query.n), 12),
	           span_tail(query, 12));
}

/*
 * ask_tcp - the question again, over TCP, of each server in turn
 */
static enum dns_status
ask_tcp(struct stub *s, struct span *packet, struct span query, struct arena *a)
{
	for (int i = 0; i < s->state.nscount; i++) {
		instant by = clock_earlier(clock_in(TCP_PATIENCE), s->by);
		struct endpoint server;
		struct stream *st;
		bool done;
		int fd, err;

		if (!server_of(&server, &s->state, i) ||
		    dial_socket(&fd, server.ip.family, NULL, &err) !=
		        BY_NOTHING ||
		    dial(fd, &server, by, &err) != BY_NOTHING)
			continue;
		st = stream_new(fd, a);
		stream_pace(st, TCP_PATIENCE, by);
		done = exchange(packet, st, query);
		stream_close(st);
		if (!done || !answers(*packet, query))
			continue;
		if (wire_rcode(*packet) == NXDOMAIN)
			return DNS_NXDOMAIN;
		if (wire_rcode(*packet) == NOERROR && !wire_truncated(*packet))
			return DNS_OK;
	}
	return DNS_SOFT;
}

/*
 * is_loopback - 127.0.0.0/8 or ::1
 */
static bool
is_loopback(const struct ip *ip)
{
	static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;

	if (ip->family == AF_INET)
		return ip->b[0] == 127;
	return memcmp(ip->b, &loopback, sizeof(loopback)) == 0;
}

/*
 * stub_trust - takes the servers' word for what they validated
 */
bool
stub_trust(struct resolver *r)
{
	struct stub *s = (struct stub *)r;
	struct endpoint server;

	for (int i = 0; i < s->state.nscount; i++)
		if (!server_of(&server, &s->state, i) ||
		    !is_loopback(&server.ip))
			return false;
	s->state.options |= RES_TRUSTAD;
	s->trusted = true;
	return true;
}

/*
 * ask - one question, over UDP and perhaps TCP
 */
static enum dns_status
ask(struct resolver *r, struct span *packet, const char *name,
    enum wire_type type, struct arena *a)
{
	unsigned char query[QUERY_ROOM];
	unsigned char *answer = arena_take(a, UDP_ROOM);
	struct stub *s = (struct stub *)r;
	int n;

	*packet = SPAN("");
	if (!fit(s))
		return DNS_SOFT;
	/* After a timeout the library leaves the header as it was. */
	memset(answer, 0, 12);
	n = res_nquery(&s->state, name, ns_c_in, (int)type, answer, UDP_ROOM);
	*packet = (struct span){ (char *)answer, 12 };
	if (wire_truncated(*packet)) {
		n = res_nmkquery(&s->state, ns_o_query, name, ns_c_in,
		    (int)type, NULL, 0, NULL, query, sizeof(query));
		if (n < 0)
			return DNS_SOFT;
		return ask_tcp(
		    s, packet, (struct span){ (char *)query, (size_t)n }, a);
	}
	if (n >= 0) {
		packet->n = n < UDP_ROOM ? (size_t)n : UDP_ROOM;
		return DNS_OK;
	}
	if (s->state.res_h_errno == HOST_NOT_FOUND)
		return DNS_NXDOMAIN;
	return s->state.res_h_errno == NO_DATA ? DNS_NODATA : DNS_SOFT;
}

/*
 * stub_ask - one question, and whether the answer was validated
 *
 * Of a denial the library shows only the header; that is enough.
 */
static enum dns_status
stub_ask(struct resolver *r, struct span *packet, const char *name,
    enum wire_type type, struct arena *a)
{
	enum dns_status s = ask(r, packet, name, type, a);

	r->secure = s != DNS_SOFT && ((struct stub *)r)->trusted &&
	            wire_authentic(*packet);
	return s;
}

/*
 * use_server - puts a server in the place of one of the library's own
 *
 * The library has no call for this: an IPv4 server goes into its list, an
 * IPv6 one behind a list entry without a family, in memory that
 * res_nclose(3) frees.
 */
static bool
use_server(struct __res_state *st, int i, const struct endpoint *server)
{
	struct sockaddr_in6 *in6 = st->_u._ext.nsaddrs[i];
	struct sockaddr_storage sa;

	(void)ip_sockaddr(&sa, server);
	memset(&st->nsaddr_list[i], 0, sizeof(st->nsaddr_list[i]));
	if (server->ip.family == AF_INET) {
		memcpy(&st->nsaddr_list[i], &sa, sizeof(st->nsaddr_list[i]));
		return true;
	}
	if (in6 == NULL)
		in6 = malloc(sizeof(*in6));
	if (in6 == NULL)
		return false;
	memcpy(in6, &sa, sizeof(*in6));
	st->_u._ext.nsaddrs[i] = in6;
	return true;
}

/*
 * stub_new - a resolver that asks the given servers, or the system's
 */
struct resolver *
stub_new(const struct endpoint *servers, size_t n, const struct trace *trace,
    instant by, struct arena *a)
{
	struct stub *s = arena_zero(a, sizeof(*s));
	struct __res_state *st = &s->state;

	s->resolver.ask = stub_ask;
	s->resolver.trace = trace;
	s->by = by;
	if (res_ninit(st) < 0)
		return NULL;
	st->options |= RES_USE_EDNS0 | RES_IGNTC;
	/* Its own TCP would wait without end. */
	st->options &= ~(unsigned long)RES_USEVC;
	if (n > MAXNS)
		n = MAXNS;
	for (size_t i = 0; i < n; i++) {
		if (!use_server(st, (int)i, &servers[i])) {
			res_nclose(st);
			return NULL;
		}
	}
	if (n > 0)
		st->nscount = (int)n;
	return &s->resolver;
}

/*
 * stub_close - gives up what the library holds
 */
void
stub_close(struct resolver *r)
{
	if (r != NULL)
		res_nclose(&((struct stub *)r)->state);
}
