/*
 * wire_test - DNS answers as they come                        [1035:4.1]
 *
 * The packets are written out byte by byte.  Long because a peer can write
 * any packet.
 */
#include "base/buf.h"
#include "base/check.h"
#include "base/compiler.h"
#include "dns/wire.h"
#include "net/ip.h"

#include <sys/socket.h>

/* An answer to a question about example.org, whose name stands at 12. */
#define HEADER(answers) "\x12\x34\x81\x80\0\1\0" answers "\0\0\0\0"
#define EXAMPLE "\7example\3org"
#define QUESTION EXAMPLE "\0\0\1\0\1"
#define BEGIN(answers) HEADER(answers) QUESTION
/* Pointers to the name of the question, and to "org" in it. */
#define OWNER "\xc0\x0c"
#define ORG "\xc0\x14"

/* A record, its type and the length of its data in one byte each.  The first
 * begins at 0x1d, its data at 0x29 if its owner is a pointer. */
#define REST(type, length, data) "\0" type "\0\1\0\0\1\x2c\0" length data
#define RR(owner, type, length, data) owner REST(type, length, data)
/* An address, but not of the Internet. */
#define CHAOS OWNER "\0\1\0\3\0\0\0\0\0\4\xc0\0\2\1"
#define A "\1"
#define CNAME "\5"
#define MX "\x0f"
#define TXT "\x10"
#define AAAA "\x1c"
#define RRSIG "\x2e"
#define TLSA "\x34"

#define answers(...) answers_at(HERE, check_arena(state), __VA_ARGS__)
#define good(packet, type, canonical, want)                                    \
	answers(SPAN(packet), type, canonical, want)
#define bad(packet, type) answers(SPAN(packet), type, NULL, NULL)

/* A record, with a bar behind it. */
static size_t
show(char *text, size_t room, const struct wire_record *r, enum wire_type type)
{
	char address[IP_TEXT_MAX];
	struct ip ip;

	switch (type) {
	case WIRE_A:
	case WIRE_AAAA:
		ip = ip_of_bytes(
		    type == WIRE_A ? AF_INET : AF_INET6, r->address);
		(void)ip_text(address, &ip);
		return (size_t)snprintf(text, room, "%s|", address);
	case WIRE_MX:
		return (size_t)snprintf(text, room, "%u %.*s|", r->preference,
		    (int)r->name.n, r->name.p);
	case WIRE_CNAME:
		return (size_t)snprintf(
		    text, room, "%.*s|", (int)r->name.n, r->name.p);
	case WIRE_TLSA:
		return (size_t)snprintf(text, room, "%u %u %u %.*s|", r->usage,
		    r->selector, r->matching, (int)r->data.n, r->data.p);
	}
	return 0;
}

/* What a packet says; want is NULL if it is damaged. */
static void
answers_at(struct place at, struct arena *a, struct span packet,
    enum wire_type type, const char *want_canonical, const char *want)
{
	struct span canonical = SPAN("");
	struct wire_record *r = NULL;
	char text[400] = "";
	size_t used = 0;
	int n = wire_answers(&r, &canonical, packet, type, a);

	if (want == NULL) {
		check_number(at, (uint64_t)n, (uint64_t)-1);
		return;
	}
	check_true(at, n >= 0, "not damaged");
	for (int i = 0; i < n; i++)
		used += show(text + used, sizeof(text) - used, &r[i], type);
	check_text(at, span_of(text), want);
	check_text(at, canonical, want_canonical);
}

/* clang-format off */
static void
test_addresses(void **state)
{
	good(BEGIN("\0"),
	    WIRE_A, "example.org", "");
	good(BEGIN("\1")
	    RR(OWNER, A, "\4", "\xc0\0\2\1"),
	    WIRE_A, "example.org", "192.0.2.1|");
	good(BEGIN("\2")
	    RR(OWNER, A, "\4", "\xc0\0\2\1")
	    RR(EXAMPLE "\0", A, "\4", "\xc0\0\2\2"),
	    WIRE_A, "example.org", "192.0.2.1|192.0.2.2|");
	good(BEGIN("\1")
	    RR(OWNER, AAAA, "\x10", "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"),
	    WIRE_AAAA, "example.org", "2001:db8::1|");
	/* What the question did not ask for. */
	good(BEGIN("\1")
	    RR(OWNER, A, "\4", "\xc0\0\2\1"),
	    WIRE_AAAA, "example.org", "");
	/* Lengths that no address has. */
	bad(BEGIN("\1") RR(OWNER, A, "\3", "\xc0\0\2"), WIRE_A);
	bad(BEGIN("\1") RR(OWNER, A, "\5", "\xc0\0\2\1\0"), WIRE_A);
	bad(BEGIN("\1") RR(OWNER, A, "\0", ""), WIRE_A);
	bad(BEGIN("\1") RR(OWNER, AAAA, "\4", "\xc0\0\2\1"), WIRE_AAAA);
}

