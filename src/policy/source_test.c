/*
 * source_test - which local address a connection comes from, and whose name
 * it says hello with
 *
 * Long because it is the table of all rules for both.
 *
 * REQ: BND-01 BND-02 BND-03 BND-04 BND-05 BND-06 DNS-02
 */
#include "base/buf.h"
#include "base/check.h"
#include "policy/source.h"

#include <sys/socket.h>

#define ALICE "alice@client.example"

/* The files and OUTGOINGIP; NULL: not there. */
struct files {
	const char *bindroutes, *domainbindings, *variable, *host, *all;
	const char *names;
	int64_t now;
};

/* An address that must be one. */
static struct ip
ip_of(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(&ip, span_of(text)));
	return ip;
}

/* The lines of a file. */
static struct source_file
lines_of(const char *name, const char *text)
{
	return (struct source_file){ .lines.rest = span_of(text),
		.name = span_of(name) };
}

/* All that decides, for a sender. */
static struct source_facts
facts_of(const struct files *f, const char *sender)
{
	return (struct source_facts){
		.bindroutes = lines_of("bindroutes", f->bindroutes),
		.domainbindings = lines_of("domainbindings", f->domainbindings),
		.outgoingip_variable = span_of(f->variable),
		.outgoingip_host = lines_of("outgoingip.h", f->host),
		.outgoingip = lines_of("outgoingip", f->all),
		.helohostbyip = lines_of("helohostbyip", f->names),
		.sender = span_of(sender),
		.now = f->now,
	};
}

/* Adds "FILE:LINE (RULE)". */
static void
put_why(struct buf *b, const struct why *w)
{
	buf_put(b, w->file);
	if (w->line > 0) {
		buf_putc(b, ':');
		buf_put_number(b, w->line);
	}
	buf_puts(b, " (");
	buf_put(b, w->rule);
	buf_putc(b, ')');
}

#define from(...) from_at(HERE, check_arena(state), __VA_ARGS__)

/* "ADDRESS by FILE:LINE (RULE)", or "system", "forbidden", "bad" by that. */
static void
from_at(struct place at, struct arena *a, const struct files *f,
    const char *sender, const char *peer, const char *want)
{
	static const char *const words[] = {
		[SOURCE_SYSTEM] = "system",
		[SOURCE_FORBIDDEN] = "forbidden",
		[SOURCE_BAD] = "bad",
	};
	const struct source_facts facts = facts_of(f, sender);
	const struct ip to = ip_of(peer);
	char text[IP_TEXT_MAX];
	enum source_result r;
	struct why why;
	struct ip ip;
	struct buf b;

	r = source_for(&ip, &why, &facts, &to);
	buf_init(&b, a, 1000);
	if (r == SOURCE_BIND)
		buf_put(&b, ip_text(text, &ip));
	else
		buf_puts(&b, words[r]);
	buf_puts(&b, " by ");
	put_why(&b, &why);
	check_text(at, buf_span(&b), want);
}

static void
test_order(void **state)
{
	struct files f = { "10.:10.0.0.1\n", "client.example:192.0.2.2\n",
		"192.0.2.3", "192.0.2.4\n", "192.0.2.5\n", NULL, 0 };

	from(&f, ALICE, "10.1.2.3", "10.0.0.1 by bindroutes:1 (10.)");
	from(&f, ALICE, "198.51.100.1",
	    "192.0.2.2 by domainbindings:1 (client.example)");
	from(&f, "bob@other.example", "198.51.100.1",
	    "192.0.2.3 by OUTGOINGIP (192.0.2.3)");
	f.domainbindings = NULL;
	from(&f, ALICE, "198.51.100.1", "192.0.2.3 by OUTGOINGIP (192.0.2.3)");
	f.variable = NULL;
	from(&f, ALICE, "198.51.100.1",
	    "192.0.2.4 by outgoingip.h:1 (192.0.2.4)");
	f.host = "# none\n\n";
	from(
	    &f, ALICE, "198.51.100.1", "192.0.2.5 by outgoingip:1 (192.0.2.5)");
	f.all = NULL;
	from(&f, ALICE, "198.51.100.1", "system by default ()");
	f.bindroutes = NULL;
	from(&f, ALICE, "10.1.2.3", "system by default ()");
}

