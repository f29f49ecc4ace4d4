/*
 * path_test - the route of a message: where it goes, and whom to log in as
 *
 * Long because it is the golden table of routes: what every form of a line
 * means, in every file and variable, and which of them wins.
 *
 * REQ: RTE-01 RTE-02 RTE-03 RTE-04 RTE-05 RTE-06 RTE-07 RTE-08 RTE-09 RTE-10
 * REQ: RTE-11 RTE-12 RTE-13 RTE-14 AUTH-01 AUTH-05 AUTH-06 AUTH-07 ENV-03
 * REQ: TRY-05
 */
#include "base/buf.h"
#include "base/compiler.h"
#include "delivery/path.h"
#include "file/cdb_test.h"
#include "mail/address.h"

#include <errno.h>

#define ALICE "alice@client.example"

static const struct settings_defaults defaults = { "/nowhere", "/nowhere",
	"/nowhere" };

/* A call and what it finds; NULL: not there. */
struct site {
	/* The sender, ALICE by default; recipients at the same host. */
	const char *from, *to, *and_to;
	/* What the host is in A-label form. */
	const char *alias;
	/* Control files; those that are databases are made from the texts. */
	const char *smtproutes, *smtproutes_cdb, *qmtproutes, *qmtproutes_cdb;
	const char *more, *auth;
	/* One more: a database of routes if its name ends so. */
	const char *other, *other_text;
	/* Variables. */
	const char *vars[4];
};

/* Three strings as one. */
static const char *
join(struct arena *a, const char *one, const char *two, const char *three)
{
	struct buf b;

	buf_init(&b, a, 4000);
	buf_puts(&b, one);
	buf_puts(&b, two);
	buf_puts(&b, three);
	buf_putc(&b, '\0');
	return b.p;
}

/* The control files of a site; those that are databases are made. */
static const char *const names[] = { "smtproutes", "smtproutes.cdb",
	"qmtproutes", "qmtproutes.cdb", "moresmtproutes.cdb",
	"remote_auth.cdb" };

/* A text as it is. */
static struct span
as_text(struct arena *a, const char *text)
{
	(void)a;
	return span_of(text);
}

/* Writes a control file, if it is there. */
static void
put(void **state, const char *name, const char *text,
    struct span (*make)(struct arena *, const char *))
{
	if (text != NULL)
		(void)check_file(state, name, make(check_arena(state), text));
}

/* The settings of a site, its files written. */
static struct settings *
settle(void **state, const struct site *s)
{
	struct arena *a = check_arena(state);
	const char **vars =
	    arena_array(a, COUNT_OF(s->vars) + 2, sizeof(*vars));
	struct env *env = arena_take(a, sizeof(*env));
	size_t n = 0;

	put(state, names[0], s->smtproutes, as_text);
	put(state, names[1], s->smtproutes_cdb, cdb_of_routes);
	put(state, names[2], s->qmtproutes, as_text);
	put(state, names[3], s->qmtproutes_cdb, cdb_of_routes);
	put(state, names[4], s->more, cdb_of_recipients);
	put(state, names[5], s->auth, cdb_of_assignments);
	if (s->other != NULL)
		put(state, s->other, s->other_text,
		    span_ends(span_of(s->other), SPAN(".cdb")) ? cdb_of_routes
		                                               : as_text);
	vars[n++] = join(a, "CONTROLDIR=", check_path(state, ""), "");
	for (size_t i = 0; i < COUNT_OF(s->vars) && s->vars[i] != NULL; i++)
		vars[n++] = s->vars[i];
	env->vars = vars;
	return settings_new(env, &defaults, a);
}

/* Removes the files of a site. */
static void
clear(void **state, const struct site *s)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		(void)remove(check_path(state, names[i]));
	if (s->other != NULL)
		(void)remove(check_path(state, s->other));
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
	buf_puts(b, " (");
	buf_put(b, w->rule);
	buf_putc(b, ')');
}

/* Adds a word, "-" for none. */
static void
put_word(struct buf *b, struct span word)
{
	buf_putc(b, ' ');
	buf_put(b, word.n > 0 ? word : SPAN("-"));
}

/* Adds a number, "-" for none. */
static void
put_number(struct buf *b, int64_t number, bool said)
{
	char digits[24] = "";

	if (said)
		(void)snprintf(
		    digits, sizeof(digits), "%lld", (long long)number);
	put_word(b, span_of(digits));
}

/* Adds who logs in, by which file if not that of the route, and the changes
 * of the environment. */
static void
put_login(struct buf *b, const struct path *p)
{
	const struct login *l = &p->login;

	if (p->route.login.n == 0)
		return;
	if (l->user.n > 0) {
		buf_puts(b, " as");
		put_word(b, l->user);
		put_word(b, l->password);
	} else {
		buf_puts(b, " as nobody");
	}
	if (!span_equal(l->why.file, p->route.why.file)) {
		buf_puts(b, " of ");
		put_why(b, &l->why);
	}
	if (l->route_envstr.n > 0) {
		buf_puts(b, " with ");
		buf_put(b, l->route_envstr);
	}
	if (l->auth_envstr.n > 0) {
		buf_puts(b, " then ");
		buf_put(b, l->auth_envstr);
	}
}

/* "PROTOCOL RELAY PORT PENALTY TOLERANCE by WHY as USER PASSWORD ...", with
 * "-" for what is not said; "none"; or the trouble. */
static struct span
describe(struct arena *a, int rc, const struct path *p, const struct trouble *t)
{
	const struct route *r = &p->route;
	struct buf b;

	buf_init(&b, a, 4000);
	if (rc < 0) {
		buf_puts(&b, t->stage == AT_ROUTE     ? "bad "
		             : t->stage == AT_SPLIT   ? "split "
		             : t->stage == AT_CONTROL ? "unreadable "
		                                      : "? ");
		if (t->stage == AT_SPLIT)
			buf_put(&b, t->about);
		else
			put_why(&b, &t->why);
		return buf_span(&b);
	}
	if (!p->routed)
		return SPAN("none");
	buf_puts(&b, r->protocol == ROUTE_QMTP ? "qmtp" : "smtp");
	put_word(&b, r->relay);
	put_number(&b, r->port, r->port > 0);
	put_number(&b, r->penalty, r->penalty >= 0);
	put_number(&b, r->tolerance, r->tolerance >= 0);
	buf_puts(&b, " by ");
	put_why(&b, &r->why);
	put_login(&b, p);
	return buf_span(&b);
}

/* Looks for the path of a site's call; *settings are then those for it. */
static int
look(void **state, const struct site *s, struct path *p,
    struct settings **settings, struct trouble *t)
{
	const struct span rcpt[] = { span_of(s->to), span_of(s->and_to) };
	const struct request r = {
		.host = address_domain(rcpt[0]),
		.sender = span_of(s->from != NULL ? s->from : ALICE),
		.rcpt = rcpt,
		.nrcpt = s->and_to != NULL ? 2 : 1,
	};

	*settings = settle(state, s);
	return path_find(
	    p, &r, span_of(s->alias), settings, check_arena(state), t);
}

