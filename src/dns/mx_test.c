/*
 * mx_test - a domain, as mail exchangers in order, and their addresses
 *
 * REQ: DNS-01 DNS-02
 */
#include "base/check.h"
#include "base/compiler.h"
#include "dns/fake.h"
#include "dns/mx.h"

#include <sys/socket.h>

/* ---- exchangers ---- */

#define finds(...) finds_at(HERE, check_arena(state), __VA_ARGS__)

/* The exchangers of a domain, as "10 name|" each. */
static void
finds_at(struct place at, struct arena *a, struct fake *f, const char *domain,
    enum dns_status status, const char *want)
{
	char text[400] = "";
	size_t n = 99, used = 0;
	struct mx *mx;
	bool null;

	f->hosts[0] = '\0';
	check_number(at,
	    mx_find(&mx, &n, &null, &f->resolver, span_of(domain), a), status);
	if (status != DNS_OK)
		check_number(at, n, 0);
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%u %.*s|", mx[i].preference, (int)mx[i].name.n,
		    mx[i].name.p);
	check_text(at, span_of(text), want);
	check_number(at, null, 0);
}

static void
test_order(void **state)
{
	static const struct fake_row rows[] = {
		{ "example.org", WIRE_MX, DNS_OK, false, "30 c.example.org" },
		{ "example.org", WIRE_MX, DNS_OK, false, "0 a.example.org" },
		{ "example.org", WIRE_MX, DNS_OK, false,
		    "65535 d.example.org" },
		{ "example.org", WIRE_MX, DNS_OK, false, "10 B.Example.ORG" },
		{ "gone.org", WIRE_MX, DNS_NXDOMAIN, false, NULL },
		{ "lame.org", WIRE_MX, DNS_SOFT, false, NULL },
	};
	struct fake f = FAKE(rows);

	finds(&f, "example.org", DNS_OK,
	    "0 a.example.org|10 b.example.org|30 c.example.org|"
	    "65535 d.example.org|");
	assert_string_equal(f.hosts, "MX example.org|");
	finds(&f, "plain.org", DNS_NODATA, "");
	finds(&f, "gone.org", DNS_NXDOMAIN, "");
	finds(&f, "lame.org", DNS_SOFT, "");
}

static void
test_names_not_asked_for(void **state)
{
	struct fake f = { .resolver.ask = fake_ask };

	/* What no name can be does not exist. */
	finds(&f, "", DNS_NXDOMAIN, "");
	finds(&f, "a..org", DNS_NXDOMAIN, "");
	assert_string_equal(f.hosts, "");
	/* This host is its own.                                  [6761:6.3] */
	finds(&f, "localhost", DNS_NODATA, "");
	assert_string_equal(f.hosts, "");
	finds(&f, "LocalHost.", DNS_NODATA, "");
	assert_string_equal(f.hosts, "");
	finds(&f, "mail.localhost", DNS_NODATA, "");
	assert_string_equal(f.hosts, "");
	/* These are names like others. */
	finds(&f, "notlocalhost", DNS_NODATA, "");
	assert_string_equal(f.hosts, "MX notlocalhost|");
	finds(&f, "localhost.org", DNS_NODATA, "");
	assert_string_equal(f.hosts, "MX localhost.org|");
}

static void
test_literals(void **state)
{
	/* REQ: DNS-07 */
	static const struct fake_row rows[] = {
		{ "example.org", WIRE_MX, DNS_OK, false, "1 192.0.2.1" },
		{ "example.org", WIRE_MX, DNS_OK, false, "2 [192.0.2.1]" },
		{ "example.org", WIRE_MX, DNS_OK, false, "3 ::1" },
		{ "example.org", WIRE_MX, DNS_OK, false,
		    "4 192.0.2.1.example.org" },
		{ "only.org", WIRE_MX, DNS_OK, false, "1 192.0.2.1" },
	};
	struct fake f = FAKE(rows);

	finds(&f, "example.org", DNS_OK, "4 192.0.2.1.example.org|");
	/* There are some, but none to try. */
	finds(&f, "only.org", DNS_OK, "");
}

static void
test_null(void **state)
{
	static const struct fake_row rows[] = {
		{ "none.org", WIRE_MX, DNS_OK, false, "0 " },
		{ "some.org", WIRE_MX, DNS_OK, false, "0 " },
		{ "some.org", WIRE_MX, DNS_OK, false, "10 mx.some.org" },
		{ "twice.org", WIRE_MX, DNS_OK, false, "0 " },
		{ "twice.org", WIRE_MX, DNS_OK, false, "10 " },
	};
	struct fake f = FAKE(rows);
	struct mx *mx;
	bool null;
	size_t n;

	/* REQ: DNS-05 */
	assert_int_equal(mx_find(&mx, &n, &null, &f.resolver, SPAN("none.org"),
	                     check_arena(state)),
	    DNS_OK);
	assert_true(null);
	assert_int_equal(n, 0);
	/* Beside others, it says nothing.                          [7505:3] */
	finds(&f, "some.org", DNS_OK, "10 mx.some.org|");
	finds(&f, "twice.org", DNS_OK, "");
}