static void
test_domainbindings(void **state)
{
	/* The lines of the manual. */
	struct files f = { .domainbindings = "user1@example.com:6.5.4.3\n"
		                             "example.com:5.6.7.8\n"
		                             ".example.com:5.6.7.9\n"
		                             "heaven.af.mil:1.2.3.4\n"
		                             ":1.2.3.5\n" };
	struct files g = { .domainbindings = "Client.Example:192.0.2.1 \n"
		                             ".a.example:192.0.2.2\n"
		                             ".example:192.0.2.3\n"
		                             "b.example:\n"
		                             "postmaster:192.0.2.4\n"
		                             "client.example:192.0.2.5\n"
		                             "no colon\n",
		.variable = "192.0.2.9" };
	static const char variable[] = "192.0.2.9 by OUTGOINGIP (192.0.2.9)";

	from(&f, "user1@example.com", "192.0.2.1",
	    "6.5.4.3 by domainbindings:1 (user1@example.com)");
	from(&f, "user2@example.com", "192.0.2.1",
	    "5.6.7.8 by domainbindings:2 (example.com)");
	from(&f, "user1@sub.example.com", "192.0.2.1",
	    "5.6.7.9 by domainbindings:3 (.example.com)");
	from(&f, "a@b.c.example.com", "192.0.2.1",
	    "5.6.7.9 by domainbindings:3 (.example.com)");
	from(&f, "a@heaven.af.mil", "192.0.2.1",
	    "1.2.3.4 by domainbindings:4 (heaven.af.mil)");
	from(
	    &f, "a@example.org", "192.0.2.1", "1.2.3.5 by domainbindings:5 ()");
	from(&f, "a@badexample.com", "192.0.2.1",
	    "1.2.3.5 by domainbindings:5 ()");
	from(&f, "", "192.0.2.1", "1.2.3.5 by domainbindings:5 ()");
	/* In any order. */
	f.domainbindings = ":1.2.3.5\n.com:1.2.3.6\n.example.com:5.6.7.9\n"
	                   "example.com:5.6.7.8\n"
	                   "user1@example.com:6.5.4.3\n";
	from(&f, "user1@example.com", "192.0.2.1",
	    "6.5.4.3 by domainbindings:5 (user1@example.com)");
	from(&f, "user2@example.com", "192.0.2.1",
	    "5.6.7.8 by domainbindings:4 (example.com)");
	from(&f, "user1@sub.example.com", "192.0.2.1",
	    "5.6.7.9 by domainbindings:3 (.example.com)");
	/* Without the last line. */
	f.domainbindings = "user1@example.com:6.5.4.3\nexample.com:5.6.7.8\n";
	from(&f, "a@example.org", "192.0.2.1", "system by default ()");
	from(&f, "", "192.0.2.1", "system by default ()");

	/* Case does not count, nor white space at the end. */
	from(&g, "ALICE@CLIENT.EXAMPLE", "198.51.100.1",
	    "192.0.2.1 by domainbindings:1 (Client.Example)");
	/* The longest suffix. */
	from(&g, "x@c.a.example", "198.51.100.1",
	    "192.0.2.2 by domainbindings:2 (.a.example)");
	from(&g, "x@a.example", "198.51.100.1",
	    "192.0.2.3 by domainbindings:3 (.example)");
	/* Empty: the system's choice, not the next rule. */
	from(&g, "x@b.example", "198.51.100.1",
	    "system by domainbindings:4 (b.example)");
	/* A sender without a domain is itself. */
	from(&g, "postmaster", "198.51.100.1",
	    "192.0.2.4 by domainbindings:5 (postmaster)");
	from(&g, "postmaster@", "198.51.100.1", variable);
	from(&g, "example", "198.51.100.1", variable);
	from(&g, "no colon", "198.51.100.1", variable);
	from(&g, "", "198.51.100.1", variable);
	/* The last '@' parts the domain. */
	from(&g, "b.example@x@c.a.example", "198.51.100.1",
	    "192.0.2.2 by domainbindings:2 (.a.example)");
}

