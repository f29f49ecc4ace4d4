/*
 * binding_test - the local end of a connection: its address, and the name it
 * says hello with
 *
 * REQ: BND-01 BND-02 BND-03 BND-04 BND-05 BND-06 ENV-03 TLS-11 RTE-12
 */
#include "base/buf.h"
#include "base/check.h"
#include "base/compiler.h"
#include "delivery/binding.h"

#include <errno.h>

#define ALICE "alice@client.example"

/* The system's choice of an address, for the name by address. */
#define SYSTEM "203.0.113.99"

static const struct settings_defaults defaults = { "/nowhere", "/nowhere",
	"/nowhere" };

/* A control directory, an environment and a connection. */
struct site {
	/* Names and texts of control files, in turn. */
	const char *files[12];
	const char *vars[4];
	/* ALICE, server.example and 192.0.2.1 by default. */
	const char *from, *host, *peer;
	int64_t now;
};

/* Settings for a site, its files written. */
static struct settings *
settle(void **state, const struct site *s)
{
	struct arena *a = check_arena(state);
	const char **vars =
	    arena_array(a, COUNT_OF(s->vars) + 2, sizeof(*vars));
	struct env *env = arena_take(a, sizeof(*env));
	struct buf controldir;
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(s->files) && s->files[i] != NULL;
	     i += 2)
		(void)check_file(state, s->files[i], span_of(s->files[i + 1]));
	buf_init(&controldir, a, 1000);
	buf_puts(&controldir, "CONTROLDIR=");
	buf_puts(&controldir, check_path(state, ""));
	buf_putc(&controldir, '\0');
	vars[n++] = controldir.p;
	for (size_t i = 0; i < COUNT_OF(s->vars) && s->vars[i] != NULL; i++)
		vars[n++] = s->vars[i];
	env->vars = vars;
	return settings_new(env, &defaults, a);
}

/* Removes the files of a site. */
static void
clear(void **state, const struct site *s)
{
	for (size_t i = 0; i < COUNT_OF(s->files) && s->files[i] != NULL;
	     i += 2)
		assert_int_equal(remove(check_path(state, s->files[i])), 0);
}

/* Adds "FILE:LINE (RULE)", of the file only its name. */
static void
put_why(struct buf *b, const struct why *w)
{
	size_t slash = span_find_last(w->file, '/');

	buf_put(b, slash < w->file.n ? span_tail(w->file, slash + 1) : w->file);
	if (w->line > 0) {
		buf_putc(b, ':');
		buf_put_number(b, w->line);
	}
	if (w->rule.n > 0) {
		buf_puts(b, " (");
		buf_put(b, w->rule);
		buf_putc(b, ')');
	}
}

/* Adds what went wrong. */
static void
put_trouble(struct buf *b, const struct trouble *t)
{
	buf_puts(b, t->stage == AT_CONTROL     ? "control "
	            : t->stage == AT_BIND      ? "bind "
	            : t->stage == AT_FORBIDDEN ? "forbidden "
	                                       : "? ");
	put_why(b, &t->why);
}

/* Adds the local end and the name of a connection to a peer. */
static void
put_end(struct buf *b, const struct binding *binding, const char *peer)
{
	struct local_end end;
	struct trouble t;
	struct span helo;
	struct why why;
	struct ip to;
	char text[IP_TEXT_MAX];

	assert_true(ip_parse(&to, span_of(peer)));
	if (binding_for(&end, binding, &to, &t) < 0) {
		put_trouble(b, &t);
		return;
	}
	if (end.result == SOURCE_BIND) {
		buf_put(b, ip_text(text, &end.ip));
	} else {
		buf_puts(b, "system");
		assert_true(ip_parse(&end.ip, SPAN(SYSTEM)));
	}
	buf_puts(b, " by ");
	put_why(b, &end.why);
	buf_puts(b, " as ");
	if (binding_helo(&helo, &why, binding, &end.ip, &t) < 0) {
		put_trouble(b, &t);
		return;
	}
	buf_put(b, helo);
	buf_puts(b, " by ");
	put_why(b, &why);
}

