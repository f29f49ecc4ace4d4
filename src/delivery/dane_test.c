/*
 * dane_test - what DNS says of the certificate of one server
 *
 * REQ: DANE-01 DANE-02 DANE-04 DANE-08 DANE-09 ENV-03
 */
#include "base/compiler.h"
#include "delivery/dane.h"
#include "dns/fake.h"

static const struct settings_defaults defaults = { "/nowhere", "/nowhere",
	"/nowhere" };

/* Settings with up to two variables, and control files below a directory. */
static struct settings *
settle(void **state, const char *var, const char *more)
{
	struct arena *a = check_arena(state);
	const char **vars = arena_array(a, 4, sizeof(*vars));
	struct env *env = arena_take(a, sizeof(*env));
	const char *directory = check_path(state, "");
	struct buf b;

	buf_init(&b, a, 1000);
	buf_puts(&b, "CONTROLDIR=");
	buf_puts(&b, directory);
	buf_putc(&b, '\0');
	vars[0] = b.p;
	vars[1] = var;
	vars[2] = var != NULL ? more : NULL;
	env->vars = vars;
	return settings_new(env, &defaults, a);
}

/* What is read, which must be without trouble. */
static struct dane
read_at(struct place at, void **state, const char *var, const char *more)
{
	struct dane d;
	struct trouble t;

	check_number(at,
	    (uint64_t)dane_read(&d, settle(state, var, more), clock_in(1000),
	        NULL, check_arena(state), &t),
	    0);
	return d;
}

#define reads(...) read_at(HERE, state, __VA_ARGS__)

static void
test_wanted(void **state)
{
	struct dane d = reads(NULL, NULL);

	assert_int_equal(d.wanted.file.n, 0);
	d = reads("DANE_VERIFICATION=", NULL);
	check_text(HERE, d.wanted.file, "DANE_VERIFICATION");
	assert_null(d.daemon);
	assert_false(d.restricted);
	assert_true(dane_lists(&d, SPAN("mx"), check_arena(state)));
	/* A word without "@" is a way to say yes. */
	d = reads("DANE_VERIFICATION=1", NULL);
	assert_null(d.daemon);
	d = reads("DANE_VERIFICATION=127.0.0.7@1999", "DANETIMEOUT=3");
	assert_int_equal(d.daemon->at.port, 1999);
	assert_int_equal(d.daemon->patience, 3000);
}

#define lists(d, name) dane_lists((d), SPAN(name), check_arena(state))

static void
test_lists(void **state)
{
	struct dane d;

	(void)check_file(state, "tlsadomains",
	    SPAN("# servers\n\nmx.example.org  \nMX.Other.example\n"));
	d = reads("DANE_VERIFICATION=", NULL);
	assert_true(d.restricted);
	assert_true(lists(&d, "mx.example.org"));
	assert_true(lists(&d, "MX.example.ORG"));
	assert_true(lists(&d, "mx.other.example"));
	assert_false(lists(&d, "example.org"));
	assert_false(lists(&d, "a.mx.example.org"));
	assert_false(lists(&d, "# servers"));
	assert_false(lists(&d, ""));
	/* By another name there is none. */
	d = reads("DANE_VERIFICATION=", "TLSADOMAINS=others");
	assert_false(d.restricted);
	/* An empty list, or one of remarks, is there and has nobody. */
	(void)check_file(state, "others", SPAN(""));
	d = reads("DANE_VERIFICATION=", "TLSADOMAINS=others");
	assert_true(d.restricted);
	assert_false(lists(&d, "mx.example.org"));
	(void)check_file(state, "others", SPAN("# nobody\n"));
	d = reads("DANE_VERIFICATION=", "TLSADOMAINS=others");
	assert_true(d.restricted);
	assert_false(lists(&d, "mx.example.org"));
	/* A list nobody needs is not read. */
	d = reads("TLSADOMAINS=tlsadomains", NULL);
	assert_false(d.restricted);
}

static void
test_damaged_database(void **state)
{
	char bytes[2048];
	struct dane d;

	/* Tables behind the end of the file. */
	memset(bytes, 0x7f, sizeof(bytes));
	(void)check_file(
	    state, "tlsadomains.cdb", (struct span){ bytes, sizeof(bytes) });
	d = reads("DANE_VERIFICATION=", NULL);
	assert_true(d.restricted);
	assert_true(lists(&d, "mx.example.org"));
}

#define fails(...) fails_at(HERE, state, __VA_ARGS__)

/* The file that keeps us from knowing, and its words. */
static void
fails_at(struct place at, void **state, const char *var, const char *more,
    enum cause c, const char *file, const char *rule)
{
	struct trouble t = { .stage = AT_USAGE };
	struct dane d;