static void
test_bindroutes(void **state)
{
	/* The lines of the manual. */
	struct files f = { .bindroutes =
		               "10.:10.0.0.1\n"
		               "# Rest goes on external \"mail\" address\n"
		               ":301.32.1.1\n"
		               "555.123.123.123:this-isnt-an-ip-address\n" };
	struct files g = { .bindroutes = "192.0.2.:192.0.2.99\n"
		                         "192.0.2.1:192.0.2.98\n"
		                         "192.0.2.1:192.0.2.97\n"
		                         "192.:192.0.2.96\n"
		                         "192.0.2.2:\n"
		                         "192.0.2.3:nowhere\n"
		                         "198:192.0.2.95\n"
		                         "203.0.113.7.:192.0.2.94\n"
		                         "198.51.100.1\n",
		.variable = "192.0.2.9" };
	static const char variable[] = "192.0.2.9 by OUTGOINGIP (192.0.2.9)";

	from(&f, ALICE, "10.9.8.7", "10.0.0.1 by bindroutes:1 (10.)");
	/* 301.32.1.1 is no address: nothing may connect. */
	from(&f, ALICE, "192.0.2.1", "forbidden by bindroutes:3 ()");
	from(&f, ALICE, "110.0.0.1", "forbidden by bindroutes:3 ()");
	from(&f, ALICE, "2001:db8::1", "forbidden by bindroutes:3 ()");

	/* The whole address, then the longest prefix; the first of equals. */
	from(&g, ALICE, "192.0.2.1", "192.0.2.98 by bindroutes:2 (192.0.2.1)");
	from(&g, ALICE, "192.0.2.10", "192.0.2.99 by bindroutes:1 (192.0.2.)");
	from(&g, ALICE, "192.0.3.1", "192.0.2.96 by bindroutes:4 (192.)");
	/* Empty: the next rule, though a shorter prefix says something. */
	from(&g, ALICE, "192.0.2.2", variable);
	from(&g, ALICE, "192.0.2.3", "forbidden by bindroutes:6 (192.0.2.3)");
	/* A prefix ends at a dot; nothing is longer than the address. */
	from(&g, ALICE, "198.51.100.1", variable);
	from(&g, ALICE, "203.0.113.7", variable);
}

static void
test_bindroutes_ipv6(void **state)
{
	struct files f = { .bindroutes = "[2001:db8::]:[2001:db8::99]\n"
		                         "[2001:db8::1]:2001:db8::98\n"
		                         "[2001:DB8:1:]:[IPv6:2001:db8::97]\n"
		                         "[2001:db8:2:]:[::]\n"
		                         "[2001:db8:3]:[2001:db8::96]\n"
		                         "[fe80:]:192.0.2.1\n"
		                         "[198.51.100.]:[192.0.2.95]\n",
		.variable = "2001:db8::9" };
	static const char variable[] =
	    "2001:db8::9 by OUTGOINGIP (2001:db8::9)";

	from(&f, ALICE, "2001:db8::1",
	    "2001:db8::98 by bindroutes:2 ([2001:db8::1])");
	from(&f, ALICE, "2001:0DB8:0::0:1",
	    "2001:db8::98 by bindroutes:2 ([2001:db8::1])");
	from(&f, ALICE, "2001:db8::1:1",
	    "2001:db8::99 by bindroutes:1 ([2001:db8::])");
	from(&f, ALICE, "2001:db8:1:2::3",
	    "2001:db8::97 by bindroutes:3 ([2001:DB8:1:])");
	/* :: leaves the choice to the system. */
	from(&f, ALICE, "2001:db8:2::1",
	    "system by bindroutes:4 ([2001:db8:2:])");
	/* A prefix ends at a colon. */
	from(&f, ALICE, "2001:db8:3::1", variable);
	from(&f, ALICE, "2001:db8:30::1", variable);
	/* An address of the other family cannot be bound for this peer. */
	from(&f, ALICE, "fe80::1", "system by bindroutes:6 ([fe80:])");
	/* IPv4 may stand in brackets. */
	from(&f, ALICE, "198.51.100.1",
	    "192.0.2.95 by bindroutes:7 ([198.51.100.])");
	/* An IPv4 address in the clothes of IPv6 is that address. */
	from(&f, ALICE, "::ffff:198.51.100.1",
	    "192.0.2.95 by bindroutes:7 ([198.51.100.])");
	from(&(struct files){ .bindroutes = ":2001:db8::5\n" }, ALICE,
	    "2001:db8::1", "2001:db8::5 by bindroutes:1 ()");
}