#define ends(want, ...)                                                        \
	ends_at(HERE, state, want, &(const struct site){ __VA_ARGS__ })

/* "ADDRESS by WHY as NAME by WHY", or the trouble. */
static void
ends_at(struct place at, void **state, const char *want, const struct site *s)
{
	struct settings *settings = settle(state, s);
	struct binding binding;
	struct trouble t;
	struct buf b;

	buf_init(&b, check_arena(state), 1000);
	if (binding_read(&binding, settings,
	        span_of(s->host != NULL ? s->host : "server.example"),
	        span_of(s->from != NULL ? s->from : ALICE), &t) < 0) {
		put_trouble(&b, &t);
	} else {
		binding.facts.now = s->now;
		put_end(&b, &binding, s->peer != NULL ? s->peer : "192.0.2.1");
	}
	check_text(at, buf_span(&b), want);
	clear(state, s);
}

/* The name of this host, and where it comes from. */
#define ME "me", "me.example\n"
#define AS_ME " as me.example by helohost, or me"

static void
test_name_of_this_host(void **state)
{
	ends("system by default" AS_ME, .files = { ME });
	ends("system by default as helo.example by helohost, or me",
	    .files = { ME, "helohost", "helo.example \n" });
	ends("system by default as helo.example by helohost, or me",
	    .files = { "helohost", "helo.example" });
	ends("system by default" AS_ME, .files = { ME, "helohost", "" });
	/* Without one nothing is sent. */
	ends("control helohost, or me", .files = { NULL });
	ends("control helohost, or me", .files = { "me", "\n" });
	/* It goes into a command. */
	ends("control helohost, or me", .files = { "me", "a\rQUIT\n" });
}

static void
test_name_of_the_sender(void **state)
{
	/* The domain of a sender whose address, domain or suffix is listed. */
	ends("192.0.2.9 by domainbindings:1 (alice@client.example)"
	     " as client.example by domainbindings:1 (alice@client.example)",
	    .files = {
	        ME, "domainbindings", "alice@client.example:192.0.2.9\n" });
	ends("192.0.2.9 by domainbindings:1 (client.example)"
	     " as client.example by domainbindings:1 (client.example)",
	    .files = { ME, "domainbindings", "client.example:192.0.2.9\n" });
	ends("192.0.2.9 by domainbindings:1 (.example)"
	     " as client.example by domainbindings:1 (.example)",
	    .files = { ME, "domainbindings", ".example:192.0.2.9\n" });
	/* Also if the system chooses the address. */
	ends("system by domainbindings:2 (client.example)"
	     " as client.example by domainbindings:2 (client.example)",
	    .files = { ME, "domainbindings", "# none\nclient.example:\n" });
	/* As the sender writes it. */
	ends("192.0.2.9 by domainbindings:1 (client.example)"
	     " as Client.EXAMPLE by domainbindings:1 (client.example)",
	    .from = "alice@Client.EXAMPLE",
	    .files = { ME, "domainbindings", "client.example:192.0.2.9\n" });
	/* It needs no other. */
	ends("192.0.2.9 by domainbindings:1 (client.example)"
	     " as client.example by domainbindings:1 (client.example)",
	    .files = { "domainbindings", "client.example:192.0.2.9\n" });
	/* Not by the entry for all others, nor for bounces. */
	ends("192.0.2.9 by domainbindings:1" AS_ME,
	    .files = { ME, "domainbindings", ":192.0.2.9\n" });
	ends("192.0.2.9 by domainbindings:1" AS_ME, .from = "",
	    .files = { ME, "domainbindings",
	        ":192.0.2.9\nclient.example:192.0.2.8\n" });
	ends("control helohost, or me",
	    .files = { "domainbindings", ":192.0.2.9\n" });
	ends("192.0.2.9 by domainbindings:1 (postmaster)" AS_ME,
	    .from = "postmaster",
	    .files = { ME, "domainbindings", "postmaster:192.0.2.9\n" });
	/* The name stays that of the sender where bindroutes has another
	 * address. */
	ends("192.0.2.8 by bindroutes:1 (192.0.2.)"
	     " as client.example by domainbindings:1 (client.example)",
	    .files = { ME, "bindroutes", "192.0.2.:192.0.2.8\n",
	        "domainbindings", "client.example:192.0.2.9\n" });
}

