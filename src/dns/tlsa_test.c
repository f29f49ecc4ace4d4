/*
 * tlsa_test - what DNS says of a server's certificate
 *
 * REQ: DANE-03 DANE-04 DANE-08
 */
#include "base/compiler.h"
#include "dns/fake.h"
#include "dns/tlsa.h"

/* clang-format off */
static const struct fake_row rows[] = {
	{ "_25._tcp.mx", WIRE_TLSA, DNS_OK, true, "311one" },
	{ "_25._tcp.mx", WIRE_TLSA, DNS_OK, true, "202two" },
	{ "_465._tcp.mx", WIRE_TLSA, DNS_OK, true, "310other" },
	{ "_25._tcp.empty", WIRE_TLSA, DNS_OK, true, "311" },
	{ "_25._tcp.open", WIRE_TLSA, DNS_OK, false, "311x" },
	{ "_25._tcp.gone", WIRE_TLSA, DNS_NXDOMAIN, true, NULL },
	{ "_25._tcp.void", WIRE_TLSA, DNS_NODATA, true, NULL },
	{ "_25._tcp.bogus", WIRE_TLSA, DNS_SOFT, false, NULL },
	{ "_25._tcp.led", WIRE_CNAME, DNS_OK, true, "_25._tcp.mx" },
	{ "_25._tcp.astray", WIRE_CNAME, DNS_OK, false, "_25._tcp.mx" },
};
/* clang-format on */

#define finds(...) finds_at(HERE, check_arena(state), __VA_ARGS__)

/* The records of a host, as "311one|" each; where they are, and what was
 * asked. */
static void
finds_at(struct place at, struct arena *a, struct tlsa_host h, uint16_t port,
    enum dns_status status, const char *want, const char *want_base,
    const char *want_asked)
{
	struct fake f = FAKE(rows);
	struct span base = SPAN("?");
	struct tlsa *tlsa = NULL;
	char text[400] = "";
	size_t n = 99, used = 0;

	check_number(
	    at, tlsa_find(&tlsa, &n, &base, &f.resolver, &h, port, a), status);
	if (status != DNS_OK)
		check_number(at, n, 0);
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%u%u%u%.*s|", tlsa[i].usage, tlsa[i].selector,
		    tlsa[i].matching, (int)tlsa[i].data.n, tlsa[i].data.p);
	check_text(at, span_of(text), want);
	check_text(at, base, want_base);
	check_text(at, span_of(f.asked), want_asked);
}

/* A host that is no alias. */
static struct tlsa_host
host(const char *name)
{
	return (struct tlsa_host){ span_of(name), span_of(name), true, false };
}

/* An alias that is secure all the way. */
static struct tlsa_host
alias(const char *name, const char *canonical)
{
	return (
	    struct tlsa_host){ span_of(name), span_of(canonical), true, false };
}

static void
test_hosts(void **state)
{
	finds(host("mx"), 25, DNS_OK, "311one|202two|", "mx", "_25._tcp.mx|");
	finds(host("mx"), 465, DNS_OK, "310other|", "mx", "_465._tcp.mx|");
	finds(host("mx"), 26, DNS_NODATA, "", "mx", "_26._tcp.mx|");
	/* No data is no use, but it is a record. */
	finds(host("empty"), 25, DNS_OK, "311|", "empty", "_25._tcp.empty|");
	finds(host("gone"), 25, DNS_NODATA, "", "gone", "_25._tcp.gone|");
	finds(host("void"), 25, DNS_NODATA, "", "void", "_25._tcp.void|");
	/* Not secure: as if there were none.  Not believed: not to be used. */
	finds(host("open"), 25, DNS_NODATA, "", "open", "_25._tcp.open|");
	finds(host("bogus"), 25, DNS_SOFT, "", "bogus", "_25._tcp.bogus|");
	/* The records' own alias. */
	finds(
	    host("led"), 25, DNS_OK, "311one|202two|", "led", "_25._tcp.led|");
	finds(host("astray"), 25, DNS_NODATA, "", "astray", "_25._tcp.astray|");
}

static void
test_hosts_that_are_not_secure(void **state)
{
	struct tlsa_host h = host("mx");

	h.secure = false;
	finds(h, 25, DNS_NODATA, "", "mx", "");
	h = alias("mx", "elsewhere");
	h.secure = false;
	finds(h, 25, DNS_NODATA, "", "mx", "");
}