#define goes(want, ...)                                                        \
	goes_at(HERE, state, want, &(const struct site){ __VA_ARGS__ })

static void
goes_at(struct place at, void **state, const char *want, const struct site *s)
{
	struct settings *settings;
	struct trouble t;
	struct path p;
	int rc = look(state, s, &p, &settings, &t);

	check_text(at, describe(check_arena(state), rc, &p, &t), want);
	clear(state, s);
}

/* What may follow a domain field, and what it means. */
struct form {
	const char *rest, *want;
	/* For a bounce, if that is something else. */
	const char *bounce;
};

/* The logins that the forms refer to. */
#define LOGINS                                                                 \
	"=alice@client.example:ua pa:\n"                                       \
	"=a@inside.af.mil:ur pr B=:\n"                                         \
	"=gmail:some_user@gmail.com gmail_app_password AUTH_SMTP=LOGIN:\n"     \
	"=broken:user:\n"                                                      \
	"=worse:user password A:\n"                                            \
	"+:all secret:\n"

/* clang-format off */
static const struct form forms[] = {
/* A relay. */
{ "firewall.af.mil",            "firewall.af.mil - - -" },
{ "firewall.af.mil:26",         "firewall.af.mil 26 - -" },
{ "firewall.af.mil:465",        "firewall.af.mil 465 - -" },
{ "firewall.af.mil:65535",      "firewall.af.mil 65535 - -" },
{ "firewall.af.mil:25:600:30",  "firewall.af.mil 25 600 30" },
{ "firewall.af.mil:25:600",     "firewall.af.mil 25 600 -" },
{ "firewall.af.mil:25:0:0",     "firewall.af.mil 25 0 0" },
{ "firewall.af.mil::600:30",    "firewall.af.mil - 600 30" },
{ "firewall.af.mil:::30",       "firewall.af.mil - - 30" },
{ "firewall.af.mil::600",       "firewall.af.mil - 600 -" },
{ "firewall.af.mil:",           "firewall.af.mil - - -" },
{ "firewall.af.mil:26::",       "firewall.af.mil 26 - -" },
{ "firewall.af.mil:26:::",      "firewall.af.mil 26 - -" },
{ "firewall.af.mil:1:2147483647:2147483647",
	"firewall.af.mil 1 2147483647 2147483647" },
{ "FireWall.AF.mil:26",         "FireWall.AF.mil 26 - -" },
/* None: the domain's own exchangers. */
{ "",                           "- - - -" },
{ ":",                          "- - - -" },
{ ":2525",                      "- 2525 - -" },
{ ":465",                       "- 465 - -" },
{ "::600:30",                   "- - 600 30" },
{ ":::30",                      "- - - 30" },
/* An address. */
{ "192.0.2.1",                  "192.0.2.1 - - -" },
{ "192.0.2.1:26",               "192.0.2.1 26 - -" },
{ "[192.0.2.1]",                "[192.0.2.1] - - -" },
{ "[192.0.2.1]:26",             "[192.0.2.1] 26 - -" },
{ "[192.0.2.1]::600:30",        "[192.0.2.1] - 600 30" },
{ "2001:db8::1",                "2001:db8::1 - - -" },
{ "2001:db8:0:0:0:0:0:1",       "2001:db8:0:0:0:0:0:1 - - -" },
{ "[2001:db8::1]",              "[2001:db8::1] - - -" },
{ "[::1]:2525",                 "[::1] 2525 - -" },
{ "[::1]:25:600:30",            "[::1] 25 600 30" },
{ "[IPv6:2001:db8::1]:26",      "[IPv6:2001:db8::1] 26 - -" },
/* A login. */
{ "relay:25:600:30 user password A=x,B=y",
	"relay 25 600 30 as user password with A=x,B=y" },
{ "relay:587 user password",    "relay 587 - - as user password" },
{ "relay:587: user password",   "relay 587 - - as user password" },
{ "relay user password",        "relay - - - as user password" },
{ "relay: user password",       "relay - - - as user password" },
{ "192.0.2.1 user password",    "192.0.2.1 - - - as user password" },
{ "2001:db8::1 user password",  "2001:db8::1 - - - as user password" },
{ "[::1]:587 user password",    "[::1] 587 - - as user password" },
{ " user password",             "- - - - as user password" },
{ ":587 user password",         "- 587 - - as user password" },
{ "relay:587 user@b:c pass:word A=x y,B=",
	"relay 587 - - as user@b:c pass:word with A=x y,B=" },
/* One of remote_auth. */
{ "relay:25:600:30 /s",         "relay 25 600 30 as ua pa"
				" of remote_auth.cdb (=alice@client.example)",
				"relay 25 600 30 as all secret"
				" of remote_auth.cdb (+)" },
{ "relay:587: /s",              "relay 587 - - as ua pa"
				" of remote_auth.cdb (=alice@client.example)",
				"relay 587 - - as all secret"
				" of remote_auth.cdb (+)" },
{ "relay /s A=x",               "relay - - - as ua pa"
				" of remote_auth.cdb (=alice@client.example)"
				" with A=x",
				"relay - - - as all secret"
				" of remote_auth.cdb (+) with A=x" },
{ "relay:25:600:30 /r",         "relay 25 600 30 as ur pr"
				" of remote_auth.cdb (=a@inside.af.mil)"
				" then B=" },
{ "relay:25:600:30 /token",     "relay 25 600 30 as all secret"
				" of remote_auth.cdb (+)" },
{ "smtp.gmail.com:587: /gmail AUTH_SMTP=login",
	"smtp.gmail.com 587 - - as some_user@gmail.com gmail_app_password"
	" of remote_auth.cdb (=gmail) with AUTH_SMTP=login"
	" then AUTH_SMTP=LOGIN" },
{ " /gmail",                    "- - - - as some_user@gmail.com"
				" gmail_app_password"
				" of remote_auth.cdb (=gmail)"
				" then AUTH_SMTP=LOGIN" },
};

/* What may not follow one, and why. */
static const struct no_form {
	const char	*rest, *wrong;
} no_forms[] = {
{ "[192.0.2.1",                 "bad relay" },
{ "[]",                         "bad relay" },
{ "[192.0.2.1]26",              "bad relay" },
{ "[192.0.2.256]",              "bad relay" },
{ "[firewall.af.mil]:26",       "bad relay" },
{ "[IPv6:192.0.2.1]",           "bad relay" },
{ "fire\001wall",               "bad relay" },
{ "relay:65536",                "bad port" },
{ "relay:-1",                   "bad port" },
{ "relay:smtp",                 "bad port" },
{ "relay:25x",                  "bad port" },
{ "relay:99999999999999999999", "bad port" },
{ "relay:587\tuser password",   "bad port" },
{ "[::1]:x",                    "bad port" },
{ "relay:25:1h",                "bad penalty" },
{ "relay:25:2147483648",        "bad penalty" },
{ "relay:587:user:password",    "bad penalty" },
{ "relay:25:600:-1",            "bad max_tolerance" },
{ "relay:25:600:30:1",          "too many fields" },
{ "2001:db8::1:2525:x",         "bad port" },
{ "relay user",                 "bad login" },
{ "relay:587  user password",   "bad login" },
{ "relay /",                    "bad login" },
{ "relay user password A",      "bad envstr" },
{ "relay user password =x",     "bad envstr" },
{ "relay /s A=x,B",             "bad envstr" },
};