static void
test_name_by_address(void **state)
{
	/* By the address that is bound, before every other name. */
	ends("192.0.2.9 by OUTGOINGIP (192.0.2.9)"
	     " as nine.example by helohostbyip:2 (192.0.2.9)",
	    .files = { ME, "helohostbyip",
	        "192.0.2.8:eight.example\n192.0.2.9:nine.example\n" },
	    .vars = { "OUTGOINGIP=192.0.2.9" });
	ends("192.0.2.9 by domainbindings:1 (client.example)"
	     " as nine.example by helohostbyip:1 (192.0.2.9)",
	    .files = { ME, "helohostbyip", "192.0.2.9:nine.example\n",
	        "domainbindings", "client.example:192.0.2.9\n" });
	ends("2001:db8::9 by outgoingip:1 (2001:db8::9)"
	     " as six.example by helohostbyip:1 ([2001:db8::9])",
	    .peer = "2001:db8::1",
	    .files = { ME, "helohostbyip", "[2001:db8::9]:six.example\n",
	        "outgoingip", "2001:db8::9\n" });
	/* By the address that the system chose. */
	ends("system by default as sys.example by helohostbyip:1 (" SYSTEM ")",
	    .files = { ME, "helohostbyip", SYSTEM ":sys.example\n" });
	/* Not listed: the name there is without it. */
	ends("192.0.2.9 by OUTGOINGIP (192.0.2.9)" AS_ME,
	    .files = { ME, "helohostbyip", "192.0.2.8:eight.example\n" },
	    .vars = { "OUTGOINGIP=192.0.2.9" });
	ends("192.0.2.9 by domainbindings:1 (client.example)"
	     " as client.example by domainbindings:1 (client.example)",
	    .files = { ME, "helohostbyip", "192.0.2.8:eight.example\n",
	        "domainbindings", "client.example:192.0.2.9\n" });
	ends("192.0.2.9 by OUTGOINGIP (192.0.2.9) as nine.example"
	     " by helohostbyip:1 (192.0.2.9)",
	    .files = { "helohostbyip", "192.0.2.9:nine.example\n" },
	    .vars = { "OUTGOINGIP=192.0.2.9" });
	ends("192.0.2.9 by OUTGOINGIP (192.0.2.9) as control helohost, or me",
	    .files = { "helohostbyip", "192.0.2.8:eight.example\n" },
	    .vars = { "OUTGOINGIP=192.0.2.9" });
	ends("192.0.2.9 by OUTGOINGIP (192.0.2.9) as control helohost, or me",
	    .files = { ME, "helohostbyip", "192.0.2.9:a\rQUIT\n" },
	    .vars = { "OUTGOINGIP=192.0.2.9" });
	/* Another file. */
	ends("192.0.2.9 by OUTGOINGIP (192.0.2.9)"
	     " as other.example by names:1 (192.0.2.9)",
	    .files = { ME, "helohostbyip", "192.0.2.9:nine.example\n", "names",
	        "192.0.2.9:other.example\n" },
	    .vars = { "OUTGOINGIP=192.0.2.9", "HELOHOSTBYIP=names" });
	ends("192.0.2.9 by OUTGOINGIP (192.0.2.9)" AS_ME,
	    .files = { ME, "helohostbyip", "192.0.2.9:nine.example\n" },
	    .vars = { "OUTGOINGIP=192.0.2.9", "HELOHOSTBYIP=absent" });
}