static void
test_lists(void **state)
{
	struct files f = { .all = "192.0.2.1\n"
		                  "\n"
		                  "# 192.0.2.9\n"
		                  "2001:db8::1\n"
		                  "192.0.2.2  \n"
		                  "[192.0.2.3]\n"
		                  "[2001:db8::2]" };
	struct files g = { .all = "192.0.2.1\n" };

	/* By the time, among those of the peer's family. */
	f.now = 0;
	from(
	    &f, ALICE, "198.51.100.1", "192.0.2.1 by outgoingip:1 (192.0.2.1)");
	from(&f, ALICE, "2001:db8::7",
	    "2001:db8::1 by outgoingip:4 (2001:db8::1)");
	f.now = 1000000000;
	from(
	    &f, ALICE, "198.51.100.1", "192.0.2.2 by outgoingip:5 (192.0.2.2)");
	from(&f, ALICE, "2001:db8::7",
	    "2001:db8::1 by outgoingip:4 (2001:db8::1)");
	f.now = 1000000001;
	from(&f, ALICE, "198.51.100.1",
	    "192.0.2.3 by outgoingip:6 ([192.0.2.3])");
	from(&f, ALICE, "2001:db8::7",
	    "2001:db8::2 by outgoingip:7 ([2001:db8::2])");
	/* The same holds for the file of a host, which alone counts then. */
	f.host = "192.0.2.11\n192.0.2.12\n";
	from(&f, ALICE, "198.51.100.1",
	    "192.0.2.12 by outgoingip.h:2 (192.0.2.12)");

	/* One line, with and without its newline. */
	g.now = 12345;
	from(
	    &g, ALICE, "198.51.100.1", "192.0.2.1 by outgoingip:1 (192.0.2.1)");
	g.all = "192.0.2.1";
	from(
	    &g, ALICE, "198.51.100.1", "192.0.2.1 by outgoingip:1 (192.0.2.1)");
	g.all = "";
	from(&g, ALICE, "198.51.100.1", "system by default ()");
}

static void
test_lists_without_the_family(void **state)
{
	struct files f = { .all = "192.0.2.1\n192.0.2.2\n" };
	struct files g = { .host = "192.0.2.1\n", .all = "2001:db8::1\n" };

	/* No line is for this peer, and none is named. */
	from(&f, ALICE, "2001:db8::7", "system by outgoingip ()");
	/* The file of the host is the rule, not the one behind it. */
	from(&g, ALICE, "2001:db8::7", "system by outgoingip.h ()");
}

static void
test_system_addresses(void **state)
{
	struct files f = { .all = "0.0.0.0\n" };

	from(&f, ALICE, "198.51.100.1", "system by outgoingip:1 (0.0.0.0)");
	f.all = "192.0.2.1\n0.0.0.0\n";
	f.now = 1;
	from(&f, ALICE, "198.51.100.1", "system by outgoingip:2 (0.0.0.0)");
	f.all = "::\n";
	from(&f, ALICE, "2001:db8::7", "system by outgoingip:1 (::)");
	/* It is a rule: those behind it do not apply. */
	f.variable = "0.0.0.0";
	f.all = "192.0.2.1\n";
	from(&f, ALICE, "198.51.100.1", "system by OUTGOINGIP (0.0.0.0)");
	f.domainbindings = "client.example:0.0.0.0\n";
	f.variable = "192.0.2.1";
	from(&f, ALICE, "198.51.100.1",
	    "system by domainbindings:1 (client.example)");
	f.bindroutes = "198.:0.0.0.0\n";
	f.domainbindings = "client.example:192.0.2.1\n";
	from(&f, ALICE, "198.51.100.1", "system by bindroutes:1 (198.)");
}

static void
test_one_address_for_both_families(void **state)
{
	struct files f = { .variable = "192.0.2.1" };

	from(&f, ALICE, "2001:db8::7", "system by OUTGOINGIP (192.0.2.1)");
	f.variable = "[2001:db8::1]";
	from(&f, ALICE, "2001:db8::7",
	    "2001:db8::1 by OUTGOINGIP ([2001:db8::1])");
	from(&f, ALICE, "198.51.100.1", "system by OUTGOINGIP ([2001:db8::1])");
	f.domainbindings = "client.example:2001:db8::2\n";
	from(&f, ALICE, "2001:db8::7",
	    "2001:db8::2 by domainbindings:1 (client.example)");
	from(&f, ALICE, "198.51.100.1",
	    "system by domainbindings:1 (client.example)");
}