static void
test_exchangers(void **state)
{
	good(BEGIN("\1")
	    RR(OWNER, MX, "\6", "\0\x0a\1a" OWNER),
	    WIRE_MX, "example.org", "10 a.example.org|");
	good(BEGIN("\1")
	    RR(OWNER, MX, "\x0c", "\xff\xff\2mx\1x\3ORG\0"),
	    WIRE_MX, "example.org", "65535 mx.x.org|");
	/* The root: there is no mail.                              [7505:3] */
	good(BEGIN("\1")
	    RR(OWNER, MX, "\3", "\0\0\0"),
	    WIRE_MX, "example.org", "0 |");
	good(BEGIN("\2")
	    RR(OWNER, MX, "\4", "\0\5" OWNER)
	    RR(OWNER, MX, "\6", "\0\1\1b" ORG),
	    WIRE_MX, "example.org", "5 example.org|1 b.org|");

	/* Data that ends before the name does, or behind it. */
	bad(BEGIN("\1") RR(OWNER, MX, "\0", ""), WIRE_MX);
	bad(BEGIN("\1") RR(OWNER, MX, "\2", "\0\x0a"), WIRE_MX);
	bad(BEGIN("\1") RR(OWNER, MX, "\4", "\0\x0a\1a" OWNER), WIRE_MX);
	bad(BEGIN("\1") RR(OWNER, MX, "\5", "\0\x0a" OWNER "x"), WIRE_MX);
	bad(BEGIN("\1") RR(OWNER, MX, "\3", "\0\x0a\xc0") "\x0c", WIRE_MX);
}

static void
test_certificates(void **state)
{
	/* REQ: DANE-03 */
	good(BEGIN("\1")
	    RR(OWNER, TLSA, "\5", "\3\1\2ab"),
	    WIRE_TLSA, "example.org", "3 1 2 ab|");
	/* Whatever the numbers are, and without data. */
	good(BEGIN("\2")
	    RR(OWNER, TLSA, "\4", "\xff\xfe\xfd" "a")
	    RR(OWNER, TLSA, "\3", "\0\0\0"),
	    WIRE_TLSA, "example.org", "255 254 253 a|0 0 0 |");
	good(BEGIN("\2")
	    RR(OWNER, CNAME, "\4", "\1a" ORG)
	    RR("\1a" ORG, TLSA, "\4", "\2\0\1x"),
	    WIRE_TLSA, "a.org", "2 0 1 x|");
	/* Fewer than three numbers, and data behind the end. */
	bad(BEGIN("\1") RR(OWNER, TLSA, "\0", ""), WIRE_TLSA);
	bad(BEGIN("\1") RR(OWNER, TLSA, "\2", "\3\1") "\1a", WIRE_TLSA);
	bad(BEGIN("\1") RR(OWNER, TLSA, "\5", "\3\1\1a"), WIRE_TLSA);
}

static void
test_others(void **state)
{
	/* Types, classes and owners that were not asked for. */
	good(BEGIN("\3")
	    RR(OWNER, TXT, "\2", "\1x")
	    RR(OWNER, RRSIG, "\3", "xyz")
	    RR(OWNER, A, "\4", "\xc0\0\2\1"),
	    WIRE_A, "example.org", "192.0.2.1|");
	good(BEGIN("\2")
	    CHAOS
	    RR(OWNER, A, "\4", "\xc0\0\2\2"),
	    WIRE_A, "example.org", "192.0.2.2|");
	good(BEGIN("\2")
	    RR(OWNER, A, "\4", "\xc0\0\2\2")
	    CHAOS,
	    WIRE_A, "example.org", "192.0.2.2|");
	good(BEGIN("\2")
	    RR(ORG, A, "\4", "\xc0\0\2\1")
	    RR(OWNER, A, "\4", "\xc0\0\2\2"),
	    WIRE_A, "example.org", "192.0.2.2|");
	/* The owner in other case is the owner. */
	good(BEGIN("\1")
	    RR("\7EXAMPLE\3Org\0", A, "\4", "\xc0\0\2\1"),
	    WIRE_A, "example.org", "192.0.2.1|");
	/* What follows the answers is not looked at. */
	good(BEGIN("\1")
	    RR(OWNER, A, "\4", "\xc0\0\2\1")
	    "\xff\xff\xff",
	    WIRE_A, "example.org", "192.0.2.1|");
}