static void
test_order_of_addresses(void **state)
{
#define ALL                                                                    \
	ME, "bindroutes", "10.:192.0.2.11\n", "domainbindings",                \
	    "client.example:192.0.2.12\n", "outgoingip.server.example",        \
	    "192.0.2.14\n", "outgoingip", "192.0.2.15\n"
	static const char *const variable = "OUTGOINGIP=192.0.2.13";

	ends("192.0.2.11 by bindroutes:1 (10.)"
	     " as client.example by domainbindings:1 (client.example)",
	    .files = { ALL }, .vars = { variable }, .peer = "10.1.1.1");
	ends("192.0.2.12 by domainbindings:1 (client.example)"
	     " as client.example by domainbindings:1 (client.example)",
	    .files = { ALL }, .vars = { variable });
	ends("192.0.2.13 by OUTGOINGIP (192.0.2.13)" AS_ME, .from = "",
	    .files = { ALL }, .vars = { variable });
	ends("192.0.2.14 by outgoingip.server.example:1 (192.0.2.14)" AS_ME,
	    .from = "", .files = { ALL });
	ends("192.0.2.14 by outgoingip.server.example:1 (192.0.2.14)" AS_ME,
	    .from = "", .files = { ALL }, .vars = { "OUTGOINGIP=" });
	ends("192.0.2.15 by outgoingip:1 (192.0.2.15)" AS_ME, .from = "",
	    .files = { ALL }, .host = "other.example");
	/* One of several, by the time. */
	ends("192.0.2.15 by outgoingip:1 (192.0.2.15)" AS_ME, .now = 1000,
	    .files = { ME, "outgoingip", "192.0.2.15\n192.0.2.16\n" });
	ends("192.0.2.16 by outgoingip:2 (192.0.2.16)" AS_ME, .now = 1001,
	    .files = { ME, "outgoingip", "192.0.2.15\n192.0.2.16\n" });
}

static void
test_file_of_a_host(void **state)
{
#define BY_FILE(name) "192.0.2.14 by outgoingip." name ":1 (192.0.2.14)" AS_ME
#define FILE_OF(name) "outgoingip." name, "192.0.2.14\n"
	ends(BY_FILE("server.example"), .host = "Server.EXAMPLE",
	    .files = { ME, FILE_OF("server.example") });
	ends(BY_FILE("server.example"), .host = "server.example.",
	    .files = { ME, FILE_OF("server.example") });
	/* Then as it is written. */
	ends(BY_FILE("Server.EXAMPLE"), .host = "Server.EXAMPLE",
	    .files = { ME, FILE_OF("Server.EXAMPLE") });
	ends("192.0.2.8 by outgoingip.server.example:1 (192.0.2.8)" AS_ME,
	    .host = "Server.EXAMPLE",
	    .files = { ME, FILE_OF("Server.EXAMPLE"),
	        "outgoingip.server.example", "192.0.2.8\n" });
	ends("system by default" AS_ME, .host = "server.example",
	    .files = { ME, FILE_OF("Server.EXAMPLE") });
	/* What is no host name is no part of a file name either. */
	ends("system by default" AS_ME, .host = "[192.0.2.1]",
	    .files = { ME, FILE_OF("[192.0.2.1]") });
	ends("system by default" AS_ME, .host = ".example",
	    .files = { ME, FILE_OF(".example") });
	ends("system by default" AS_ME, .host = "a b",
	    .files = { ME, FILE_OF("a b") });
	ends("system by default" AS_ME, .host = "",
	    .files = { ME, FILE_OF("") });
	assert_int_equal(mkdir(check_path(state, "outgoingip.x"), 0700), 0);
	ends("system by default" AS_ME, .host = "x/y",
	    .files = { ME, FILE_OF("x/y") });
	ends("system by default" AS_ME, .host = "x/../outgoingip2",
	    .files = { ME, "outgoingip2", "192.0.2.14\n" });
}

static void
test_host_too_long_for_a_file_name(void **state)
{
	/* So many that some look like names in the directory. */
	enum { MANY = 2000, LENGTH = 253 };
	const struct site s = { .files = { ME } };
	struct settings *settings = settle(state, &s);
	char host[LENGTH + 1];

	memset(host, 'a', LENGTH);
	host[LENGTH] = '\0';
	for (int i = 0; i < MANY; i++) {
		struct binding b;
		struct trouble t;

		(void)snprintf(host + LENGTH - 4, 5, "%04d", i);
		assert_int_equal(
		    binding_read(&b, settings, span_of(host), SPAN(ALICE), &t),
		    0);
	}
	clear(state, &s);
}