static void
test_bad_addresses(void **state)
{
	struct files f = { .domainbindings = "client.example:192.0.2\n:x\n",
		.variable = "192.0.2.1" };
	struct files g = { .host = "x\n", .all = "192.0.2.1\n" };

	from(&f, ALICE, "198.51.100.1",
	    "bad by domainbindings:1 (client.example)");
	from(&f, ALICE, "2001:db8::7",
	    "bad by domainbindings:1 (client.example)");
	from(&f, "bob@other.example", "198.51.100.1",
	    "bad by domainbindings:2 ()");
	f.domainbindings = NULL;
	f.variable = "192.0.2.1 192.0.2.2";
	from(&f, ALICE, "198.51.100.1",
	    "bad by OUTGOINGIP (192.0.2.1 192.0.2.2)");
	f.variable = "localhost";
	from(&f, ALICE, "2001:db8::7", "bad by OUTGOINGIP (localhost)");

	/* Bad lines of a list are passed over if there are others. */
	f.variable = NULL;
	f.all = "eth0\n192.0.2.1\n192.0.2.256\n";
	f.now = 5;
	from(
	    &f, ALICE, "198.51.100.1", "192.0.2.1 by outgoingip:2 (192.0.2.1)");
	f.all = "# no address\neth0\neth1\n";
	from(&f, ALICE, "198.51.100.1", "bad by outgoingip:2 (eth0)");
	from(&g, ALICE, "198.51.100.1", "bad by outgoingip.h:1 (x)");
}

#define family(...) family_at(HERE, __VA_ARGS__)

static void
family_at(struct place at, const struct files *f, const char *sender, int want)
{
	const struct source_facts facts = facts_of(f, sender);

	check_number(at, (unsigned)source_family(&facts), (unsigned)want);
}

static void
test_family(void **state)
{
	struct files f = { NULL };

	(void)state;
	family(&f, ALICE, 0);
	f.all = "192.0.2.1\n";
	family(&f, ALICE, AF_INET);
	f.all = "192.0.2.1\nbad\n192.0.2.2\n";
	family(&f, ALICE, AF_INET);
	f.all = "2001:db8::1\n";
	family(&f, ALICE, AF_INET6);
	f.all = "192.0.2.1\n2001:db8::1\n";
	family(&f, ALICE, 0);
	f.host = "2001:db8::2\n";
	family(&f, ALICE, AF_INET6);
	f.variable = "192.0.2.3";
	family(&f, ALICE, AF_INET);
	f.domainbindings = "client.example:[2001:db8::4]\n"
	                   "b.example:\n"
	                   "c.example:0.0.0.0\n"
	                   "d.example:bad\n";
	family(&f, ALICE, AF_INET6);
	/* The system's choice is of either family. */
	family(&f, "x@b.example", 0);
	family(&f, "x@c.example", 0);
	family(&f, "x@d.example", 0);
	/* Not listed: the next rule. */
	family(&f, "x@e.example", AF_INET);
	family(&f, "", AF_INET);
	f.variable = "::";
	family(&f, "", 0);
}

static void
test_family_of_the_systems_choice(void **state)
{
	struct files f = { .all = "0.0.0.0\n" };

	(void)state;
	/* It names no address, so neither family is preferred. */
	family(&f, ALICE, 0);
	f.all = "::\n";
	family(&f, ALICE, 0);
	f.all = "0.0.0.0\n2001:db8::1\n";
	family(&f, ALICE, 0);
	f.all = "192.0.2.1\n0.0.0.0\n";
	family(&f, ALICE, 0);
}

