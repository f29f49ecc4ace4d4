/*
 * ipme - which addresses are ours
 */
#include "net/ipme.h"

#include <ifaddrs.h>
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
	struct ip ip;

	me->arena = a;
	ipme_add(me, &any[0]);
	ipme_add(me, &any[1]);
	if (getifaddrs(&all) < 0)
		return NULL;
	for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL && ip_of_sockaddr(&ip, i->ifa_addr))
			ipme_add(me, &ip);
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