	check_number(at,
	    (uint64_t)dane_read(&d, settle(state, var, more), clock_in(1000),
	        NULL, check_arena(state), &t),
	    (uint64_t)-1);
	check_number(at, t.stage, AT_CONTROL);
	check_number(at, t.cause, c);
	check_true(at, span_ends(t.why.file, span_of(file)), "names the file");
	check_text(at, t.why.rule, rule);
}

static void
test_unreadable(void **state)
{
	fails("DANE_VERIFICATION=nowhere@1", NULL, BY_GARBLE,
	    "DANE_VERIFICATION", "nowhere@1");
	fails("DANE_VERIFICATION=127.0.0.1@70000", NULL, BY_GARBLE,
	    "DANE_VERIFICATION", "127.0.0.1@70000");
	fails("DANE_VERIFICATION=@", "DANETIMEOUT=soon", BY_GARBLE,
	    "DANETIMEOUT", "not a number");
	assert_int_equal(mkdir(check_path(state, "tlsadomains"), 0700), 0);
	fails("DANE_VERIFICATION=", NULL, BY_SYSTEM, "tlsadomains", "");
}

/* ---- records ---- */

/* clang-format off */
static const struct fake_row rows[] = {
	{ "mx", WIRE_A, DNS_OK, true, "192.0.2.1" },
	{ "_25._tcp.mx", WIRE_TLSA, DNS_OK, true, "311x" },
	{ "bare", WIRE_A, DNS_OK, true, "192.0.2.2" },
	{ "loose", WIRE_A, DNS_OK, true, "192.0.2.5" },
	{ "_25._tcp.loose", WIRE_TLSA, DNS_NODATA, false, NULL },
	{ "bogus", WIRE_A, DNS_OK, true, "192.0.2.3" },
	{ "_25._tcp.bogus", WIRE_TLSA, DNS_SOFT, false, NULL },
	{ "open", WIRE_A, DNS_OK, false, "192.0.2.4" },
	{ "_25._tcp.open", WIRE_TLSA, DNS_OK, true, "311x" },
	/* An alias of a host that is not secure. */
	{ "alias", WIRE_CNAME, DNS_OK, true, "open" },
	{ "_25._tcp.alias", WIRE_TLSA, DNS_OK, true, "301x" },
	{ "one.org", WIRE_MX, DNS_OK, true, "mx" },
	{ "two.org", WIRE_MX, DNS_OK, false, "mx" },
};
/* clang-format on */

/* The alias's own question is not answered. */
static enum dns_status
mute_ask(struct resolver *r, struct span *packet, const char *name,
    enum wire_type type, struct arena *a)
{
	return type == WIRE_CNAME ? DNS_SOFT
	                          : fake_ask(r, packet, name, type, a);
}

/* The first candidate for a host, which is a relay or has exchangers. */
static bool
first(struct candidate *out, struct fake *f, const char *host, bool relayed,
    void **state)
{
	struct arena *a = check_arena(state);
	struct search *s = arena_zero(a, sizeof(*s));
	struct candidates *c;
	struct trouble t;

	*s = (struct search){ .host = span_of(host),
		.relayed = relayed,
		.port = 25,
		.order = ONLY_IPV4,
		.resolver = &f->resolver,
		.dnssec = true,
		.ipme = ipme_new(a) };
	return candidates_open(&c, s, a, &t) == 0 && candidates_next(out, c);
}

#define finds(...) finds_at(HERE, state, __VA_ARGS__)

/* What is found for a host: 1 and where, 0, or -1, and why. */
static void
finds_at(struct place at, void **state, const char *host, bool relayed,
    int want, enum dane_search search, const char *want_base)
{
	struct dane d = read_at(at, state, "DANE_VERIFICATION=", NULL);
	struct dane_records records = { .base = SPAN("") };
	struct fake f = FAKE(rows);
	struct candidate c;
	struct trouble t;

	check_true(at, first(&c, &f, host, relayed, state), "a candidate");
	check_number(at,
	    (uint64_t)dane_find(
	        &records, &d, &f.resolver, &c, check_arena(state), &t),
	    (uint64_t)want);
	check_number(at, records.search, search);
	if (want > 0) {
		check_text(at, records.base, want_base);
		check_text(at, records.why.file, "TLSA");
		check_number(at, records.ntlsa, 1);
	}
	if (want < 0) {
		check_number(at, t.stage, AT_TLSA);
		check_text(at, t.about, want_base);
	}
}

static void
test_find(void **state)
{
	finds("mx", true, 1, SEARCH_FOUND, "mx");
	finds("mx", false, 1, SEARCH_FOUND, "mx");
	finds("one.org", false, 1, SEARCH_FOUND, "mx");
	finds("bare", true, 0, SEARCH_NOTHING, "");
	finds("loose", true, 0, SEARCH_INSECURE, "");
	finds("bogus", true, -1, SEARCH_FAILED, "bogus");
	/* Whoever is not known to be the right one has no records. */
	finds("open", true, 0, SEARCH_INSECURE, "");
	finds("two.org", false, 0, SEARCH_INSECURE, "");
	finds("alias", true, 1, SEARCH_FOUND, "alias");
	finds("[192.0.2.1]", true, 0, SEARCH_NAMELESS, "");
}