static void
test_shuffle(void **state)
{
	enum { RUNS = 6000, ORDERS = 6 };
	static const struct fake_row rows[] = {
		{ "example.org", WIRE_MX, DNS_OK, false, "20 b" },
		{ "example.org", WIRE_MX, DNS_OK, false, "10 a" },
		{ "example.org", WIRE_MX, DNS_OK, false, "20 c" },
		{ "example.org", WIRE_MX, DNS_OK, false, "30 e" },
		{ "example.org", WIRE_MX, DNS_OK, false, "20 d" },
	};
	static const char *const orders[ORDERS] = { "abcde", "abdce", "acbde",
		"acdbe", "adbce", "adcbe" };
	struct fake f = FAKE(rows);
	int count[ORDERS] = { 0 }, all = 0;

	/* Each order of the three equals comes up as often as the others. */
	for (int run = 0; run < RUNS; run++) {
		struct arena *a = arena_beside(check_arena(state));
		char got[6] = "";
		struct mx *mx;
		bool null;
		size_t n;

		f.hosts[0] = '\0';
		assert_int_equal(mx_find(&mx, &n, &null, &f.resolver,
		                     SPAN("example.org"), a),
		    DNS_OK);
		assert_int_equal(n, 5);
		for (size_t i = 0; i < n; i++)
			got[i] = mx[i].name.p[0];
		for (int i = 0; i < ORDERS; i++)
			count[i] += strcmp(got, orders[i]) == 0;
		arena_free(a);
	}
	for (int i = 0; i < ORDERS; i++) {
		/* A thousand each, but for seven deviations. */
		assert_in_range(count[i], 800, 1200);
		all += count[i];
	}
	assert_int_equal(all, RUNS);
}

/* ---- addresses ---- */

#define addresses(...) addresses_at(HERE, check_arena(state), __VA_ARGS__)

/* The addresses of a host with a bar behind each, and what was asked. */
static void
addresses_at(struct place at, struct arena *a, struct fake *f, const char *name,
    enum family_order order, enum dns_status status, const char *want,
    const char *want_asked)
{
	char text[400] = "", address[IP_TEXT_MAX];
	size_t n = 99, used = 0;
	struct tlsa_host host;
	struct ip *ip;

	f->hosts[0] = '\0';
	check_number(at,
	    mx_addresses(&ip, &n, &host, &f->resolver, span_of(name), order, a),
	    status);
	for (size_t i = 0; i < n; i++) {
		(void)ip_text(address, &ip[i]);
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "%s|", address);
	}
	check_text(at, span_of(text), want);
	check_text(at, span_of(f->hosts), want_asked);
}

static const struct fake_row hosts[] = {
	{ "both", WIRE_A, DNS_OK, false, "192.0.2.1" },
	{ "both", WIRE_A, DNS_OK, false, "192.0.2.2" },
	{ "both", WIRE_A, DNS_OK, false, "192.0.2.3" },
	{ "both", WIRE_AAAA, DNS_OK, false, "2001:db8::1" },
	{ "four", WIRE_A, DNS_OK, false, "192.0.2.4" },
	{ "six", WIRE_AAAA, DNS_OK, false, "2001:db8::6" },
	{ "six", WIRE_AAAA, DNS_OK, false, "2001:db8::7" },
	{ "half4", WIRE_A, DNS_SOFT, false, NULL },
	{ "half4", WIRE_AAAA, DNS_OK, false, "2001:db8::4" },
	{ "half6", WIRE_A, DNS_OK, false, "192.0.2.6" },
	{ "half6", WIRE_AAAA, DNS_SOFT, false, NULL },
	{ "lame", WIRE_AAAA, DNS_SOFT, false, NULL },
	{ "gone", WIRE_A, DNS_NXDOMAIN, false, NULL },
	{ "gone", WIRE_AAAA, DNS_NXDOMAIN, false, NULL },
	{ "mapped", WIRE_AAAA, DNS_OK, false, "::ffff:192.0.2.7" },
};

static void
test_turns(void **state)
{
	struct fake f = FAKE(hosts);

	addresses(&f, "both", PREFER_IPV4, DNS_OK,
	    "192.0.2.1|2001:db8::1|192.0.2.2|192.0.2.3|", "A both|AAAA both|");
	addresses(&f, "both", PREFER_IPV6, DNS_OK,
	    "2001:db8::1|192.0.2.1|192.0.2.2|192.0.2.3|", "AAAA both|A both|");
	addresses(&f, "both", ONLY_IPV4, DNS_OK,
	    "192.0.2.1|192.0.2.2|192.0.2.3|", "A both|");
	addresses(&f, "both", ONLY_IPV6, DNS_OK, "2001:db8::1|", "AAAA both|");
	addresses(
	    &f, "four", PREFER_IPV6, DNS_OK, "192.0.2.4|", "AAAA four|A four|");
	addresses(&f, "six", PREFER_IPV4, DNS_OK, "2001:db8::6|2001:db8::7|",
	    "A six|AAAA six|");
	addresses(&f, "mapped", PREFER_IPV4, DNS_OK, "192.0.2.7|",
	    "A mapped|AAAA mapped|");
}