static void
test_cnames(void **state)
{
	good(BEGIN("\2")
	    RR(OWNER, CNAME, "\4", "\1a" ORG)
	    RR("\1a" ORG, A, "\4", "\xc0\0\2\1"),
	    WIRE_A, "a.org", "192.0.2.1|");
	/* In whatever order, and case. */
	good(BEGIN("\3")
	    RR("\1B" ORG, A, "\4", "\xc0\0\2\1")
	    RR("\1a" ORG, CNAME, "\4", "\1b" ORG)
	    RR(OWNER, CNAME, "\4", "\1A" ORG),
	    WIRE_A, "b.org", "192.0.2.1|");
	/* An alias for a name without the type. */
	good(BEGIN("\1")
	    RR(OWNER, CNAME, "\4", "\1a" ORG),
	    WIRE_A, "a.org", "");
	/* The alias's own records do not count beside the CNAME. */
	good(BEGIN("\2")
	    RR(OWNER, CNAME, "\4", "\1a" ORG)
	    RR(OWNER, A, "\4", "\xc0\0\2\1"),
	    WIRE_A, "a.org", "");
	/* Asked for itself it is not followed. */
	good(BEGIN("\2")
	    RR(OWNER, CNAME, "\4", "\1a" ORG)
	    RR("\1a" ORG, CNAME, "\4", "\1b" ORG),
	    WIRE_CNAME, "example.org", "a.org|");

	/* Circles, of one and of two; and a name cut short. */
	bad(BEGIN("\1")
	    RR(OWNER, CNAME, "\2", OWNER), WIRE_A);
	bad(BEGIN("\2")
	    RR(OWNER, CNAME, "\4", "\1a" ORG)
	    RR("\1a" ORG, CNAME, "\2", OWNER), WIRE_A);
	bad(BEGIN("\1")
	    RR(OWNER, CNAME, "\3", "\1a" ORG), WIRE_A);
}

static void
test_names(void **state)
{
	/* A pointer to a name that ends in a pointer.         [1035:4.1.4] */
	good(BEGIN("\2")
	    RR(OWNER, MX, "\6", "\0\1\1a" OWNER)
	    RR(OWNER, MX, "\6", "\0\2\1b\xc0\x2b"),
	    WIRE_MX, "example.org", "1 a.example.org|2 b.a.example.org|");
	/* Forward, to itself, into itself, and at each other. */
	bad(BEGIN("\1") RR(OWNER, MX, "\4", "\0\1\xc0\x2d") "\1a\0", WIRE_MX);
	bad(BEGIN("\1") RR(OWNER, MX, "\4", "\0\1\xc0\x2b"), WIRE_MX);
	bad(BEGIN("\1") RR(OWNER, MX, "\6", "\0\1\1a\xc0\x2b"), WIRE_MX);
	bad(BEGIN("\1") RR("\xc0\x1d", A, "\4", "\xc0\0\2\1"), WIRE_A);
	bad(BEGIN("\2")
	    RR(OWNER, CNAME, "\2", "\xc0\x37")
	    RR("\xc0\x29", CNAME, "\2", "\xc0\x29"), WIRE_A);
	/* Behind the end. */
	bad(BEGIN("\1") RR(OWNER, MX, "\4", "\0\1\xff\xff"), WIRE_MX);
	/* Labels of kinds that there are not. */
	bad(BEGIN("\1") RR(OWNER, MX, "\4", "\0\1\x41\0"), WIRE_MX);
	bad(BEGIN("\1") RR(OWNER, MX, "\4", "\0\1\x81\0"), WIRE_MX);
	/* Bytes that could be taken for something else in a name's text. */
	good(BEGIN("\1")
	    RR(OWNER, MX, "\x0f", "\0\1\x0b" "a.b \0\n\\\x7f\xff@/" "\0"),
	    WIRE_MX, "example.org", "1 a?b?????\xff@/|");
}

static void
test_headers(void **state)
{
	bad("", WIRE_A);
	bad("\x12\x34\x81\x80\0\1\0\0\0\0\0", WIRE_A);
	bad(HEADER("\0"), WIRE_A);
	/* No question, or two. */
	bad("\x12\x34\x81\x80\0\0\0\0\0\0\0\0" QUESTION, WIRE_A);
	bad("\x12\x34\x81\x80\0\2\0\0\0\0\0\0" QUESTION QUESTION, WIRE_A);
	/* More answers than the packet could hold, or holds. */
	bad("\x12\x34\x81\x80\0\1\xff\xff\0\0\0\0" QUESTION, WIRE_A);
	bad(BEGIN("\2") RR(OWNER, A, "\4", "\xc0\0\2\1"), WIRE_A);
}