static void
test_nobody_asks(void **state)
{
	struct fake f = FAKE(rows);
	struct dane_records records;
	struct candidate c;
	struct trouble t;
	struct dane d;

	assert_true(first(&c, &f, "mx", true, state));
	f.asked[0] = '\0';
	d = reads(NULL, NULL);
	assert_int_equal(
	    dane_find(&records, &d, &f.resolver, &c, check_arena(state), &t),
	    0);
	assert_int_equal(records.search, SEARCH_NOT_WANTED);
	(void)check_file(state, "tlsadomains", SPAN("other.example\n"));
	d = reads("DANE_VERIFICATION=", NULL);
	assert_int_equal(
	    dane_find(&records, &d, &f.resolver, &c, check_arena(state), &t),
	    0);
	assert_int_equal(records.search, SEARCH_NOT_LISTED);
	assert_string_equal(f.asked, "");
}

static void
test_an_alias_that_is_not_answered_for(void **state)
{
	struct fake f = FAKE(rows);
	struct candidate c;

	/* It might have records: it is no candidate.           [7672:2.2.2] */
	f.resolver.ask = mute_ask;
	assert_false(first(&c, &f, "alias", true, state));
	assert_true(first(&c, &f, "open", true, state));
}

#define shows(...) shows_at(HERE, __VA_ARGS__)

/* What a session has shown that ended so; usable says of which records. */
static void
shows_at(struct place at, enum daned_status want, bool usable, enum stage stage,
    enum cause cause)
{
	static const char hash[32];
	struct tlsa record = { usable ? 3 : 1, 1, 1, { hash, sizeof(hash) } };
	struct tls_want w = { .level = TLS_DANE, .tlsa = &record, .ntlsa = 1 };
	struct trouble t = { .stage = stage, .cause = cause };

	check_number(at, dane_verdict(&w, NULL, &t), want);
	/* Nobody asked for DANE. */
	w.level = TLS_PKIX;
	check_number(at, dane_verdict(&w, NULL, &t), DANED_NOT_VERIFIED);
}

/* REQ: DND-02 DND-04 */
static void
test_verdicts(void **state)
{
	static const char hash[32];
	struct tlsa record = { 3, 1, 1, { hash, sizeof(hash) } };
	struct tls_want w = { .level = TLS_DANE, .tlsa = &record, .ntlsa = 1 };
	struct tls_proof proof = { .verified = VERIFIED_DANE };
	struct trouble t = { .cause = BY_NOTHING };

	(void)state;
	assert_int_equal(dane_verdict(&w, &proof, &t), DANED_VERIFIED);
	record.usage = 0;
	proof.verified = VERIFIED_PKIX;
	assert_int_equal(dane_verdict(&w, &proof, &t), DANED_NOT_VERIFIED);
	shows(DANED_FAILED, true, AT_HANDSHAKE, BY_DISTRUST);
	shows(DANED_FAILED, true, AT_STARTTLS, BY_LACK);
	shows(DANED_FAILED, true, AT_STARTTLS, BY_4XX);
	shows(DANED_FAILED, true, AT_STARTTLS, BY_5XX);
	/* What broke off has shown nothing. */
	shows(DANED_NEW, true, AT_STARTTLS, BY_CLOSE);
	shows(DANED_NEW, true, AT_STARTTLS, BY_TIMEOUT);
	shows(DANED_NEW, true, AT_STARTTLS, BY_GARBLE);
	shows(DANED_NEW, true, AT_HANDSHAKE, BY_GARBLE);
	shows(DANED_NEW, true, AT_HANDSHAKE, BY_LACK);
	shows(DANED_NEW, true, AT_CONNECT, BY_SYSTEM);
	shows(DANED_NEW, true, AT_GREETING, BY_5XX);
	shows(DANED_NEW, true, AT_HELLO, BY_4XX);
	/* There is nothing to fail. */
	shows(DANED_NOT_VERIFIED, false, AT_STARTTLS, BY_LACK);
	shows(DANED_NOT_VERIFIED, false, AT_STARTTLS, BY_5XX);
	shows(DANED_NOT_VERIFIED, false, AT_HANDSHAKE, BY_DISTRUST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_wanted),
		CHECK(test_lists),
		CHECK(test_damaged_database),
		CHECK(test_unreadable),
		CHECK(test_find),
		CHECK(test_nobody_asks),
		CHECK(test_an_alias_that_is_not_answered_for),
		CHECK(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