/* Where a line may stand. */
static const struct way {
	const char	*file, *variable, *source, *protocol;
	/* The file has lines; else it is a database. */
	bool		lines;
} ways[] = {
{ "smtproutes",     NULL,                  "smtproutes",     "smtp", true },
{ "smtproutes.cdb", NULL,                  "smtproutes.cdb", "smtp", false },
{ NULL,             "SMTPROUTE=",          "SMTPROUTE",      "smtp", true },
{ NULL,             "X-SMTPROUTES=",       "X-SMTPROUTES",   "smtp", true },
{ NULL,             "X_SMTPROUTES=",       "X_SMTPROUTES",   "smtp", true },
{ "other",          "SMTPROUTESFILE=other", "other",         "smtp", true },
{ "other.cdb",      "SMTPROUTESFILE=other", "other.cdb",     "smtp", false },
{ "other.cdb",  "SMTPROUTESFILE=other.cdb", "other.cdb",     "smtp", false },
{ "qmtproutes",     NULL,                  "qmtproutes",     "qmtp", true },
{ "qmtproutes.cdb", NULL,                  "qmtproutes.cdb", "qmtp", false },
{ NULL,             "QMTPROUTE=",          "QMTPROUTE",      "qmtp", true },
{ "other",          "QMTPROUTESFILE=other", "other",         "qmtp", true },
{ "other.cdb",      "QMTPROUTESFILE=other", "other.cdb",     "qmtp", false },
};

/* Which domain fields a line may have. */
static const struct field {
	const char	*key, *from;
} fields[] = {
{ "inside.af.mil",  ALICE },
{ ".af.mil",        ALICE },
{ "",               ALICE },
{ "!@",             "" },
};
/* clang-format on */

/* A site whose only route stands in one place, behind a comment. */
static struct site
site_of(struct arena *a, const char *rest, const struct way *w,
    const struct field *d)
{
	const char *line = join(a, d->key, ":", rest);
	struct site s = {
		.from = d->from, .to = "a@inside.af.mil", .auth = LOGINS
	};

	line = join(a, "# a comment\n", line, "\n");
	if (w->file != NULL) {
		s.other = w->file;
		s.other_text = line;
		s.vars[0] = w->variable;
	} else {
		s.vars[0] = join(a, w->variable, line, "");
	}
	return s;
}

/* "PROTOCOL ROUTE by SOURCE:LINE (KEY) LOGIN": of what is wanted, the first
 * four words are the route. */
static struct span
wanted(struct arena *a, const struct form *f, const struct way *w,
    const struct field *d)
{
	bool bounce = d->from[0] == '\0' && f->bounce != NULL;
	struct span want = span_of(bounce ? f->bounce : f->want);
	size_t route = 0;
	struct buf b;

	for (int spaces = 0; route < want.n; route++)
		if (want.p[route] == ' ' && ++spaces == 4)
			break;
	buf_init(&b, a, 4000);
	buf_puts(&b, w->protocol);
	buf_putc(&b, ' ');
	buf_put(&b, span_head(want, route));
	buf_puts(&b, " by ");
	buf_puts(&b, w->source);
	buf_puts(&b, w->lines ? ":2 (" : " (");
	buf_puts(&b, d->key);
	buf_putc(&b, ')');
	buf_put(&b, span_tail(want, route));
	return buf_span(&b);
}

/* What a site finds; a difference is told with the line. */
static void
try_site(void **state, const struct site *s, const char *rest,
    const struct way *w, struct span want)
{
	struct settings *settings;
	struct trouble t;
	struct span got;
	struct path p;
	int rc = look(state, s, &p, &settings, &t);

	got = describe(check_arena(state), rc, &p, &t);
	if (!span_equal(got, want)) {
		print_error("line form \"%s\" in %s:\n", rest, w->source);
		check_span(HERE, got, want);
	}
	clear(state, s);
}

static void
test_forms(void **state)
{
	struct arena *a = check_arena(state);

	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		const struct form *f = &forms[i];

		for (size_t w = 0; w < COUNT_OF(ways); w++) {
			for (size_t d = 0; d < COUNT_OF(fields); d++) {
				struct site s =
				    site_of(a, f->rest, &ways[w], &fields[d]);

				try_site(state, &s, f->rest, &ways[w],
				    wanted(a, f, &ways[w], &fields[d]));
			}
		}
	}
}

static void
test_no_forms(void **state)
{
	struct arena *a = check_arena(state);

	for (size_t i = 0; i < COUNT_OF(no_forms); i++) {
		const struct no_form *f = &no_forms[i];

		for (size_t w = 0; w < COUNT_OF(ways); w++) {
			const char *want = join(a, "bad ", ways[w].source,
			    ways[w].lines ? ":2 (" : " (");

			want = join(a, want, f->wrong, ")");
			for (size_t d = 0; d < COUNT_OF(fields); d++) {
				struct site s =
				    site_of(a, f->rest, &ways[w], &fields[d]);

				try_site(state, &s, f->rest, &ways[w],
				    span_of(want));
			}
		}
	}
}

