/*
 * ip_test - addresses
 */
#include "base/check.h"
#include "net/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#define good(...) good_at(HERE, __VA_ARGS__)
#define bad(text) bad_at(HERE, SPAN(text))

/* text is an address, and want the way we write it. */
static void
good_at(struct place at, const char *text, int family, const char *want)
{
	char out[IP_TEXT_MAX];
	struct ip ip, again;

	check_true(at, ip_parse(&ip, span_of(text)), text);
	check_number(at, (unsigned)ip.family, (unsigned)family);
	check_text(at, ip_text(out, &ip), want);
	/* What we write we read again. */
	check_true(at, ip_parse(&again, ip_text(out, &ip)), want);
	check_true(at, ip_equal(&ip, &again), "the same again");
}

static void
bad_at(struct place at, struct span text)
{
	struct ip ip;

	check_true(at, !ip_parse(&ip, text), "no address");
}

static void
test_parse(void **state)
{
	(void)state;
	good("192.0.2.1", AF_INET, "192.0.2.1");
	good("0.0.0.0", AF_INET, "0.0.0.0");
	good("255.255.255.255", AF_INET, "255.255.255.255");
	good("::", AF_INET6, "::");
	good("::1", AF_INET6, "::1");
	good("2001:db8::1", AF_INET6, "2001:db8::1");
	good("2001:DB8:0:0:0:0:0:1", AF_INET6, "2001:db8::1"); /* [5952:4] */
	good("2001:db8:1:2:3:4:5:6", AF_INET6, "2001:db8:1:2:3:4:5:6");
	good("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", AF_INET6,
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	/* An IPv4 address in another coat is that address.  [4291:2.5.5.2] */
	good("::ffff:192.0.2.1", AF_INET, "192.0.2.1");
	good("::ffff:c000:201", AF_INET, "192.0.2.1");
	/* This is not one. */
	good("::192.0.2.1", AF_INET6, "::192.0.2.1");
	good("::fffe:c000:201", AF_INET6, "::fffe:c000:201");

	bad("");
	bad("192.0.2");
	bad("192.0.2.1.");
	bad("192.0.2.256");
	bad("192.0.2.1 ");
	bad(" 192.0.2.1");
	bad("192.0.2.01");
	bad("0xc0.0.2.1");
	bad("3221225985");
	bad("192.0.2.1:25");
	bad("localhost");
	bad("a.b.c.d");
	bad(":");
	bad(":::");
	bad("1::2::3");
	bad("1:2:3:4:5:6:7");
	bad("1:2:3:4:5:6:7:8:9");
	bad("2001:db8::g");
	bad("[::1]");
	bad("fe80::1%eth0");
	bad("fe80::1%1");
	/* Longer than any address. */
	bad("0000:0000:0000:0000:0000:ffff:255.255.255.2555");
	bad("1111111111111111111111111111111111111111111111111111111111111");
}

static void
test_nul(void **state)
{
	(void)state;
	/* A span is an address as a whole or not at all. */
	bad("192.0.2.1\0");
	bad("192.0.2.1\0.example.org");
	bad("::1\0x");
}

#define literal(...) literal_at(HERE, __VA_ARGS__)
#define no_literal(text) no_literal_at(HERE, SPAN(text))

static void
literal_at(struct place at, const char *text, const char *want)
{
	char out[IP_TEXT_MAX];
	struct ip ip;

	check_true(at, ip_parse_literal(&ip, span_of(text)), text);
	check_text(at, ip_text(out, &ip), want);
}

static void
no_literal_at(struct place at, struct span text)
{
	struct ip ip;

	check_true(at, !ip_parse_literal(&ip, text), "no literal");
}

static void
test_literal(void **state)
{
	(void)state;
	/* REQ: CLI-04 */
	literal("[192.0.2.1]", "192.0.2.1");
	literal("[2001:db8::1]", "2001:db8::1");
	literal("[IPv6:2001:db8::1]", "2001:db8::1"); /* [5321:4.1.3] */
	literal("[ipv6:::1]", "::1");
	literal("[IPv6:::ffff:192.0.2.1]", "192.0.2.1");

	no_literal("");
	no_literal("[");
	no_literal("[]");
	no_literal("[ ]");
	no_literal("192.0.2.1");
	no_literal("[192.0.2.1");
	no_literal("192.0.2.1]");
	no_literal("[192.0.2.1]x");
	no_literal("[192.0.2.1]]");
	no_literal("[[192.0.2.1]]");
	no_literal("[IPv6:]");
	no_literal("[IPv6:192.0.2.1]");
	no_literal("[IPv6:IPv6:::1]");
	no_literal("[IPv4:192.0.2.1]");
	no_literal("[example.org]");
}

static void
test_of_bytes(void **state)
{
	static const uint8_t v4[] = { 192, 0, 2, 1 };
	static const uint8_t mapped[16] = { [10] = 0xff, 0xff, 192, 0, 2, 1 };
	struct ip a = ip_of_bytes(AF_INET, v4);
	struct ip b = ip_of_bytes(AF_INET6, mapped);

	(void)state;
	assert_true(ip_equal(&a, &b));
	assert_int_equal(a.family, AF_INET);
	/* What IPv4 does not use is 0, so that bytes can be compared. */
	for (int i = 4; i < 16; i++)
		assert_int_equal(a.b[i] | b.b[i], 0);
}

static void
test_equal(void **state)
{
	struct ip a, b;

	(void)state;
	assert_true(ip_parse(&a, SPAN("192.0.2.1")));
	assert_true(ip_parse(&b, SPAN("192.0.2.2")));
	assert_true(ip_equal(&a, &a));
	assert_false(ip_equal(&a, &b));
	/* The same bytes in another family. */
	assert_true(ip_parse(&a, SPAN("0.0.0.0")));
	assert_true(ip_parse(&b, SPAN("::")));
	assert_false(ip_equal(&a, &b));
	assert_true(ip_is_any(&a) && ip_is_any(&b));
	/* They differ in the last byte alone. */
	assert_true(ip_parse(&a, SPAN("2001:db8::1")));
	assert_false(ip_is_any(&a));
	assert_true(ip_parse(&b, SPAN("2001:db8::2")));
	assert_false(ip_equal(&a, &b));
}

static void
test_text_of_nothing(void **state)
{
	struct ip ip = { .family = AF_UNSPEC };
	char out[IP_TEXT_MAX];

	(void)state;
	check_text(HERE, ip_text(out, &ip), "");
}

static void
test_sockaddr(void **state)
{
	struct endpoint e = { .port = 2525 };
	struct sockaddr_storage sa;
	const struct sockaddr_in *in = (const void *)&sa;
	const struct sockaddr_in6 *in6 = (const void *)&sa;
	struct ip back;

	(void)state;
	assert_true(ip_parse(&e.ip, SPAN("192.0.2.1")));
	assert_int_equal(ip_sockaddr(&sa, &e), sizeof(*in));
	assert_int_equal(in->sin_family, AF_INET);
	assert_int_equal(ntohs(in->sin_port), 2525);
	assert_int_equal(ntohl(in->sin_addr.s_addr), 0xc0000201);
	assert_true(ip_of_sockaddr(&back, (const struct sockaddr *)&sa));
	assert_true(ip_equal(&back, &e.ip));

	assert_true(ip_parse(&e.ip, SPAN("2001:db8::1")));
	assert_int_equal(ip_sockaddr(&sa, &e), sizeof(*in6));
	assert_int_equal(in6->sin6_family, AF_INET6);
	assert_int_equal(ntohs(in6->sin6_port), 2525);
	assert_memory_equal(&in6->sin6_addr, e.ip.b, 16);
	assert_int_equal(in6->sin6_scope_id, 0);
	assert_true(ip_of_sockaddr(&back, (const struct sockaddr *)&sa));
	assert_true(ip_equal(&back, &e.ip));

	sa.ss_family = AF_UNIX;
	assert_false(ip_of_sockaddr(&back, (const struct sockaddr *)&sa));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_parse),
		CHECK(test_nul),
		CHECK(test_literal),
		CHECK(test_of_bytes),
		CHECK(test_equal),
		CHECK(test_text_of_nothing),
		CHECK(test_sockaddr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