static void
test_aliases(void **state)
{
	struct tlsa_host h;

	/* Where the alias leads comes first.                  [7672:2.2.2] */
	finds(alias("alias", "mx"), 25, DNS_OK, "311one|202two|", "mx",
	    "_25._tcp.mx|");
	finds(alias("mx", "empty"), 25, DNS_OK, "311|", "empty",
	    "_25._tcp.empty|");
	finds(alias("mx", "gone"), 25, DNS_OK, "311one|202two|", "mx",
	    "_25._tcp.gone|_25._tcp.mx|");
	finds(alias("mx", "open"), 25, DNS_OK, "311one|202two|", "mx",
	    "_25._tcp.open|_25._tcp.mx|");
	finds(alias("gone", "void"), 25, DNS_NODATA, "", "gone",
	    "_25._tcp.void|_25._tcp.gone|");
	/* What cannot be believed is not passed over. */
	finds(
	    alias("mx", "bogus"), 25, DNS_SOFT, "", "bogus", "_25._tcp.bogus|");
	finds(alias("bogus", "gone"), 25, DNS_SOFT, "", "bogus",
	    "_25._tcp.gone|_25._tcp.bogus|");
	/* The same name in other case is no alias. */
	finds(alias("mx", "MX"), 25, DNS_OK, "311one|202two|", "mx",
	    "_25._tcp.mx|");
	/* Only the alias itself is secure. */
	h = alias("mx", "empty");
	h.secure = false;
	h.alias_secure = true;
	finds(h, 25, DNS_OK, "311one|202two|", "mx", "_25._tcp.mx|");
}

static void
test_long_names(void **state)
{
	char name[600];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	finds(host(name), 25, DNS_NODATA, "", name, "");
	/* A host may have the name, and its records not. */
	for (size_t i = 50; i < 250; i += 50)
		name[i] = '.';
	name[250] = '\0';
	assert_true(wire_name_ok(span_of(name)));
	finds(host(name), 25, DNS_NODATA, "", name, "");
}

#define use(...) use_at(HERE, __VA_ARGS__)

/* Whether one record can be used; it does not matter what stands before. */
static void
use_at(struct place at, bool want, uint8_t usage, uint8_t selector,
    uint8_t matching, struct span data)
{
	struct tlsa records[] = { { 1, 1, 1, data },
		{ usage, selector, matching, data } };

	check_true(at, tlsa_usable(records, 2) == want, "a record");
}

/* What OpenSSL makes of such records is seen in whole deliveries. */
static void
test_usable(void **state)
{
	static const char zeros[64];
	const struct span sha256 = { zeros, 32 }, sha512 = { zeros, 64 };
	char whole[4 + 300] = { 0x30, (char)0x82, 300 / 256, 300 % 256 };

	(void)state;
	assert_false(tlsa_usable(NULL, 0));
	use(true, 3, 1, 1, sha256);
	use(true, 2, 0, 2, sha512);
	use(false, 0, 1, 1, sha256);
	use(false, 1, 1, 1, sha256);
	use(false, 4, 1, 1, sha256);
	use(false, 255, 1, 1, sha256);
	use(false, 3, 2, 1, sha256);
	use(false, 3, 1, 3, sha256);
	use(false, 3, 1, 255, sha256);
	use(false, 3, 1, 1, sha512);
	use(false, 3, 1, 2, sha256);
	use(false, 3, 1, 1, (struct span){ zeros, 31 });
	use(false, 3, 1, 1, SPAN(""));
	/* A whole certificate, or what might be one. */
	use(true, 3, 0, 0, (struct span){ whole, sizeof(whole) });
	use(false, 3, 0, 0, (struct span){ whole, sizeof(whole) - 1 });
	use(true, 3, 0, 0, SPAN("\x30\x02\x05\x00"));
	use(false, 3, 0, 0, SPAN("\x30\x02\x05\x00\x00"));
	use(false, 3, 0, 0, SPAN("\x31\x02\x05\x00"));
	use(false, 3, 0, 0, SPAN("\x30\x00"));
	use(false, 3, 0, 0, SPAN("\x30"));
	use(false, 3, 0, 0, SPAN("\x30\x80"));
	use(false, 3, 0, 0, SPAN("\x30\x82\x00"));
	use(false, 3, 0, 0, SPAN("\x30\xff\x01\x01\x01\x01\x01"));
	use(false, 3, 0, 0, SPAN(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_hosts),
		CHECK(test_hosts_that_are_not_secure),
		CHECK(test_aliases),
		CHECK(test_long_names),
		CHECK(test_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