static void
test_lines_of_the_manual(void **state)
{
	static const char manual[] = "inside.af.mil:firewall.af.mil:26\n"
	                             ".af.mil:\n"
	                             ":heaven.af.mil\n"
	                             "!@:bouncehost.af.mil:27\n";
	static const char gmail[] =
	    "domain:relay:port: /s\n"
	    "gmail.com:smtp.gmail.com:587: /gmail AUTH_SMTP=login\n"
	    "indimail.org:relay:26: /s\n";
	static const char remote_auth[] =
	    "=joe.shmoe@indimail.org:testuser@example.com supersecret:\n"
	    "=gmail:some_user@gmail.com gmail_app_password AUTH_SMTP=LOGIN:\n";
	static const char joe[] = "+:testuser@example.com supersecret:\n"
	                          "+joe-:joe@example.com everyoneknows:\n"
	                          "=joe:joe@example.com everyoneknows:\n";
	static const char more[] = "bob@example.org 192.0.2.1\n!@ 192.0.2.2\n";

	goes("smtp firewall.af.mil 26 - - by smtproutes:1 (inside.af.mil)",
	    .to = "a@inside.af.mil", .smtproutes = manual);
	goes("smtp - - - - by smtproutes:2 (.af.mil)", .to = "a@outside.af.mil",
	    .smtproutes = manual);
	goes("smtp - - - - by smtproutes:2 (.af.mil)",
	    .to = "a@x.inside.af.mil", .smtproutes = manual);
	goes("smtp heaven.af.mil - - - by smtproutes:3 ()", .to = "a@af.mil",
	    .smtproutes = manual);
	goes("smtp heaven.af.mil - - - by smtproutes:3 ()",
	    .to = "a@example.org", .smtproutes = manual);
	goes("smtp bouncehost.af.mil 27 - - by smtproutes:4 (!@)",
	    .to = "a@inside.af.mil", .from = "", .smtproutes = manual);
	goes("smtp bouncehost.af.mil 27 - - by smtproutes:4 (!@)",
	    .to = "a@example.org", .from = "#@[]", .smtproutes = manual);
	goes("none", .to = "a@example.org", .smtproutes = ".af.mil:\n");

	goes("smtp smtp.gmail.com 587 - - by smtproutes:2 (gmail.com)"
	     " as some_user@gmail.com gmail_app_password"
	     " of remote_auth.cdb (=gmail)"
	     " with AUTH_SMTP=login then AUTH_SMTP=LOGIN",
	    .to = "a@gmail.com", .smtproutes = gmail, .auth = remote_auth);
	goes("smtp relay 26 - - by smtproutes:3 (indimail.org)"
	     " as testuser@example.com supersecret"
	     " of remote_auth.cdb (=joe.shmoe@indimail.org)",
	    .from = "joe.shmoe@indimail.org", .to = "a@indimail.org",
	    .smtproutes = gmail, .auth = remote_auth);
	goes("smtp relay 26 - - by smtproutes:3 (indimail.org) as nobody"
	     " of remote_auth.cdb (jane@indimail.org)",
	    .from = "jane@indimail.org", .to = "a@indimail.org",
	    .smtproutes = gmail, .auth = remote_auth);
	/* Where the manual only says "port". */
	goes("bad smtproutes:1 (bad port)", .to = "a@domain",
	    .smtproutes = gmail, .auth = remote_auth);

	goes("smtp r - - - by smtproutes:1 () as joe@example.com everyoneknows"
	     " of remote_auth.cdb (=joe)",
	    .from = "joe", .to = "a@d", .smtproutes = ":r /s\n", .auth = joe);
	goes("smtp r - - - by smtproutes:1 () as joe@example.com everyoneknows"
	     " of remote_auth.cdb (+joe-)",
	    .from = "joe-direct", .to = "a@d", .smtproutes = ":r /s\n",
	    .auth = joe);
	goes("smtp r - - - by smtproutes:1 ()"
	     " as testuser@example.com supersecret of remote_auth.cdb (+)",
	    .from = "bill", .to = "a@d", .smtproutes = ":r /s\n", .auth = joe);

	goes("smtp 192.0.2.1 - - - by moresmtproutes.cdb (bob@example.org)",
	    .to = "Bob@example.org", .more = more, .smtproutes = manual);
	goes("smtp 192.0.2.2 - - - by moresmtproutes.cdb (!@)", .from = "",
	    .to = "bob@example.org", .more = more, .smtproutes = manual);
	goes("smtp heaven.af.mil - - - by smtproutes:3 ()",
	    .to = "carol@example.org", .more = more, .smtproutes = manual);
}

static void
test_lines_that_do_not_count(void **state)
{
	goes("none", .to = "a@d", .smtproutes = "");
	goes("none", .to = "a@d", .smtproutes = "\n# d:r\n \t \n#:r\n");
	goes("smtp r - - - by smtproutes:5 (d)", .to = "a@d",
	    .smtproutes = "# 1\n\n# 3\n  \nd:r \t\n");
	/* A last line without newline; lines of Windows. */
	goes("smtp r 26 - - by smtproutes:1 (d)", .to = "a@d",
	    .smtproutes = "d:r:26");
	goes("smtp r 26 - - by smtproutes:2 (d)", .to = "a@d",
	    .smtproutes = "e:r\r\nd:r:26\r\n");
	/* White space before a domain is part of it. */
	goes("none", .to = "a@d", .smtproutes = " d:r\n");
	/* The first of equals. */
	goes("smtp r1 - - - by smtproutes:1 (d)", .to = "a@d",
	    .smtproutes = "d:r1\nd:r2\nD:r3\n");
	goes("smtp r1 - - - by smtproutes.cdb (d)", .to = "a@d",
	    .smtproutes_cdb = "d:r1\nd:r2\nD:r3\n");
	goes("bad smtproutes:1 (no colon)", .to = "a@d", .smtproutes = "d\n");
	/* A domain in brackets. */
	goes("smtp r - - - by smtproutes:1 ([192.0.2.1])",
	    .to = "a@[192.0.2.1]", .smtproutes = "[192.0.2.1]:r\n");
	goes("smtp r 26 - - by smtproutes:1 ([IPv6:2001:db8::1])",
	    .to = "a@[IPv6:2001:db8::1]",
	    .smtproutes = "[IPv6:2001:db8::1]:r:26\n");
	goes("smtp r - - - by smtproutes.cdb ([ipv6:2001:db8::1])",
	    .to = "a@[IPv6:2001:db8::1]",
	    .smtproutes_cdb = "[IPv6:2001:db8::1]:r\n");
}

static void
test_variables_of_smtproutes(void **state)
{
	/* SMTPROUTE, then X-SMTPROUTES, then X_SMTPROUTES, then the file. */
	goes("smtp a - - - by SMTPROUTE:1 (d)", .to = "x@d",
	    .vars = { "X_SMTPROUTES=d:c", "X-SMTPROUTES=d:b", "SMTPROUTE=d:a" },
	    .smtproutes = "d:f\n", .smtproutes_cdb = "d:g\n");
	goes("smtp b - - - by X-SMTPROUTES:1 (d)", .to = "x@d",
	    .vars = { "X_SMTPROUTES=d:c", "X-SMTPROUTES=d:b" },
	    .smtproutes = "d:f\n", .smtproutes_cdb = "d:g\n");
	goes("smtp c - - - by X_SMTPROUTES:1 (d)", .to = "x@d",
	    .vars = { "X_SMTPROUTES=d:c" }, .smtproutes = "d:f\n",
	    .smtproutes_cdb = "d:g\n");
	/* One that is empty is as one not set. */
	goes("smtp b - - - by X-SMTPROUTES:1 (d)", .to = "x@d",
	    .vars = { "SMTPROUTE=", "X-SMTPROUTES=d:b" });
	goes("smtp c - - - by X_SMTPROUTES:1 (d)", .to = "x@d",
	    .vars = { "SMTPROUTE=", "X-SMTPROUTES=", "X_SMTPROUTES=d:c" });
	goes("smtp f - - - by smtproutes:1 (d)", .to = "x@d",
	    .vars = { "SMTPROUTE=", "X-SMTPROUTES=", "X_SMTPROUTES=" },
	    .smtproutes = "d:f\n");
	/* It takes the place of the file altogether. */
	goes("none", .to = "x@d", .vars = { "SMTPROUTE=e:a" },
	    .smtproutes = "d:f\n");
	goes("none", .to = "x@d", .vars = { "SMTPROUTE=e:a" },
	    .smtproutes_cdb = "d:g\n");
	goes("none", .to = "x@d",
	    .vars = { "SMTPROUTE=e:a", "X-SMTPROUTES=d:b" });
	goes("none", .from = "", .to = "x@d", .vars = { "X_SMTPROUTES=e:a" },
	    .smtproutes = "!@:f\n");
	goes("none", .to = "x@d", .vars = { "SMTPROUTE=# nothing" },
	    .smtproutes = "d:f\n");
	/* Several entries. */
	goes("smtp b 26 - - by SMTPROUTE:2 (d)", .to = "x@d",
	    .vars = { "SMTPROUTE=e:a\nd:b:26\n:c" });
	goes("smtp c - - - by SMTPROUTE:3 ()", .to = "x@f",
	    .vars = { "SMTPROUTE=e:a\nd:b:26\n:c" });
	goes("bad X-SMTPROUTES:2 (bad port)", .to = "x@d",
	    .vars = { "X-SMTPROUTES=e:a\nd:b:x" });
	goes("bad SMTPROUTE:1 (no colon)", .to = "x@relay.example",
	    .vars = { "SMTPROUTE=relay.example" });
	/* A file that cannot be read does not matter then. */
	goes("smtp a - - - by SMTPROUTE:1 (d)", .to = "x@d",
	    .vars = { "SMTPROUTE=d:a", "SMTPROUTESFILE=/dev/null/routes" });
}