/* Some of everything. */
static const char rich[] = BEGIN("\6")
    RR(OWNER, CNAME, "\4", "\1a" ORG)
    RR("\1a" ORG, MX, "\7", "\0\x0a\2mx" OWNER)
    RR("\1a" ORG, TXT, "\2", "\1x")
    RR("\1a" ORG, MX, "\4", "\0\x14\xc0\x29")
    RR("\1a" ORG, TLSA, "\6", "\3\1\1abc")
    RR("\2mx" OWNER, A, "\4", "\xc0\0\2\1");
/* clang-format on */

/* A chain of so many CNAMEs from example.org, by letters below org, to an
 * address. */
static struct span
chain(struct arena *a, int hops)
{
	struct buf b;

	buf_init(&b, a, 1000);
	buf_put(&b, SPAN(BEGIN("\0")));
	for (int i = 0; i <= hops; i++) {
		char owner[] = { 1, (char)('a' + i - 1) };
		char alias[] = { 1, (char)('a' + i) };

		if (i > 0)
			buf_put(&b, (struct span){ owner, 2 });
		buf_put(&b, i > 0 ? SPAN(ORG) : SPAN(OWNER));
		if (i == hops) {
			buf_put(&b, SPAN(REST(A, "\4", "\xc0\0\2\1")));
		} else {
			buf_put(&b, SPAN(REST(CNAME, "\4", "")));
			buf_put(&b, (struct span){ alias, 2 });
			buf_put(&b, SPAN(ORG));
		}
	}
	b.p[7] = (char)(hops + 1);
	return buf_span(&b);
}

static void
test_long_chains(void **state)
{
	struct arena *a = check_arena(state);

	answers(chain(a, 0), WIRE_A, "example.org", "192.0.2.1|");
	answers(chain(a, 1), WIRE_A, "a.org", "192.0.2.1|");
	answers(chain(a, WIRE_CNAMES_MAX), WIRE_A, "p.org", "192.0.2.1|");
	answers(chain(a, WIRE_CNAMES_MAX + 1), WIRE_A, NULL, NULL);
}

/* A question whose name has so many labels of one byte. */
static struct span
many_labels(char *out, int labels)
{
	size_t n = sizeof(HEADER("\0")) - 1;

	memcpy(out, HEADER("\0"), n);
	for (int i = 0; i < labels; i++) {
		out[n++] = 1;
		out[n++] = 'a';
	}
	memset(out + n, 0, 5);
	return (struct span){ out, n + 5 };
}

static void
test_long_names(void **state)
{
	struct span canonical;
	struct wire_record *r;
	char packet[1000];

	/* The longest name there is.                          [1035:2.3.4] */
	assert_int_equal(wire_answers(&r, &canonical, many_labels(packet, 127),
	                     WIRE_A, check_arena(state)),
	    0);
	assert_int_equal(canonical.n, 253);
	answers(many_labels(packet, 129), WIRE_A, NULL, NULL);
	answers(many_labels(packet, 400), WIRE_A, NULL, NULL);
}

/* What a packet gives, whatever it is, has the bounds it should have. */
static int
parse(struct span packet, enum wire_type type, struct arena *a)
{
	/* Memory of its own, so that one byte too far is found. */
	char *exact = malloc(packet.n + 1);
	struct span canonical, copy = { exact + 1, packet.n };
	struct wire_record *r;
	int n;

	assert_non_null(exact);
	memcpy(exact + 1, packet.p, packet.n);
	n = wire_answers(&r, &canonical, copy, type, a);
	(void)wire_truncated(copy);
	assert_in_range(wire_rcode(copy) + 1, 0, 16);
	assert_in_range(n + 1, 0, 256);
	for (int i = 0; i < n; i++) {
		assert_in_range(r[i].name.n, 0, WIRE_NAME_MAX);
		if (type == WIRE_TLSA)
			assert_in_range(
			    r[i].data.p + r[i].data.n - copy.p, 0, copy.n);
	}
	free(exact);
	return n;
}

static void
test_cut_anywhere(void **state)
{
	struct span whole = { rich, sizeof(rich) - 1 };

	answers(whole, WIRE_MX, "a.org", "10 mx.example.org|20 a.org|");
	answers(whole, WIRE_TLSA, "a.org", "3 1 1 abc|");
	for (size_t n = 0; n < whole.n; n++)
		assert_int_equal(
		    parse(span_head(whole, n), WIRE_MX, check_arena(state)),
		    -1);
}