static void
test_family_of_bindroutes(void **state)
{
	struct files f = { .bindroutes = ":192.0.2.1\n" };

	(void)state;
	/* A line for every peer is the rule that applies. */
	family(&f, ALICE, AF_INET);
	f.variable = "2001:db8::1";
	family(&f, ALICE, AF_INET);
	f.bindroutes = ":0.0.0.0\n";
	family(&f, ALICE, 0);
	/* One that is empty, and lines for some peers, leave the choice to the
	 * rules behind them. */
	f.bindroutes = ":\n";
	family(&f, ALICE, AF_INET6);
	f.bindroutes = "10.:192.0.2.1\n";
	family(&f, ALICE, AF_INET6);
}

#define named(...) named_at(HERE, check_arena(state), __VA_ARGS__)

/* The line by which the sender's domain is the name; "" if it is not. */
static void
named_at(struct place at, struct arena *a, const char *text, const char *sender,
    const char *want)
{
	const struct files f = { .domainbindings = text };
	const struct source_facts facts = facts_of(&f, sender);
	struct why why;
	struct buf b;

	buf_init(&b, a, 1000);
	if (source_names_sender(&why, &facts))
		put_why(&b, &why);
	check_text(at, buf_span(&b), want);
}

static void
test_name_of_sender(void **state)
{
	static const char text[] = "user1@example.com:6.5.4.3\n"
	                           "example.com:5.6.7.8\n"
	                           ".example.com:5.6.7.9\n"
	                           "b.example:\n"
	                           ":1.2.3.5\n"
	                           "postmaster:192.0.2.1\n";

	named(
	    text, "user1@example.com", "domainbindings:1 (user1@example.com)");
	named(text, "user2@Example.com", "domainbindings:2 (example.com)");
	named(text, "a@sub.example.com", "domainbindings:3 (.example.com)");
	/* Also if the address is left to the system. */
	named(text, "a@b.example", "domainbindings:4 (b.example)");
	/* The line for all others names nobody. */
	named(text, "a@example.org", "");
	named(text, "", "");
	/* A sender without a domain has no name to give. */
	named(text, "postmaster", "");
	named("", ALICE, "");
}

#define name(...) name_at(HERE, __VA_ARGS__)

static void
name_at(struct place at, const char *text, const char *local, const char *want,
    unsigned line)
{
	const struct files f = { .names = text };
	const struct source_facts facts = facts_of(&f, ALICE);
	const struct ip ip = ip_of(local);
	struct why why = { SPAN(""), 0, SPAN("") };
	struct span got = SPAN("");

	check_true(at, source_name_of(&got, &why, &facts, &ip) == (line > 0),
	    "whether there is one");
	check_text(at, got, want);
	check_number(at, why.line, line);
	if (line > 0)
		check_text(at, why.file, "helohostbyip");
}

static void
test_name_by_address(void **state)
{
	static const char text[] = "192.0.2.1:one.example\n"
	                           "# a comment\n"
	                           "[2001:db8::1]:six.example \n"
	                           "192.0.2.1:late.example\n"
	                           "192.0.2.2:\n"
	                           "192.0.2.2:two.example\n"
	                           "[192.0.2.3]:three.example\n"
	                           "192.0.2.4\n"
	                           ":all.example\n"
	                           "2001:db8::5:five.example\n"
	                           "[2001:0DB8::0:6]:long.example\n";

	(void)state;
	name(text, "192.0.2.1", "one.example", 1);
	name(text, "2001:db8::1", "six.example", 3);
	/* A line without a name has none to give. */
	name(text, "192.0.2.2", "two.example", 6);
	name(text, "192.0.2.3", "three.example", 7);
	name(text, "192.0.2.4", "", 0);
	name(text, "192.0.2.10", "", 0);
	/* IPv6 stands in brackets. */
	name(text, "2001:db8::5", "", 0);
	/* Addresses are compared, not their texts. */
	name(text, "2001:db8::6", "long.example", 11);
	name("", "192.0.2.1", "", 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_order),
		CHECK(test_domainbindings),
		CHECK(test_bindroutes),
		CHECK(test_bindroutes_ipv6),
		CHECK(test_lists),
		CHECK(test_lists_without_the_family),
		CHECK(test_system_addresses),
		CHECK(test_one_address_for_both_families),
		CHECK(test_bad_addresses),
		CHECK(test_family),
		CHECK(test_family_of_the_systems_choice),
		CHECK(test_family_of_bindroutes),
		CHECK(test_name_of_sender),
		CHECK(test_name_by_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