static void
test_smtproutesfile(void **state)
{
	const char *absolute = join(check_arena(state),
	    "SMTPROUTESFILE=", check_path(state, "other"), "");

	goes("smtp o - - - by other:1 (d)", .to = "x@d", .other = "other",
	    .other_text = "d:o\n", .vars = { "SMTPROUTESFILE=other" },
	    .smtproutes = "d:f\n", .smtproutes_cdb = "d:g\n");
	goes("smtp o - - - by other:1 (d)", .to = "x@d", .other = "other",
	    .other_text = "d:o\n", .vars = { absolute }, .smtproutes = "d:f\n");
	/* The database beside it takes its place, too. */
	goes("smtp o - - - by other.cdb (d)", .to = "x@d", .other = "other.cdb",
	    .other_text = "d:o\n", .vars = { absolute }, .smtproutes = "d:f\n");
	/* Absent: no routes, and not those of smtproutes. */
	goes("none", .to = "x@d", .vars = { "SMTPROUTESFILE=absent" },
	    .smtproutes = "d:f\n", .smtproutes_cdb = "d:g\n");
	goes("none", .to = "x@d", .vars = { "SMTPROUTESFILE=absent.cdb" },
	    .smtproutes = "d:f\n");
	/* Empty: as not set. */
	goes("smtp f - - - by smtproutes:1 (d)", .to = "x@d",
	    .vars = { "SMTPROUTESFILE=" }, .smtproutes = "d:f\n");
	/* Variables with routes come before. */
	goes("smtp a - - - by X-SMTPROUTES:1 (d)", .to = "x@d",
	    .other = "other", .other_text = "d:o\n",
	    .vars = { "SMTPROUTESFILE=other", "X-SMTPROUTES=d:a" });
	/* One setting's file is not another's. */
	goes("smtp f - - - by smtproutes:1 (d)", .to = "x@d", .other = "other",
	    .other_text = "d:o\n", .vars = { "QMTPROUTESFILE=other2" },
	    .smtproutes = "d:f\n", .qmtproutes = "d:q\n");
}

static void
test_file_below_a_folder(void **state)
{
	/* Neither '/' nor '.' comes first: below CONTROLDIR. */
	assert_int_equal(mkdir(check_path(state, "sub"), 0700), 0);
	goes("smtp o - - - by routes:1 (d)", .to = "x@d", .other = "sub/routes",
	    .other_text = "d:o\n", .vars = { "SMTPROUTESFILE=sub/routes" });
	goes("smtp o - - - by routes.cdb (d)", .to = "x@d",
	    .other = "sub/routes.cdb", .other_text = "d:o\n",
	    .vars = { "SMTPROUTESFILE=sub/routes" });
}

static void
test_file_by_a_relative_path(void **state)
{
	char here[4096];

	/* '.' comes first: a path, from where the program runs. */
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(mkdir(check_path(state, "sub"), 0700), 0);
	assert_int_equal(chdir(check_path(state, "sub")), 0);
	goes("smtp o - - - by .hidden:1 (d)", .to = "x@d",
	    .other = "sub/.hidden", .other_text = "d:o\n",
	    .vars = { "SMTPROUTESFILE=./.hidden" });
	goes("qmtp o - - - by .hidden:1 (d)", .to = "x@d",
	    .other = "sub/.hidden", .other_text = "d:o\n",
	    .vars = { "QMTPROUTESFILE=.hidden" });
	goes("smtp o - - - by up.cdb (d)", .to = "x@d", .other = "up.cdb",
	    .other_text = "d:o\n", .vars = { "SMTPROUTESFILE=../up.cdb" });
	assert_int_equal(chdir(here), 0);
}

static void
test_databases(void **state)
{
	static const char keys[] =
	    "Sub.D.example:a\n.D.example:b\n!@:c\n:d:26\n.a.d.example:e\n";

	/* It takes the place of the text, also of one that has more. */
	goes("smtp g - - - by smtproutes.cdb (d)", .to = "x@d",
	    .smtproutes = "d:f\n", .smtproutes_cdb = "d:g\n");
	goes("none", .to = "x@e", .smtproutes = "e:f\n",
	    .smtproutes_cdb = "d:g\n");
	goes("none", .to = "x@e", .smtproutes_cdb = "");
	goes("qmtp g - - - by qmtproutes.cdb (d)", .to = "x@d",
	    .qmtproutes = "d:f\n", .qmtproutes_cdb = "d:g\n");
	/* Keys of every kind, in lower case. */
	goes("smtp a - - - by smtproutes.cdb (sub.d.example)",
	    .to = "x@SUB.d.example", .smtproutes_cdb = keys);
	goes("smtp b - - - by smtproutes.cdb (.d.example)",
	    .to = "x@x.D.example", .smtproutes_cdb = keys);
	goes("smtp e - - - by smtproutes.cdb (.a.d.example)",
	    .to = "x@x.y.a.d.example", .smtproutes_cdb = keys);
	goes("smtp d 26 - - by smtproutes.cdb ()", .to = "x@d.example",
	    .smtproutes_cdb = keys);
	goes("smtp c - - - by smtproutes.cdb (!@)", .from = "",
	    .to = "x@sub.d.example", .smtproutes_cdb = keys);
	/* One a database, one a text. */
	goes("qmtp q - - - by qmtproutes:1 (d)", .to = "x@d",
	    .qmtproutes = "d:q\n", .smtproutes_cdb = "d:s\n");
	goes("smtp s - - - by smtproutes:1 (d)", .to = "x@d",
	    .qmtproutes_cdb = ":q\n", .smtproutes = "d:s\n");
}