static void
test_any_byte(void **state)
{
	static const enum wire_type types[] = { WIRE_A, WIRE_CNAME, WIRE_MX,
		WIRE_AAAA, WIRE_TLSA };
	char packet[sizeof(rich) - 1];
	struct span s = { packet, sizeof(packet) };

	memcpy(packet, rich, sizeof(packet));
	for (size_t i = 0; i < sizeof(packet); i++) {
		struct arena *a = arena_beside(check_arena(state));

		for (int c = 0; c < 256; c++) {
			packet[i] = (char)c;
			for (size_t t = 0; t < COUNT_OF(types); t++)
				(void)parse(s, types[t], a);
		}
		packet[i] = rich[i];
		arena_free(a);
	}
}

static void
test_any_bytes(void **state)
{
	unsigned seed = 1;

	/* Packets by chance, behind a header that lets them in. */
	for (int i = 0; i < 20000; i++) {
		struct arena *a = arena_beside(check_arena(state));
		char packet[100] = HEADER("\3");

		for (size_t j = 12; j < sizeof(packet); j++) {
			seed = seed * 1103515245U + 12345U;
			packet[j] = "\0\1\2\5\x0c\x0f\xc0\xff"[seed >> 16 & 7];
		}
		(void)parse(
		    (struct span){ packet, sizeof(packet) }, WIRE_MX, a);
		arena_free(a);
	}
}

static void
test_flags(void **state)
{
	(void)state;
	assert_false(wire_truncated(SPAN("")));
	assert_false(wire_truncated(SPAN("\x12\x34\x83\x80\0\1\0\0\0\0\0")));
	assert_false(wire_truncated(SPAN(HEADER("\0"))));
	assert_true(wire_truncated(SPAN("\x12\x34\x83\x80\0\1\0\0\0\0\0\0")));
	assert_int_equal(wire_rcode(SPAN("")), -1);
	assert_int_equal(
	    wire_rcode(SPAN("\x12\x34\x81\x83\0\1\0\0\0\0\0")), -1);
	assert_int_equal(wire_rcode(SPAN(HEADER("\0"))), 0);
	assert_int_equal(
	    wire_rcode(SPAN("\x12\x34\x81\x83\0\1\0\0\0\0\0\0")), 3);
	assert_int_equal(
	    wire_rcode(SPAN("\x12\x34\x81\xff\0\1\0\0\0\0\0\0")), 15);
}

#define name_ok(...) name_ok_at(HERE, __VA_ARGS__)

static void
name_ok_at(struct place at, struct span name, bool want)
{
	check_number(at, wire_name_ok(name), want);
}

static void
test_name_ok(void **state)
{
	char big[300];

	(void)state;
	name_ok(SPAN("example.org"), true);
	name_ok(SPAN("example.org."), true);
	name_ok(SPAN("a"), true);
	name_ok(SPAN("_25._tcp.mx-1.example.org"), true);
	name_ok(SPAN(""), false);
	name_ok(SPAN("."), false);
	name_ok(SPAN(".org"), false);
	name_ok(SPAN("a..org"), false);
	/* Labels of 63 bytes, names of 253.                     [1035:2.3.4] */
	memset(big, 'a', sizeof(big));
	name_ok((struct span){ big, 63 }, true);
	name_ok((struct span){ big, 64 }, false);
	big[63] = big[127] = big[191] = '.';
	name_ok((struct span){ big, 253 }, true);
	name_ok((struct span){ big, 254 }, false);
	big[253] = '.';
	name_ok((struct span){ big, 254 }, true);
	big[254] = '.';
	name_ok((struct span){ big, 255 }, false);
}

static void
test_name_with_two_last_dots(void **state)
{
	(void)state;
	/*
	 * Only one dot may stand at the end.
	 */
	name_ok(SPAN(".."), false);
	name_ok(SPAN("example.org.."), false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_addresses),
		CHECK(test_exchangers),
		CHECK(test_certificates),
		CHECK(test_others),
		CHECK(test_cnames),
		CHECK(test_long_chains),
		CHECK(test_names),
		CHECK(test_long_names),
		CHECK(test_headers),
		CHECK(test_cut_anywhere),
		CHECK(test_any_byte),
		CHECK(test_any_bytes),
		CHECK(test_flags),
		CHECK(test_name_ok),
		CHECK(test_name_with_two_last_dots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