static void
test_domainbindings_by_another_name(void **state)
{
	const char *dir = check_path(state, "");
	struct buf b;

	ends("192.0.2.8 by other:1 (client.example)"
	     " as client.example by other:1 (client.example)",
	    .files = { ME, "domainbindings", "client.example:192.0.2.9\n",
	        "other", "client.example:192.0.2.8\n" },
	    .vars = { "DOMAINBINDINGS=other" });
	buf_init(&b, check_arena(state), 1000);
	buf_puts(&b, "DOMAINBINDINGS=");
	buf_puts(&b, dir);
	buf_puts(&b, "other");
	buf_putc(&b, '\0');
	ends("192.0.2.8 by other:1 (client.example)"
	     " as client.example by other:1 (client.example)",
	    .files = { ME, "other", "client.example:192.0.2.8\n" },
	    .vars = { b.p });
	ends("system by default" AS_ME,
	    .files = { ME, "domainbindings", "client.example:192.0.2.9\n" },
	    .vars = { "DOMAINBINDINGS=absent" });
	ends("192.0.2.9 by domainbindings:1 (client.example)"
	     " as client.example by domainbindings:1 (client.example)",
	    .files = { ME, "domainbindings", "client.example:192.0.2.9\n" },
	    .vars = { "DOMAINBINDINGS=" });
}

static void
test_troubles(void **state)
{
	ends("forbidden bindroutes:1",
	    .files = { ME, "bindroutes", ":301.32.1.1\n" });
	ends("bind domainbindings:1 (client.example)",
	    .files = { ME, "domainbindings", "client.example:eth0\n" });
	ends("bind OUTGOINGIP (eth0)", .files = { ME },
	    .vars = { "OUTGOINGIP=eth0" });
	ends("bind outgoingip:2 (eth0)",
	    .files = { ME, "outgoingip", "\neth0\n" });
	ends("bind outgoingip.server.example:1 (eth0)",
	    .files = { ME, "outgoingip.server.example", "eth0\n", "outgoingip",
	        "192.0.2.9\n" });
}

static void
test_unreadable_files(void **state)
{
	static const char *const names[] = { "bindroutes", "domainbindings",
		"outgoingip", "outgoingip.server.example", "helohostbyip",
		"helohost", "me" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const struct site s = { .from = ALICE };
		const char *path = check_path(state, names[i]);
		struct binding b;
		struct trouble t;

		/* A link to itself. */
		assert_int_equal(symlink(names[i], path), 0);
		assert_int_equal(binding_read(&b, settle(state, &s),
		                     SPAN("server.example"), SPAN(ALICE), &t),
		    -1);
		assert_int_equal(t.stage, AT_CONTROL);
		assert_int_equal(t.cause, BY_SYSTEM);
		assert_int_equal(t.err, ELOOP);
		assert_true(span_ends(t.why.file, span_of(names[i])));
		assert_int_equal(unlink(path), 0);

		(void)check_file(state, names[i], SPAN("\n\0\n"));
		assert_int_equal(binding_read(&b, settle(state, &s),
		                     SPAN("server.example"), SPAN(ALICE), &t),
		    -1);
		assert_int_equal(t.stage, AT_CONTROL);
		assert_int_equal(t.cause, BY_GARBLE);
		assert_int_equal(t.why.line, 2);
		assert_true(span_ends(t.why.file, span_of(names[i])));
		assert_int_equal(unlink(path), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_name_of_this_host),
		CHECK(test_name_of_the_sender),
		CHECK(test_name_by_address),
		CHECK(test_order_of_addresses),
		CHECK(test_file_of_a_host),
		CHECK(test_host_too_long_for_a_file_name),
		CHECK(test_domainbindings_by_another_name),
		CHECK(test_troubles),
		CHECK(test_unreadable_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