static void
test_qmtproutes(void **state)
{
	/* Equal keys: qmtproutes; else the longer key.        REQ: RTE-13 */
	goes("qmtp q - - - by qmtproutes:1 (d)", .to = "x@d",
	    .qmtproutes = "d:q\n", .smtproutes = "d:s\n");
	goes("qmtp q 6209 - - by qmtproutes:1 ()", .to = "x@d",
	    .qmtproutes = ":q:6209\n", .smtproutes = ":s\n");
	goes("smtp s - - - by smtproutes:1 (a.d)", .to = "x@a.d",
	    .qmtproutes = ".d:q\n", .smtproutes = "a.d:s\n");
	goes("qmtp q - - - by qmtproutes:1 (a.d)", .to = "x@a.d",
	    .qmtproutes = "a.d:q\n", .smtproutes = ".d:s\n");
	goes("qmtp - - - - by qmtproutes:1 (d)", .to = "x@d",
	    .qmtproutes = "d:\n", .smtproutes = ":s\n");
	/* Bounces. */
	goes("qmtp q - - - by qmtproutes:1 (!@)", .from = "", .to = "x@d",
	    .qmtproutes = "!@:q\n", .smtproutes = "!@:s\nd:s\n");
	goes("smtp s - - - by smtproutes:1 (!@)", .from = "", .to = "x@d",
	    .qmtproutes = "d:q\n", .smtproutes = "!@:s\n");
	goes("qmtp q - - - by qmtproutes:1 (d)", .from = "", .to = "x@d",
	    .qmtproutes = "d:q\n", .smtproutes = ":s\n");
	/* Each variable replaces its own file only. */
	goes("qmtp v - - - by QMTPROUTE:1 (d)", .to = "x@d",
	    .vars = { "QMTPROUTE=d:v" }, .qmtproutes = "d:q\n",
	    .qmtproutes_cdb = "d:c\n", .smtproutes = "d:s\n");
	goes("smtp s - - - by smtproutes:1 (d)", .to = "x@d",
	    .vars = { "QMTPROUTE=e:v" }, .qmtproutes = "d:q\n",
	    .smtproutes = "d:s\n");
	goes("qmtp q - - - by qmtproutes:1 (d)", .to = "x@d",
	    .vars = { "SMTPROUTE=d:v" }, .qmtproutes = "d:q\n",
	    .smtproutes = "d:s\n");
	goes("smtp v - - - by SMTPROUTE:1 (a.d)", .to = "x@a.d",
	    .vars = { "SMTPROUTE=a.d:v", "QMTPROUTE=.d:w" });
	goes("qmtp q - - - by qmtproutes:1 (d)", .to = "x@d",
	    .vars = { "QMTPROUTE=" }, .qmtproutes = "d:q\n");
	goes("qmtp o - - - by other:1 (d)", .to = "x@d", .other = "other",
	    .other_text = "d:o\n", .vars = { "QMTPROUTESFILE=other" },
	    .qmtproutes = "d:q\n");
	goes("none", .to = "x@d", .vars = { "QMTPROUTESFILE=absent" },
	    .qmtproutes = "d:q\n");
}

#define BY_MORE(relay) "smtp " relay " - - - by moresmtproutes.cdb (bob@d)"

static void
test_moresmtproutes(void **state)
{
	/* It overrides everything that is not for bounces. */
	goes(BY_MORE("m"), .to = "bob@d", .more = "bob@d m\n",
	    .smtproutes = "d:s\n", .qmtproutes = "d:q\n");
	goes(BY_MORE("m"), .to = "bob@d", .more = "bob@d m\n",
	    .vars = { "SMTPROUTE=d:s", "QMTPROUTE=d:q" });
	goes(BY_MORE("m"), .to = "BOB@D", .more = "Bob@d m\n");
	goes(BY_MORE("m"), .from = "", .to = "bob@d", .more = "bob@d m\n",
	    .smtproutes = ":s\n");
	goes("smtp s - - - by smtproutes:1 (!@)", .from = "", .to = "bob@d",
	    .more = "bob@d m\n", .smtproutes = "!@:s\n");
	goes("qmtp q - - - by qmtproutes:1 (!@)", .from = "", .to = "bob@d",
	    .more = "bob@d m\n", .qmtproutes = "!@:q\n");
	goes("smtp m - - - by moresmtproutes.cdb (!@)", .from = "",
	    .to = "bob@d", .more = "!@ m\nbob@d n\n", .smtproutes = "!@:s\n",
	    .qmtproutes = "!@:q\n");
	goes("smtp s - - - by smtproutes:1 (d)", .to = "bob@d",
	    .more = "!@ m\nd x\n@d x\n", .smtproutes = "d:s\n");
	/* All that a line of smtproutes may say behind its domain. */
	goes("smtp m 26 600 30 by moresmtproutes.cdb (bob@d)", .to = "bob@d",
	    .more = "bob@d m:26:600:30\n");
	goes("smtp [2001:db8::1] 26 - - by moresmtproutes.cdb (bob@d)",
	    .to = "bob@d", .more = "bob@d [2001:db8::1]:26\n");
	goes("smtp - - - - by moresmtproutes.cdb (bob@d)", .to = "bob@d",
	    .more = "bob@d \n", .smtproutes = ":s\n");
	goes("smtp m 587 - - by moresmtproutes.cdb (bob@d)"
	     " as u p of remote_auth.cdb (=bob@d)",
	    .to = "bob@d", .more = "bob@d m:587 /r\n", .auth = "=bob@d:u p:\n");
	goes("bad moresmtproutes.cdb (bad port)", .to = "bob@d",
	    .more = "bob@d m:x\n");
	/* Another name. */
	goes("smtp o - - - by other.cdb (bob@d)", .to = "bob@d",
	    .other = "other.cdb", .other_text = "bob@d:o\n",
	    .vars = { "MORESMTPROUTESCDB=other.cdb" }, .more = "bob@d m\n");
	goes("smtp o - - - by other.cdb (bob@d)", .to = "bob@d",
	    .other = "other.cdb", .other_text = "bob@d:o\n",
	    .vars = { join(check_arena(state),
	        "MORESMTPROUTESCDB=", check_path(state, "other.cdb"), "") });
	goes("none", .to = "bob@d", .vars = { "MORESMTPROUTESCDB=absent.cdb" },
	    .more = "bob@d m\n");
	goes(BY_MORE("m"), .to = "bob@d", .vars = { "MORESMTPROUTESCDB=" },
	    .more = "bob@d m\n");
}

static void
test_moresmtproutes_by_any_name(void **state)
{
	/* The variable names the database itself, whatever it is called. */
	const struct span made =
	    cdb_of_recipients(check_arena(state), "bob@d m\n");

	(void)check_file(state, "personal", made);
	goes("smtp m - - - by personal (bob@d)", .to = "bob@d",
	    .vars = { "MORESMTPROUTESCDB=personal" });
}

static void
test_logins(void **state)
{
	/* Nobody is listed: the mail goes without a login. */
	goes("smtp r - - - by smtproutes:1 () as nobody", .to = "x@d",
	    .smtproutes = ":r /s\n");
	goes("smtp r - - - by smtproutes:1 () as nobody with A=x", .to = "x@d",
	    .smtproutes = ":r /gmail A=x\n");
	goes("smtp r - - - by smtproutes:1 () as nobody of remote_auth.cdb "
	     "(x@d)",
	    .to = "x@d", .smtproutes = ":r /r\n", .auth = "=y@d:u p:\n");
	/* A double bounce has no sender. */
	goes("smtp r - - - by smtproutes:1 () as nobody of remote_auth.cdb ()",
	    .from = "#@[]", .to = "x@d", .smtproutes = ":r /s\n",
	    .auth = "=#@[]:u p:\n");
	goes("bad remote_auth.cdb (bad login)", .to = "x@d",
	    .smtproutes = ":r /broken\n", .auth = LOGINS);
	goes("bad remote_auth.cdb (bad envstr)", .to = "x@d",
	    .smtproutes = ":r /worse\n", .auth = LOGINS);
	/* A route found by a database, its login by another. */
	goes("smtp r - - - by smtproutes.cdb (d) as ua pa"
	     " of remote_auth.cdb (=alice@client.example)",
	    .to = "x@d", .smtproutes_cdb = "d:r /s\n", .auth = LOGINS);
}