static void
test_lacks(void **state)
{
	struct fake f = FAKE(hosts);

	addresses(&f, "none", PREFER_IPV4, DNS_NODATA, "", "A none|AAAA none|");
	addresses(&f, "four", ONLY_IPV6, DNS_NODATA, "", "AAAA four|");
	/* What does not exist has no other family either. */
	addresses(&f, "gone", PREFER_IPV4, DNS_NXDOMAIN, "", "A gone|");
	addresses(&f, "gone", PREFER_IPV6, DNS_NXDOMAIN, "", "AAAA gone|");
	/* One family that answers is enough; none is not. */
	addresses(&f, "half4", PREFER_IPV4, DNS_OK, "2001:db8::4|",
	    "A half4|AAAA half4|");
	addresses(&f, "half6", PREFER_IPV4, DNS_OK, "192.0.2.6|",
	    "A half6|AAAA half6|");
	addresses(&f, "lame", PREFER_IPV4, DNS_SOFT, "", "A lame|AAAA lame|");
	addresses(&f, "lame", PREFER_IPV6, DNS_SOFT, "", "AAAA lame|A lame|");
	addresses(&f, "lame", ONLY_IPV4, DNS_NODATA, "", "A lame|");
	addresses(&f, "a..b", PREFER_IPV4, DNS_NXDOMAIN, "", "");
}

static void
test_other_family_for_want_of_one(void **state)
{
	struct fake f = FAKE(hosts);

	addresses(&f, "both", IPV4_ELSE_IPV6, DNS_OK,
	    "192.0.2.1|192.0.2.2|192.0.2.3|", "A both|");
	addresses(
	    &f, "both", IPV6_ELSE_IPV4, DNS_OK, "2001:db8::1|", "AAAA both|");
	addresses(&f, "six", IPV4_ELSE_IPV6, DNS_OK, "2001:db8::6|2001:db8::7|",
	    "A six|AAAA six|");
	addresses(&f, "four", IPV6_ELSE_IPV4, DNS_OK, "192.0.2.4|",
	    "AAAA four|A four|");
	addresses(&f, "gone", IPV4_ELSE_IPV6, DNS_NXDOMAIN, "", "A gone|");
	addresses(
	    &f, "none", IPV6_ELSE_IPV4, DNS_NODATA, "", "AAAA none|A none|");
	addresses(
	    &f, "lame", IPV4_ELSE_IPV6, DNS_SOFT, "", "A lame|AAAA lame|");
}

static void
test_other_family_for_want_of_an_answer(void **state)
{
	struct fake f = FAKE(hosts);

	/*
	 * That there is none must be known: a lookup that failed is no reason
	 * to leave by the family it should not.
	 */
	addresses(&f, "half4", IPV4_ELSE_IPV6, DNS_SOFT, "", "A half4|");
}

static void
test_localhost(void **state)
{
	struct fake f = FAKE(hosts);

	/* [6761:6.3] */
	addresses(&f, "localhost", PREFER_IPV4, DNS_OK, "127.0.0.1|::1|", "");
	addresses(
	    &f, "a.LOCALHOST.", PREFER_IPV6, DNS_OK, "::1|127.0.0.1|", "");
	addresses(&f, "localhost", ONLY_IPV6, DNS_OK, "::1|", "");
}

static void
test_any_family(void **state)
{
	struct fake f = FAKE(hosts);
	int four = 0;

	for (int run = 0; run < 1000; run++) {
		struct arena *a = arena_beside(check_arena(state));
		struct tlsa_host host;
		struct ip *ip;
		size_t n;

		f.hosts[0] = '\0';
		assert_int_equal(mx_addresses(&ip, &n, &host, &f.resolver,
		                     SPAN("both"), ANY_FAMILY, a),
		    DNS_OK);
		assert_int_equal(n, 4);
		four += ip[0].family == AF_INET;
		arena_free(a);
	}
	assert_in_range(four, 350, 650);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_order),
		CHECK(test_names_not_asked_for),
		CHECK(test_literals),
		CHECK(test_null),
		CHECK(test_shuffle),
		CHECK(test_turns),
		CHECK(test_lacks),
		CHECK(test_other_family_for_want_of_one),
		CHECK(test_other_family_for_want_of_an_answer),
		CHECK(test_localhost),
		CHECK(test_any_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
