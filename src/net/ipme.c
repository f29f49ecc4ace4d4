/*
 * ipme - which addresses are ours
 */
#include "net/ipme.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct mine {
	struct mine *next;
	struct ip ip;
};

struct ipme {
	struct arena *arena;
	struct mine *first;
};

/*
 * add_interface - the address of one interface, if it is an IP address
 */
static void
add_interface(struct ipme *me, const struct sockaddr *sa)
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;
	struct ip ip;

	if (sa->sa_family == AF_INET)
		ip = ip_of_bytes(AF_INET, (const void *)&in->sin_addr);
	else if (sa->sa_family == AF_INET6)
		ip = ip_of_bytes(AF_INET6, (const void *)&in6->sin6_addr);
	else
		return;
	ipme_add(me, &ip);
}

/*
 * ipme_new - the addresses of the local interfaces
 */
struct ipme *
ipme_new(struct arena *a)
{
	static const struct ip any[] = {
		{ .family = AF_INET },
		{ .family = AF_INET6 },
	};
	struct ipme *me = arena_zero(a, sizeof(*me));
	struct ifaddrs *all;

	me->arena = a;
	ipme_add(me, &any[0]);
	ipme_add(me, &any[1]);
	if (getifaddrs(&all) < 0)
		return NULL;
	for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL)
			add_interface(me, i->ifa_addr);
	freeifaddrs(all);
	return me;
}

/*
 * ipme_add - one more
 */
void
ipme_add(struct ipme *me, const struct ip *ip)
{
	struct mine *m = arena_take(me->arena, sizeof(*m));

	m->ip = *ip;
	m->next = me->first;
	me->first = m;
}

/*
 * ipme_remove - one less
 */
void
ipme_remove(struct ipme *me, const struct ip *ip)
{
	struct mine **m = &me->first;

	while (*m != NULL) {
		if (ip_equal(&(*m)->ip, ip))
			*m = (*m)->next;
		else
			m = &(*m)->next;
	}
}

/*
 * ipme_has - whether the address is ours
 */
bool
ipme_has(const struct ipme *me, const struct ip *ip)
{
	for (const struct mine *m = me->first; m != NULL; m = m->next)
		if (ip_equal(&m->ip, ip))
			return true;
	return false;
}