#define unreadable(...) unreadable_at(HERE, state, __VA_ARGS__)

/* A control file cannot be read, for it is a link to itself. */
static void
unreadable_at(struct place at, void **state, const char *name, const char *var)
{
	const struct site s = { .to = "bob@d", .vars = { "SMTPROUTE=d:r /s" } };
	const struct site by_file = {
		.to = "bob@d", .smtproutes = "d:r /s\n", .vars = { var }
	};
	const char *path = check_path(state, name);
	struct settings *settings;
	struct trouble t;
	struct path p;
	int rc;

	assert_int_equal(symlink(name, path), 0);
	rc = look(state, var == NULL ? &s : &by_file, &p, &settings, &t);
	check_number(at, (unsigned)rc, (unsigned)-1);
	check_text(at, describe(check_arena(state), rc, &p, &t),
	    join(check_arena(state), "unreadable ", name, " ()"));
	check_number(at, t.cause, BY_SYSTEM);
	check_number(at, (unsigned)t.err, ELOOP);
	check_true(at, unlink(path) == 0, "it was there");
	clear(state, &by_file);
}

static void
test_unreadable_files(void **state)
{
	unreadable("qmtproutes", NULL);
	unreadable("qmtproutes.cdb", NULL);
	unreadable("moresmtproutes.cdb", NULL);
	unreadable("remote_auth.cdb", NULL);
	unreadable("smtproutes.cdb", "");
	unreadable("other", "SMTPROUTESFILE=other");
	unreadable("other.cdb", "SMTPROUTESFILE=other");
	unreadable("other", "QMTPROUTESFILE=other");
	unreadable("other.cdb", "MORESMTPROUTESCDB=other.cdb");

	/* A NUL ends a file as invalid; the line is named. */
	(void)check_file(state, "smtproutes", SPAN("d:r\nd:\0\n"));
	goes("unreadable smtproutes:2 (a NUL byte)", .to = "x@d");
	(void)check_file(state, "qmtproutes", SPAN("\0"));
	goes("unreadable qmtproutes:1 (a NUL byte)", .to = "x@d");
}

static void
test_databases_that_are_none(void **state)
{
	static const char *const all[] = { "smtproutes.cdb", "qmtproutes.cdb",
		"moresmtproutes.cdb", "remote_auth.cdb" };
	struct arena *a = check_arena(state);
	char empty[CDB_TEST_HEADER];

	/* Every table is behind the end. */
	memset(empty, 0x7f, sizeof(empty));
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		const struct span damaged = { empty, sizeof(empty) };

		(void)check_file(state, all[i], SPAN("d:r\n"));
		goes(join(a, "unreadable ", all[i], " (not a database)"),
		    .to = "x@d", .vars = { i < 3 ? NULL : "SMTPROUTE=d:r /s" });
		assert_int_equal(mkdir(check_path(state, all[i]), 0700), 0);
		goes(join(a, "unreadable ", all[i], " (not a database)"),
		    .to = "x@d", .vars = { i < 3 ? NULL : "SMTPROUTE=d:r /s" });
		(void)check_file(state, all[i], damaged);
		goes(join(a, "bad ", all[i], " (damaged)"), .to = "x@d",
		    .vars = { i < 3 ? NULL : "SMTPROUTE=d:r /s" });
	}
	/* One that no route refers to is not looked at. */
	(void)check_file(state, "remote_auth.cdb", SPAN(""));
	goes("smtp r - - - by smtproutes:1 (d) as u p", .to = "x@d",
	    .smtproutes = "d:r u p\n");
}

static void
test_several_recipients(void **state)
{
	/* All by the same line. */
	goes("smtp r 26 - - by smtproutes:1 (d)", .to = "a@d", .and_to = "b@d",
	    .smtproutes = "d:r:26\n");
	goes("none", .to = "a@d", .and_to = "b@d", .smtproutes = "e:r\n");
	/* Different lines that say the same. */
	goes("smtp r 26 - - by moresmtproutes.cdb (a@d)", .to = "a@d",
	    .and_to = "b@d", .smtproutes = "d:R:26\n", .more = "a@d r:26\n");
	/* Another relay, port, protocol, penalty, tolerance. */
	goes("split b@d", .to = "a@d", .and_to = "b@d", .smtproutes = "d:r\n",
	    .more = "a@d s\n");
	goes("split b@d", .to = "a@d", .and_to = "b@d", .smtproutes = "d:r\n",
	    .more = "b@d r:26\n");
	goes("split b@d", .to = "a@d", .and_to = "b@d", .qmtproutes = "d:r\n",
	    .more = "a@d r\n");
	goes("split b@d", .to = "a@d", .and_to = "b@d", .smtproutes = "d:r\n",
	    .more = "a@d r::600\n");
	goes("split b@d", .to = "a@d", .and_to = "b@d", .smtproutes = "d:r\n",
	    .more = "a@d r:::30\n");
	goes("split b@d", .to = "a@d", .and_to = "b@d", .more = "b@d r\n");
	goes("split b@d", .to = "a@d", .and_to = "b@d", .more = "a@d r\n");
	/* Another user, password, or environment. */
	goes("split b@d", .to = "a@d", .and_to = "b@d",
	    .smtproutes = "d:r /r\n", .auth = "=a@d:u p:\n=b@d:v p:\n");
	goes("split b@d", .to = "a@d", .and_to = "b@d",
	    .smtproutes = "d:r /r\n", .auth = "=a@d:u p:\n=b@d:u q:\n");
	goes("split b@d", .to = "a@d", .and_to = "b@d",
	    .smtproutes = "d:r /r\n", .auth = "=a@d:u p:\n=b@d:u p A=:\n");
	goes("split b@d", .to = "a@d", .and_to = "b@d",
	    .smtproutes = "d:r /r\n", .auth = "=a@d:u p:\n");
	goes("split b@d", .to = "a@d", .and_to = "b@d",
	    .smtproutes = "d:r u p A=x\n", .more = "b@d r u p A=y\n");
	/* The same by the sender, the same pair by two entries. */
	goes("smtp r - - - by smtproutes:1 (d) as u p"
	     " of remote_auth.cdb (+alice)",
	    .to = "a@d", .and_to = "b@d", .smtproutes = "d:r /s\n",
	    .auth = "+alice:u p:\n");
	goes("smtp r - - - by smtproutes:1 (d) as u p"
	     " of remote_auth.cdb (=a@d)",
	    .to = "a@d", .and_to = "b@d", .smtproutes = "d:r /r\n",
	    .auth = "=a@d:u p:\n=b@d:u p:\n");
	/* A bad line for a later one. */
	goes("bad moresmtproutes.cdb (bad port)", .to = "a@d", .and_to = "b@d",
	    .smtproutes = "d:r\n", .more = "b@d r:x\n");
}

