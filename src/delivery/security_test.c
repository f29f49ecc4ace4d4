/*
 * security_test - which TLS a server gets, from the files that say so
 *
 * REQ: TLS-01 TLS-02 TLS-04 TLS-05 TLS-06 TLS-07 TLS-10 TLS-11 TLS-12 RTE-04
 */
#include "base/buf.h"
#include "base/check.h"
#include "base/compiler.h"
#include "delivery/security.h"

static const struct settings_defaults defaults = { "/nowhere", "/nowhere",
	"/nowhere" };

/* What files there are, and which server is asked. */
struct site {
	/* Names and texts of control files, in turn. */
	const char *files[8];
	/* Files below CERTDIR, all empty. */
	const char *certs[6];
	const char *vars[4];
	/* mx.example.org, example.org (with no alias) and the usual port by
	 * default. */
	const char *name, *host, *alias;
	uint16_t port;
	const struct dane_records *records;
};

/* "NAME=" and the path of a directory below that of the test. */
static const char *
place(void **state, const char *name, const char *below)
{
	struct buf b;

	buf_init(&b, check_arena(state), 1000);
	buf_puts(&b, name);
	buf_puts(&b, check_path(state, below));
	buf_putc(&b, '\0');
	return b.p;
}

/* Empties a directory of the test, and makes it again. */
static const char *
fresh(void **state, const char *name)
{
	const char *path = check_path(state, name);

	(void)nftw(path, check_remove, 8, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(mkdir(path, 0700), 0);
	return path;
}

/* Settings for a site, its files written. */
static struct settings *
settle(void **state, const struct site *s)
{
	struct arena *a = check_arena(state);
	const char **vars =
	    arena_array(a, COUNT_OF(s->vars) + 3, sizeof(*vars));
	struct env *env = arena_take(a, sizeof(*env));
	size_t n = 0;

	fresh(state, "control");
	fresh(state, "certs");
	fresh(state, "certs/tlshosts");
	fresh(state, "certs/notlshosts");
	for (size_t i = 0; i < COUNT_OF(s->files) && s->files[i] != NULL;
	     i += 2)
		(void)check_file(state, s->files[i], span_of(s->files[i + 1]));
	for (size_t i = 0; i < COUNT_OF(s->certs) && s->certs[i] != NULL; i++)
		(void)check_file(state, s->certs[i], SPAN(""));
	vars[n++] = place(state, "CONTROLDIR=", "control");
	vars[n++] = place(state, "CERTDIR=", "certs");
	for (size_t i = 0; i < COUNT_OF(s->vars) && s->vars[i] != NULL; i++)
		vars[n++] = s->vars[i];
	env->vars = vars;
	return settings_new(env, &defaults, a);
}

/* Adds a path without the directory of the test. */
static void
put_path(struct buf *b, void **state, struct span path)
{
	struct span here = span_of(check_path(state, ""));

	buf_put(b, span_begins(path, here) ? span_tail(path, here.n) : path);
}

static void
put_why(struct buf *b, void **state, const struct why *w)
{
	put_path(b, state, w->file);
	if (w->line > 0) {
		buf_putc(b, ':');
		buf_put_number(b, w->line);
	}
}

/* Adds "LEVEL by WHY", and what else is wanted. */
static void
put_want(struct buf *b, void **state, const struct tls_want *w)
{
	static const char *const levels[] = {
		[TLS_NEVER] = "never",
		[TLS_MAY] = "may",
		[TLS_ENCRYPT] = "encrypt",
		[TLS_PKIX] = "pkix",
		[TLS_DANE] = "dane",
	};

	buf_puts(b, levels[w->level]);
	if (w->pkix_too)
		buf_puts(b, "+pkix");
	if (w->at_once)
		buf_puts(b, " at once");
	buf_puts(b, " by ");
	put_why(b, state, &w->why);
}

/* Reads the files of a site; the wish, or -1 with *t. */
static int
ask(void **state, const struct site *s, struct tls_want *w,
    struct tls_terms *terms, struct trouble *t)
{
	struct arena *a = check_arena(state);
	struct settings *settings = settle(state, s);
	struct span host = span_of(s->host != NULL ? s->host : "example.org");
	struct path path = { .route = { .port = s->port } };
	struct candidate c = { .preference = 10 };
	struct security security;

	path.route.why = (struct why){ SPAN("smtproutes"), 7, SPAN("") };
	c.name = span_of(s->name != NULL ? s->name : "mx.example.org");
	if (security_read(&security, terms, settings, &path, host,
	        span_of(s->alias), a, t) < 0)
		return -1;
	security_for(w, &security, &c, s->records, a);
	return 0;
}

#define gets(want, ...)                                                        \
	gets_at(HERE, state, want, &(const struct site){ __VA_ARGS__ })

/* "LEVEL by WHY", or "control FILE:LINE". */
static void
gets_at(struct place at, void **state, const char *want, const struct site *s)
{
	struct tls_terms terms;
	struct trouble t;
	struct tls_want w;
	struct buf b;

	buf_init(&b, check_arena(state), 1000);
	if (ask(state, s, &w, &terms, &t) == 0) {
		put_want(&b, state, &w);
	} else {
		check_number(at, t.stage, AT_CONTROL);
		buf_puts(&b, "control ");
		put_why(&b, state, &t.why);
	}
	check_text(at, buf_span(&b), want);
}

/* As long as a label can be. */
#define LABEL "abcdefghijklmnopqrstuvwxyz-0123456789-abcdefghijklmnopqrstuvwxyz"

#define CLIENTCERT "certs/clientcert.pem"
#define POLICY "control/tlspolicy"

static void
test_client_certificate(void **state)
{
	gets("never by default", .port = 0);
	gets("may by " CLIENTCERT, .certs = { CLIENTCERT });
	gets("may by certs/ours.pem", .certs = { "certs/ours.pem" },
	    .vars = { "CLIENTCERT=ours.pem" });
	gets("never by default", .certs = { CLIENTCERT },
	    .vars = { "CLIENTCERT=ours.pem" });
}

static void
test_policy(void **state)
{
	gets("may by " POLICY ":1", .files = { POLICY, "may\n" });
	gets("encrypt by " POLICY ":1", .files = { POLICY, "ENCRYPT\n" });
	gets("pkix by " POLICY ":2", .files = { POLICY, "# all\nverify\n" });
	gets("never by " POLICY ":1", .files = { POLICY, "clientcert\n" });
	gets("may by " POLICY ":1", .files = { POLICY, "clientcert\n" },
	    .certs = { CLIENTCERT });
	gets("may by TLSPOLICY:1", .files = { POLICY, "verify\n" },
	    .vars = { "TLSPOLICY=may" });
	/* A line for the domain goes before the default, wherever it is. */
	gets("pkix by " POLICY ":2",
	    .files = { POLICY, "may\nExample.Org:verify\n" });
	gets("may by " POLICY ":1",
	    .files = { POLICY, "may\nsub.example.org:verify\n" });
	gets("never by " POLICY ":2",
	    .files = { POLICY, "verify\nexample.org:clientcert\n" });
	/* Of a name in another script either form counts. */
	gets("pkix by " POLICY ":2", .host = "\xc3\xa4.test",
	    .alias = "xn--4ca.test",
	    .files = { POLICY, "may\n\xc3\xa4.test:verify\n" });
	gets("pkix by " POLICY ":2", .host = "\xc3\xa4.test",
	    .alias = "xn--4ca.test",
	    .files = { POLICY, "may\nxn--4ca.test:verify\n" });
	gets("may by " POLICY ":1", .host = "\xc3\xa4.test",
	    .files = { POLICY, "may\nxn--4ca.test:verify\n" });
	/* The first of several counts. */
	gets("may by " POLICY ":1", .files = { POLICY, "may\nverify\n" });
	gets("may by " POLICY ":1",
	    .files = { POLICY, "example.org:may\nexample.org:verify\n" });
	/* A level that is none is never passed over. */
	gets("control " POLICY ":1", .files = { POLICY, "secure\n" });
	gets("control " POLICY ":2",
	    .files = { POLICY, "may\nother.example:mya\n" });
	gets("control " POLICY ":1", .files = { POLICY, "example.org:\n" });
}

static void
test_tlshosts(void **state)
{
	gets("pkix by certs/tlshosts/mx.example.org.pem",
	    .certs = { "certs/tlshosts/mx.example.org.pem" });
	/* The file of a server, not of the domain. */
	gets("never by default", .certs = { "certs/tlshosts/example.org.pem" });
	/* In lower case, without the dot at the end, or as it is written. */
	gets("pkix by certs/tlshosts/mx.example.org.pem",
	    .name = "MX.Example.ORG.",
	    .certs = { "certs/tlshosts/mx.example.org.pem" });
	gets("pkix by certs/tlshosts/MX.Example.ORG.pem",
	    .name = "MX.Example.ORG",
	    .certs = { "certs/tlshosts/MX.Example.ORG.pem" });
	/* What cannot be a file name has no file. */
	gets("never by default", .name = "../tlshosts/x",
	    .certs = { "certs/tlshosts/x.pem" });
	gets(
	    "never by default", .name = "", .certs = { "certs/tlshosts/.pem" });
	/* Nor has one that is longer, with its suffix, than a file's can be. */
	gets("never by default", .name = LABEL "." LABEL "." LABEL "." LABEL);
	/* It goes before every exception. */
	gets("pkix by certs/tlshosts/mx.example.org.pem",
	    .files = { "control/notlhosts", "example.org\n" },
	    .certs = { "certs/tlshosts/mx.example.org.pem", CLIENTCERT,
	        "certs/notlshosts/mx.example.org",
	        "certs/tlshosts/exhaustivelist" });
}

static void
test_exceptions(void **state)
{
	gets("never by control/notlhosts:2",
	    .files = { "control/notlhosts", "other.example\nExample.ORG\n" },
	    .certs = { CLIENTCERT });
	gets("never by control/notlhosts:1", .name = "MX.example.org.",
	    .files = { "control/notlhosts", "mx.Example.org\n" },
	    .certs = { CLIENTCERT });
	gets("never by control/notlshosts:1",
	    .files = { "control/notlshosts", "mx.example.org\n" },
	    .certs = { CLIENTCERT });
	gets("never by control/others:1",
	    .files = { "control/others", "example.org\n" },
	    .certs = { CLIENTCERT }, .vars = { "NOTLSHOSTS=others" });
	gets("never by certs/notlshosts/mx.example.org",
	    .certs = { "certs/notlshosts/mx.example.org", CLIENTCERT });
	gets("never by certs/notlshosts/example.org",
	    .certs = { "certs/notlshosts/example.org", CLIENTCERT });
	gets("never by certs/tlshosts/exhaustivelist",
	    .certs = { "certs/tlshosts/exhaustivelist", CLIENTCERT });
	/* Names that are only like it. */
	gets("may by " CLIENTCERT,
	    .files = { "control/notlhosts", "xample.org\n.example.org\norg\n" },
	    .certs = { CLIENTCERT });
}

static void
test_directory_notlshosts_is_not_the_list(void **state)
{
	struct site s = { .certs = { CLIENTCERT } };
	struct settings *settings = settle(state, &s);
	struct arena *a = check_arena(state);
	struct security security;
	struct tls_terms terms;
	struct trouble t;
	struct path path = { .routed = false };

	assert_int_equal(
	    mkdir(check_path(state, "control/notlshosts"), 0700), 0);
	assert_int_equal(security_read(&security, &terms, settings, &path,
	                     SPAN("example.org"), SPAN(""), a, &t),
	    0);
}

static void
test_at_once(void **state)
{
	gets("encrypt at once by SMTPS", .vars = { "SMTPS=" });
	gets("encrypt at once by smtproutes:7", .port = 465);
	gets("never by default", .port = 587);
	gets("encrypt at once by SMTPS", .vars = { "SMTPS=" },
	    .files = { "control/notlhosts", "example.org\n" },
	    .certs = { CLIENTCERT });
	gets("pkix at once by certs/tlshosts/mx.example.org.pem", .port = 465,
	    .certs = { "certs/tlshosts/mx.example.org.pem" });
}

static void
test_records(void **state)
{
	static const struct tlsa record = { 3, 1, 1, { "digest", 6 } };
	static const struct dane_records found = {
		.tlsa = &record,
		.ntlsa = 1,
		.base = { "mx.example.org", 14 },
		.why = { .file = { "TLSA", 4 } },
	};

	gets("dane by TLSA", .records = &found);
	gets("dane by TLSA", .records = &found,
	    .certs = { "certs/tlshosts/exhaustivelist", CLIENTCERT });
	gets("dane+pkix by TLSA", .records = &found,
	    .certs = { "certs/tlshosts/mx.example.org.pem" });
	/* The exception that an administrator names. */
	gets("never by control/notlhosts:1", .records = &found,
	    .files = { "control/notlhosts", "example.org\n" });
}

#define speaks(...) speaks_at(HERE, state, __VA_ARGS__)

/* The lowest and the highest version of a tlsclientmethod; -1: refused. */
static void
speaks_at(
    struct place at, void **state, const char *method, int lowest, int highest)
{
	struct site s = { .files = { "control/tlsclientmethod", method } };
	struct tls_terms terms;
	struct trouble t;
	struct tls_want w;
	int rc = ask(state, &s, &w, &terms, &t);

	check_number(at, rc < 0, lowest < 0);
	if (rc < 0) {
		check_text(at, t.why.file, "tlsclientmethod");
		return;
	}
	check_number(at, (uint64_t)terms.lowest, (uint64_t)lowest);
	check_number(at, (uint64_t)terms.highest, (uint64_t)highest);
}

static void
test_versions(void **state)
{
	speaks("\n", 0, 0);
	speaks("TLSv1_2\n", 12, 12);
	speaks("tlsv1_3\n", 13, 13);
	speaks("TLSv1_2:TLSv1_3\n", 12, 13);
	speaks("TLSv1_2:TLSv1_2\n", 12, 12);
	/* Older ones: as low as it goes, and no limit upwards. */
	speaks("SSLv23\n", 12, 0);
	speaks("SSLv3\n", 12, 0);
	speaks("TLSv1\n", 12, 0);
	speaks("TLSv1_1\n", 12, 0);
	speaks("TLSv1:TLSv1_3\n", 12, 13);
	speaks("TLSv1:TLSv1_1\n", 12, 12);

	speaks("TLSv1_4\n", -1, 0);
	speaks("1.2\n", -1, 0);
	speaks("TLSv1_3:TLSv1_2\n", -1, 0);
	speaks("TLSv1_2:\n", -1, 0);
	speaks(":TLSv1_3\n", -1, 0);
	speaks("TLSv1_2:TLSv1_3:TLSv1_3\n", -1, 0);
}

static void
test_terms(void **state)
{
	struct site s = {
		.files = { "control/clientcipherlist", "HIGH\n",
		    "control/clientciphersuite", "TLS_AES_128_GCM_SHA256\n" },
		.certs = { CLIENTCERT },
		.vars = { "TLS_CIPHER_LIST=MEDIUM" },
	};
	struct tls_terms terms;
	struct trouble t;
	struct tls_want w;

	assert_int_equal(ask(state, &s, &w, &terms, &t), 0);
	check_text(HERE, terms.ciphers, "MEDIUM");
	check_text(HERE, terms.ciphersuites, "TLS_AES_128_GCM_SHA256");
	check_text(
	    HERE, terms.client_certificate, check_path(state, CLIENTCERT));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_client_certificate),
		CHECK(test_policy),
		CHECK(test_tlshosts),
		CHECK(test_exceptions),
		CHECK(test_directory_notlshosts_is_not_the_list),
		CHECK(test_at_once),
		CHECK(test_records),
		CHECK(test_versions),
		CHECK(test_terms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