#define changes(want, ...)                                                     \
	changes_at(HERE, state, want, &(const struct site){ __VA_ARGS__ })

/* Some variables of the environment that holds for the route. */
static void
changes_at(
    struct place at, void **state, const char *want, const struct site *s)
{
	static const char *const shown[] = { "AUTH_SMTP", "SECURE_AUTH",
		"DISABLE_CNAME_LOOKUPS", "A" };
	struct settings *settings;
	struct trouble t;
	struct path p;
	struct buf b;

	buf_init(&b, check_arena(state), 1000);
	check_number(at, (unsigned)look(state, s, &p, &settings, &t), 0);
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		struct span value;

		if (!env_get(&value, settings_env(settings), shown[i]))
			continue;
		buf_puts(&b, shown[i]);
		buf_putc(&b, '=');
		buf_put(&b, value);
		buf_putc(&b, ' ');
	}
	check_text(at, buf_span(&b), want);
	check_text(at, span_of(settings_dir(settings, SET_CONTROLDIR)),
	    check_path(state, ""));
	clear(state, s);
}

static void
test_host_of_another_script(void **state)
{
	static const char to[] = "x@a.\xc3\xa4.test";
	static const char alias[] = "a.xn--4ca.test";

	/* As it is written, if anything but the empty field fits that. */
	goes("smtp r - - - by smtproutes:2 (.\xc3\xa4.test)", .to = to,
	    .alias = alias,
	    .smtproutes = "a.xn--4ca.test:s\n.\xc3\xa4.test:r\n:t\n");
	goes("smtp s - - - by smtproutes:2 (a.xn--4ca.test)", .to = to,
	    .alias = alias, .smtproutes = ":t\na.xn--4ca.test:s\n");
	goes("smtp s - - - by smtproutes:1 (.xn--4ca.test)", .to = to,
	    .alias = alias, .smtproutes = ".xn--4ca.test:s\n");
	goes("smtp t - - - by smtproutes:1 ()", .to = to, .alias = alias,
	    .smtproutes = ":t\nxn--4ca.test:s\n");
	goes("none", .to = to, .alias = alias, .smtproutes = "d:r\n");
	goes("smtp t - - - by smtproutes:1 ()", .to = to,
	    .smtproutes = ":t\n.xn--4ca.test:s\n");
	/* The null sender's route goes before both. */
	goes("smtp n - - - by smtproutes:2 (!@)", .from = "", .to = to,
	    .alias = alias, .smtproutes = "a.xn--4ca.test:s\n!@:n\n");
	/* In each file on its own. */
	goes("qmtp q - - - by qmtproutes:1 (.xn--4ca.test)", .to = to,
	    .alias = alias, .smtproutes = ":t\n",
	    .qmtproutes = ".xn--4ca.test:q\n");
	/* A line that makes no sense is found in the same way. */
	goes("bad smtproutes:2 (bad port)", .to = to, .alias = alias,
	    .smtproutes = ":t\na.xn--4ca.test:s:x\n");
}

static void
test_changes(void **state)
{
	/* The line of the manual. */
	changes("AUTH_SMTP=login SECURE_AUTH=1 ", .to = "x@d",
	    .smtproutes =
	        "d:r u p "
	        "AUTH_SMTP=login,SECURE_AUTH=1,DISABLE_CNAME_LOOKUPS=\n",
	    .vars = { "DISABLE_CNAME_LOOKUPS=", "SECURE_AUTH=" });
	/* None: what the process was started with. */
	changes("DISABLE_CNAME_LOOKUPS= A=1 ", .to = "x@d",
	    .smtproutes = "d:r u p\n",
	    .vars = { "A=1", "DISABLE_CNAME_LOOKUPS=" });
	changes("A=1 ", .to = "x@e", .smtproutes = "d:r u p A=2\n",
	    .vars = { "A=1" });
	changes("A=2 ", .to = "x@d", .smtproutes = "d:r u p A=2\n",
	    .vars = { "A=1" });
	/* The route's first, then those of remote_auth. */
	changes("AUTH_SMTP=LOGIN A=1 ", .to = "x@d", .auth = LOGINS,
	    .smtproutes = "d:r /gmail AUTH_SMTP=plain,A=1\n");
	changes("A=3 ", .to = "x@d", .auth = "=t:u p A=3:\n",
	    .smtproutes = "d:r /t A=2\n", .vars = { "A=1" });
	changes("", .to = "x@d", .auth = "=t:u p A=:\n",
	    .smtproutes = "d:r /t A=2\n", .vars = { "A=1" });
	/* Also if nobody is listed. */
	changes("A=2 ", .to = "x@d", .smtproutes = "d:r /t A=2\n");
	/* A comma, and spaces, in a value. */
	changes("A=a,b c ", .to = "x@d", .smtproutes = "d:r u p A=a\\,b c\n");
	/* CONTROLDIR stays. */
	changes("A=2 ", .to = "x@d",
	    .smtproutes = "d:r u p CONTROLDIR=/nowhere,A=2\n");
	/* Routes are chosen already. */
	changes("A=2 ", .to = "x@d",
	    .smtproutes = "d:r u p SMTPROUTE=:s,SMTPROUTESFILE=x,A=2\n");
}

static void
test_changes_are_for_this_delivery(void **state)
{
	const struct site s = {
		.to = "x@d", .smtproutes = "d:r u p A=2\n", .vars = { "A=1" }
	};
	struct settings *before = settle(state, &s), *after = before;
	const struct span to = span_of(s.to);
	const struct request r = { .host = SPAN("d"),
		.sender = SPAN(ALICE),
		.rcpt = &to,
		.nrcpt = 1 };
	struct trouble t;
	struct span value;
	struct path p;

	assert_int_equal(
	    path_find(&p, &r, SPAN(""), &after, check_arena(state), &t), 0);
	assert_true(env_get(&value, settings_env(after), "A"));
	check_text(HERE, value, "2");
	/* Neither the settings there were, nor the process. */
	assert_true(env_get(&value, settings_env(before), "A"));
	check_text(HERE, value, "1");
	assert_null(getenv("A"));
	clear(state, &s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_forms),
		CHECK(test_no_forms),
		CHECK(test_lines_of_the_manual),
		CHECK(test_lines_that_do_not_count),
		CHECK(test_variables_of_smtproutes),
		CHECK(test_smtproutesfile),
		CHECK(test_file_below_a_folder),
		CHECK(test_file_by_a_relative_path),
		CHECK(test_databases),
		CHECK(test_qmtproutes),
		CHECK(test_moresmtproutes),
		CHECK(test_moresmtproutes_by_any_name),
		CHECK(test_logins),
		CHECK(test_unreadable_files),
		CHECK(test_databases_that_are_none),
		CHECK(test_several_recipients),
		CHECK(test_host_of_another_script),
		CHECK(test_changes),
		CHECK(test_changes_are_for_this_delivery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
