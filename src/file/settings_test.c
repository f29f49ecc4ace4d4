/*
 * settings_test - every control file and variable, declared once
 *
 * Long because each type of setting is tried in each way to give it.
 *
 * REQ: ENV-02 ENV-03
 */
#include "base/check.h"
#include "base/compiler.h"
#include "base/num.h"
#include "file/settings.h"

#include <errno.h>

#define VARS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct settings_defaults defaults = { "/default/control",
	"/default/certs", "/default/queue" };

/*
 * Settings with a directory below the test's own as CONTROLDIR, and one
 * variable more unless it is NULL.
 */
static struct settings *
settings_in(void **state, const char *below, const char *var)
{
	struct arena *a = check_arena(state);
	const char *dir = check_path(state, below);
	const char **vars = arena_array(a, 3, sizeof(*vars));
	struct env *env = arena_take(a, sizeof(*env));
	size_t room = strlen(dir) + 20;
	char *controldir = arena_take(a, room);

	(void)snprintf(controldir, room, "CONTROLDIR=%s", dir);
	vars[0] = controldir;
	vars[1] = var;
	env->vars = vars;
	return settings_new(env, &defaults, a);
}

/* The same with the test's own; its files must have been written before. */
static struct settings *
settings_of(void **state, const char *var)
{
	return settings_in(state, ".", var);
}

/* Whether two names, of which either may not be there, are the same. */
static bool
is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void
check_row(const struct setting_row *row)
{
	static const char *const types[] = { "switch", "line", "number", "list",
		"map", "directory", "database", "command", "secret" };
	bool known = false;
	uint64_t u;

	assert_non_null(row->help);
	assert_in_range(strlen(row->help), 8, 72);
	assert_true(row->file != NULL || row->env != NULL);
	for (size_t t = 0; t < COUNT_OF(types); t++)
		known = known || strcmp(row->type, types[t]) == 0;
	assert_true(known);
	/* A default is a value of its type. */
	if (is_same(row->type, "number") && row->unless_given != NULL)
		assert_true(num_whole(&u, span_of(row->unless_given)));
	/* There must be a file to rename. */
	if (row->renamed_by != NULL)
		assert_non_null(row->file);
	if (is_same(row->type, "directory"))
		assert_null(row->file);
	if (is_same(row->type, "database"))
		assert_true(span_ends(span_of(row->file), SPAN(".cdb")));
}

static void
test_table(void **state)
{
	(void)state;
	for (int i = 0; i < SETTINGS; i++) {
		const struct setting_row *row = settings_row(i);

		check_row(row);
		/* No name means two things. */
		for (int j = 0; j < i; j++) {
			const struct setting_row *other = settings_row(j);

			assert_false(is_same(row->file, other->file));
			assert_false(is_same(row->env, other->env));
			assert_false(
			    is_same(row->renamed_by, other->renamed_by));
			assert_false(is_same(row->renamed_by, other->env));
			assert_false(is_same(row->env, other->renamed_by));
		}
	}
}

static void
test_directories(void **state)
{
	struct env env = { VARS(NULL) };
	struct settings *s;

	s = settings_new(&env, &defaults, check_arena(state));
	assert_string_equal(
	    settings_dir(s, SET_CONTROLDIR), "/default/control");
	assert_string_equal(settings_dir(s, SET_CERTDIR), "/default/certs");
	assert_string_equal(settings_dir(s, SET_QUEUEDIR), "/default/queue");

	env.vars = VARS("CONTROLDIR=/c", "CERTDIR=certs", "QUEUEDIR=/q");
	s = settings_new(&env, &defaults, check_arena(state));
	assert_string_equal(settings_dir(s, SET_CONTROLDIR), "/c");
	assert_string_equal(settings_dir(s, SET_CERTDIR), "certs");
	assert_string_equal(settings_dir(s, SET_QUEUEDIR), "/q");

	/* A variable that is empty is as one not set. */
	env.vars = VARS("CONTROLDIR=", "CERTDIR=", "QUEUEDIR=");
	s = settings_new(&env, &defaults, check_arena(state));
	assert_string_equal(
	    settings_dir(s, SET_CONTROLDIR), "/default/control");
	assert_string_equal(settings_dir(s, SET_QUEUEDIR), "/default/queue");
}

static void
test_switch(void **state)
{
	struct settings *s = settings_of(state, "TRY_NEXT_MX_HELO_FAIL=1");

	assert_true(settings_flag(s, SET_TRY_NEXT_MX_HELO_FAIL));
	assert_false(settings_flag(s, SET_SMTPS));
	/* Set to nothing is set. */
	s = settings_of(state, "CNAME_LOOKUPS=");
	assert_true(settings_flag(s, SET_CNAME_LOOKUPS));
	assert_false(settings_flag(s, SET_DISABLE_CNAME_LOOKUPS));
	/* Without an equals sign it is no variable. */
	s = settings_of(state, "CNAME_LOOKUPS");
	assert_false(settings_flag(s, SET_CNAME_LOOKUPS));
}

#define text(...) text_at(HERE, state, __VA_ARGS__)

static void
text_at(struct place at, void **state, enum setting id, const char *var,
    const char *want)
{
	struct fault fault;
	struct span got;

	check_number(at,
	    settings_text(&got, settings_of(state, var), id, &fault),
	    BY_NOTHING);
	check_text(at, got, want);
}

static void
test_text(void **state)
{
	/* REQ: BND-05 */
	text(SET_ME, NULL, "");
	text(SET_HELOHOST, NULL, "");
	text(SET_IPFAMILY, NULL, "prefer-ipv4");

	(void)check_file(state, "me", SPAN("me.example.org \nmore\n"));
	text(SET_ME, NULL, "me.example.org");
	text(SET_HELOHOST, NULL, "me.example.org");

	/* An empty file is as an absent one. */
	(void)check_file(state, "helohost", SPAN("\nother.example.org\n"));
	text(SET_HELOHOST, NULL, "me.example.org");
	(void)check_file(state, "helohost", SPAN("helo.example.org"));
	text(SET_HELOHOST, NULL, "helo.example.org");
	(void)check_file(state, "ipfamily", SPAN(""));
	text(SET_IPFAMILY, NULL, "prefer-ipv4");
	(void)check_file(state, "ipfamily", SPAN("ipv6\n"));
	text(SET_IPFAMILY, NULL, "ipv6");

	/* Only a variable. */
	text(SET_TRACE, NULL, "");
	text(SET_TRACE, "QMAIL_REMOTE_TRACE=", "");
	text(SET_TRACE, "QMAIL_REMOTE_TRACE=/tmp/t", "/tmp/t");
}

#define number(...) number_at(HERE, state, __VA_ARGS__)
#define not_number(...) not_number_at(HERE, state, __VA_ARGS__)

static void
number_at(struct place at, void **state, enum setting id, const char *var,
    uint64_t want)
{
	struct fault fault;
	uint64_t got = 99;

	check_number(at,
	    settings_number(&got, settings_of(state, var), id, &fault),
	    BY_NOTHING);
	check_number(at, got, want);
}

/* It is a fault, whose source ends so. */
static void
not_number_at(struct place at, void **state, enum setting id, const char *var,
    const char *source)
{
	struct fault fault;
	uint64_t got = 99;

	check_number(at,
	    settings_number(&got, settings_of(state, var), id, &fault),
	    BY_GARBLE);
	check_number(at, got, 99);
	check_true(
	    at, span_ends(fault.why.file, span_of(source)), "it is named");
	check_text(at, fault.why.rule, "not a number");
	check_number(at, (unsigned)fault.err, 0);
}

static void
test_number(void **state)
{
	/* REQ: TRY-07 */
	number(SET_TIMEOUTCONNECT, NULL, 60);
	number(SET_TIMEOUTREMOTE, NULL, 1200);
	number(SET_TIMEOUTDNS, NULL, 120);
	/* No value and no default: *out is left alone. */
	number(SET_TIMEOUTDELIVERY, NULL, 99);

	(void)check_file(state, "timeoutdelivery", SPAN("0\n"));
	number(SET_TIMEOUTDELIVERY, NULL, 0);
	/* The leading digits count. */
	(void)check_file(state, "timeoutremote", SPAN("300 seconds\n5\n"));
	number(SET_TIMEOUTREMOTE, NULL, 300);
	(void)check_file(state, "timeoutremote", SPAN("99999999999999999999"));
	number(SET_TIMEOUTREMOTE, NULL, UINT64_MAX);
	/* An empty file is as an absent one. */
	(void)check_file(state, "timeoutremote", SPAN(" \n7\n"));
	number(SET_TIMEOUTREMOTE, NULL, 1200);

	(void)check_file(state, "timeoutremote", SPAN("soon\n"));
	not_number(SET_TIMEOUTREMOTE, NULL, "/timeoutremote");
	(void)check_file(state, "timeoutremote", SPAN("-1\n"));
	not_number(SET_TIMEOUTREMOTE, NULL, "/timeoutremote");
	(void)check_file(state, "timeoutremote", SPAN(" 60\n"));
	not_number(SET_TIMEOUTREMOTE, NULL, "/timeoutremote");
	(void)check_file(state, "timeoutremote", SPAN("# 60\n60\n"));
	not_number(SET_TIMEOUTREMOTE, NULL, "/timeoutremote");
}

static void
test_number_of_variable(void **state)
{
	/* REQ: TRY-05 */
	number(SET_MIN_PENALTY, NULL, 3600);
	number(SET_MAX_TOLERANCE, NULL, 120);
	number(SET_MIN_PENALTY, "MIN_PENALTY=10", 10);
	number(SET_MIN_PENALTY, "MIN_PENALTY=0", 0);
	number(SET_MIN_PENALTY, "MIN_PENALTY=", 3600);
	number(SET_MAX_TOLERANCE, "MAX_TOLERANCE=5", 5);
	not_number(SET_MIN_PENALTY, "MIN_PENALTY=ten", "MIN_PENALTY");
}

#define list(...) list_at(HERE, state, __VA_ARGS__)

/* The lines, with a bar behind each. */
static struct span
lines_of(struct control lines, char text[200])
{
	struct span line;
	size_t n = 0;

	text[0] = '\0';
	while (control_next(&line, &lines))
		n += (size_t)snprintf(
		    text + n, 200 - n, "%.*s|", (int)line.n, line.p);
	return (struct span){ text, n };
}

/* The lines of a list, and how the name of their source ends. */
static void
list_at(struct place at, void **state, enum setting id, const char *var,
    const char *want, const char *want_source)
{
	struct control lines;
	struct fault fault;
	struct span source;
	char text[200];

	check_number(at,
	    settings_list(&lines, &source, settings_of(state, var), id, &fault),
	    BY_NOTHING);
	check_text(at, lines_of(lines, text), want);
	check_true(
	    at, span_ends(source, span_of(want_source)), "the source is named");
}

static void
test_list(void **state)
{
	list(SET_SMTPROUTES, NULL, "", "/smtproutes");
	(void)check_file(state, "smtproutes", SPAN("# all\n:relay\n\na:b"));
	list(SET_SMTPROUTES, NULL, ":relay|a:b|", "/smtproutes");

	/* A variable takes the place of the file, unless it is empty. */
	(void)check_file(state, "dnsservers", SPAN("192.0.2.1\n192.0.2.2\n"));
	list(SET_DNSSERVERS, NULL, "192.0.2.1|192.0.2.2|", "/dnsservers");
	list(
	    SET_DNSSERVERS, "DNSCACHEIP=192.0.2.3", "192.0.2.3|", "DNSCACHEIP");
	list(SET_DNSSERVERS, "DNSCACHEIP=", "192.0.2.1|192.0.2.2|",
	    "/dnsservers");
	/* Several entries stand on lines of their own.          REQ: RTE-11 */
	list(SET_SMTPROUTE, "SMTPROUTE=a:b\n:c", "a:b|:c|", "SMTPROUTE");
}

static void
test_renamed(void **state)
{
	char absolute[100], relative[100];

	/* REQ: RTE-06 */
	(void)check_file(state, "smtproutes", SPAN("a:usual\n"));
	(void)check_file(state, "routes", SPAN("a:renamed\n"));
	list(SET_SMTPROUTES, "SMTPROUTESFILE=routes", "a:renamed|", "/routes");
	list(SET_SMTPROUTES, "SMTPROUTESFILE=", "a:usual|", "/smtproutes");
	list(SET_SMTPROUTES, "SMTPROUTESFILE=absent", "", "/absent");

	/* A slash or a dot begins a path. */
	(void)snprintf(absolute, sizeof(absolute), "SMTPROUTESFILE=%s",
	    check_path(state, "routes"));
	list(SET_SMTPROUTES, absolute, "a:renamed|", "/routes");
	(void)snprintf(relative, sizeof(relative), "SMTPROUTESFILE=./../..%s",
	    check_path(state, "routes"));
	assert_int_equal(chdir(check_path(state, ".")), 0);
	list(SET_SMTPROUTES, relative, "a:renamed|", "/routes");
}

static void
test_renamed_below(void **state)
{
	/*
	 * Any other name is below the control directory, also if it is in a
	 * directory there, which the listing knows nothing of.
	 */
	assert_int_equal(mkdir(check_path(state, "sub"), 0700), 0);
	(void)check_file(state, "sub/routes", SPAN("a:below\n"));
	list(SET_SMTPROUTES, "SMTPROUTESFILE=sub/routes", "a:below|",
	    "/sub/routes");
}

#define list_of(...) list_of_at(HERE, state, __VA_ARGS__)

static void
list_of_at(struct place at, void **state, const char *host, const char *want)
{
	struct control lines;
	struct fault fault;
	struct span source;
	char text[200];

	check_number(at,
	    settings_list_of(&lines, &source, settings_of(state, NULL),
	        SET_OUTGOINGIP_HOST, span_of(host), &fault),
	    BY_NOTHING);
	check_text(at, lines_of(lines, text), want);
}

static void
test_list_of_host(void **state)
{
	/* REQ: BND-01 TLS-11 */
	(void)check_file(state, "outgoingip", SPAN("192.0.2.9\n"));
	(void)check_file(
	    state, "outgoingip.a.example", SPAN("192.0.2.1\n192.0.2.2\n"));
	(void)check_file(state, "outgoingip.B.example", SPAN("192.0.2.3\n"));
	assert_int_equal(mkdir(check_path(state, "outgoingip.x"), 0700), 0);
	(void)check_file(state, "outgoingip.x/y", SPAN("192.0.2.4\n"));
	(void)check_file(state, "outgoingip..z", SPAN("192.0.2.5\n"));
	list_of("a.example", "192.0.2.1|192.0.2.2|");
	/* In lower case and without its last dot, then as it is written. */
	list_of("A.Example.", "192.0.2.1|192.0.2.2|");
	list_of("B.example", "192.0.2.3|");
	list_of("b.example", "");
	list_of("absent.example", "");
	/* What cannot be part of a file name names no file. */
	list_of("", "");
	list_of("x/y", "");
	list_of(".z", "");
	list_of("a.example\n", "");
}

/* The smallest database: 256 empty tables. */
enum { EMPTY_DATABASE = 2048 };

static struct span
empty_database(void **state)
{
	unsigned char *p = arena_zero(check_arena(state), EMPTY_DATABASE);

	for (size_t i = 0; i < EMPTY_DATABASE; i += 8)
		p[i + 1] = EMPTY_DATABASE >> 8;
	return (struct span){ (char *)p, EMPTY_DATABASE };
}

#define database(...) database_at(HERE, state, __VA_ARGS__)

static void
database_at(struct place at, void **state, enum setting id, const char *var,
    enum cause want, const char *path)
{
	struct fault f = { { SPAN(""), 0, SPAN("") }, 0 };
	struct cdb cdb = { 0 };

	check_number(
	    at, settings_database(&cdb, settings_of(state, var), id, &f), want);
	if (want == BY_NOTHING)
		check_true(at, span_ends(cdb.path, span_of(path)), "path");
	else if (want != BY_LACK)
		check_true(at, span_ends(f.why.file, span_of(path)), "file");
	check_text(at, f.why.rule, want == BY_GARBLE ? "not a database" : "");
}

static void
test_database(void **state)
{
	struct span empty = empty_database(state);

	/* REQ: RTE-07 RTE-10 */
	database(SET_MORESMTPROUTES, NULL, BY_LACK, "");
	(void)check_file(state, "moresmtproutes.cdb", empty);
	database(SET_MORESMTPROUTES, NULL, BY_NOTHING, "/moresmtproutes.cdb");
	/* That of a text file stands beside it. */
	(void)check_file(state, "smtproutes", SPAN("a:b\n"));
	database(SET_SMTPROUTES, NULL, BY_LACK, "");
	(void)check_file(state, "smtproutes.cdb", empty);
	database(SET_SMTPROUTES, NULL, BY_NOTHING, "/smtproutes.cdb");
	/* Renamed with its text, or itself. */
	database(SET_SMTPROUTES, "SMTPROUTESFILE=other", BY_LACK, "");
	(void)check_file(state, "other.cdb", empty);
	database(
	    SET_SMTPROUTES, "SMTPROUTESFILE=other", BY_NOTHING, "/other.cdb");
	/* This one is a database, whatever it is called. */
	database(SET_MORESMTPROUTES, "MORESMTPROUTESCDB=other", BY_LACK, "");
	database(SET_MORESMTPROUTES, "MORESMTPROUTESCDB=other.cdb", BY_NOTHING,
	    "/other.cdb");

	(void)check_file(state, "smtproutes.cdb", SPAN("too short"));
	database(SET_SMTPROUTES, NULL, BY_GARBLE, "/smtproutes.cdb");
	assert_int_equal(mkdir(check_path(state, "qmtproutes.cdb"), 0700), 0);
	database(SET_QMTPROUTES, NULL, BY_GARBLE, "/qmtproutes.cdb");
	database(SET_MORESMTPROUTES, "MORESMTPROUTESCDB=loop.cdb", BY_LACK, "");
	assert_int_equal(symlink("loop.cdb", check_path(state, "loop.cdb")), 0);
	database(SET_MORESMTPROUTES, "MORESMTPROUTESCDB=loop.cdb", BY_SYSTEM,
	    "/loop.cdb");
}

#define fault_in(...) fault_in_at(HERE, state, __VA_ARGS__)

/* Whichever way a setting is asked for, its file is at fault. */
static void
fault_in_at(struct place at, void **state, const char *name, enum setting id,
    enum cause want, int err, unsigned line)
{
	struct settings *s = settings_of(state, NULL);
	struct control lines;
	struct span got;
	uint64_t u;

	for (int how = 0; how < 3; how++) {
		struct fault f = { { SPAN(""), 99, SPAN("") }, 99 };
		enum cause c;

		if (how == 0)
			c = settings_text(&got, s, id, &f);
		else if (how == 1)
			c = settings_number(&u, s, id, &f);
		else
			c = settings_list(&lines, &got, s, id, &f);
		check_number(at, c, want);
		check_true(at, span_ends(f.why.file, span_of(name)),
		    "the file is named");
		check_number(at, (unsigned)f.err, (unsigned)err);
		check_number(at, f.why.line, line);
	}
}

static void
test_faults(void **state)
{
	struct span got;
	struct fault f;

	/* REQ: RTE-12 */
	(void)check_file(state, "smtproutes", SPAN("a:b\n:\0relay\n"));
	fault_in("/smtproutes", SET_SMTPROUTES, BY_GARBLE, 0, 2);
	(void)check_file(state, "timeoutremote", SPAN("1\0"));
	fault_in("/timeoutremote", SET_TIMEOUTREMOTE, BY_GARBLE, 0, 1);
	assert_int_equal(
	    settings_text(&got, settings_of(state, NULL), SET_SMTPROUTES, &f),
	    BY_GARBLE);
	check_text(HERE, f.why.rule, "a NUL byte");
	/* A directory in the place of a file. */
	assert_int_equal(mkdir(check_path(state, "notipme"), 0700), 0);
	fault_in("/notipme", SET_NOTIPME, BY_SYSTEM, EISDIR, 0);
	/* helohost falls back on me, whose fault is then told. */
	assert_int_equal(mkdir(check_path(state, "me"), 0700), 0);
	fault_in("/me", SET_ME, BY_SYSTEM, EISDIR, 0);
	assert_int_equal(
	    settings_text(&got, settings_of(state, NULL), SET_HELOHOST, &f),
	    BY_SYSTEM);
	assert_true(span_ends(f.why.file, SPAN("/me")));
}

static void
test_no_directory(void **state)
{
	struct settings *s = settings_in(state, "absent", NULL);
	struct fault f;
	struct span got;
	uint64_t u;

	/* Every file is absent then; that is no fault. */
	assert_int_equal(settings_text(&got, s, SET_ME, &f), BY_NOTHING);
	check_text(HERE, got, "");
	assert_int_equal(
	    settings_number(&u, s, SET_TIMEOUTREMOTE, &f), BY_NOTHING);
	assert_int_equal(u, 1200);
}

static void
test_with(void **state)
{
	struct env other = { VARS("MIN_PENALTY=5") };
	struct settings *s, *changed;
	struct fault f;
	struct span got;
	uint64_t u;

	(void)check_file(state, "me", SPAN("me.example.org\n"));
	s = settings_of(state, "MIN_PENALTY=4");
	changed = settings_with(s, &other);
	assert_ptr_equal(settings_env(changed), &other);
	assert_int_equal(
	    settings_number(&u, changed, SET_MIN_PENALTY, &f), BY_NOTHING);
	assert_int_equal(u, 5);
	assert_int_equal(
	    settings_number(&u, s, SET_MIN_PENALTY, &f), BY_NOTHING);
	assert_int_equal(u, 4);
	/* The control directory stays. */
	assert_int_equal(settings_text(&got, changed, SET_ME, &f), BY_NOTHING);
	check_text(HERE, got, "me.example.org");
}

#define shows(...) shows_at(HERE, state, __VA_ARGS__)

/* The text of a setting, and how the name of its source ends. */
static void
shows_at(struct place at, void **state, enum setting id, const char *var,
    enum cause want, const char *want_value, const char *want_source)
{
	struct span value, source;
	struct fault f;

	check_number(at,
	    settings_show(&value, &source, settings_of(state, var), id, &f),
	    want);
	if (want != BY_NOTHING)
		return;
	check_text(at, value, want_value);
	check_true(
	    at, span_ends(source, span_of(want_source)), "the source is named");
}

static void
test_show(void **state)
{
	/* A default, a variable, a file; and nothing. */
	shows(SET_TIMEOUTREMOTE, NULL, BY_NOTHING, "1200", "default");
	shows(SET_CERTDIR, NULL, BY_NOTHING, "/default/certs", "default");
	shows(SET_QUEUEDIR, NULL, BY_NOTHING, "/default/queue", "default");
	shows(SET_CERTDIR, "CERTDIR=/c", BY_NOTHING, "/c", "CERTDIR");
	shows(SET_MIN_PENALTY, "MIN_PENALTY=7", BY_NOTHING, "7", "MIN_PENALTY");
	shows(SET_TIMEOUTDELIVERY, NULL, BY_LACK, NULL, NULL);
	shows(SET_HELOHOST, NULL, BY_LACK, NULL, NULL);
	shows(SET_SMTPS, NULL, BY_LACK, NULL, NULL);
	/* A switch is set by nothing. */
	shows(SET_SMTPS, "SMTPS=", BY_NOTHING, "", "SMTPS");
	shows(SET_SMTPS, "SMTPS=1", BY_NOTHING, "1", "SMTPS");

	(void)check_file(state, "me", SPAN("me.example.org\n"));
	shows(SET_HELOHOST, NULL, BY_NOTHING, "me.example.org\n", "/me");
	(void)check_file(state, "helohost", SPAN("helo\n"));
	shows(SET_HELOHOST, NULL, BY_NOTHING, "helo\n", "/helohost");
	(void)check_file(state, "timeoutremote", SPAN("1\0"));
	shows(SET_TIMEOUTREMOTE, NULL, BY_GARBLE, NULL, NULL);
}

static void
test_show_empty_variable(void **state)
{
	/*
	 * An empty variable sets nothing but a switch.
	 */
	shows(SET_MIN_PENALTY, "MIN_PENALTY=", BY_NOTHING, "3600", "default");
	shows(SET_DNSSERVERS, "DNSCACHEIP=", BY_LACK, NULL, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_table),
		CHECK(test_directories),
		CHECK(test_switch),
		CHECK(test_text),
		CHECK(test_number),
		CHECK(test_number_of_variable),
		CHECK(test_list),
		CHECK(test_renamed),
		CHECK(test_renamed_below),
		CHECK(test_list_of_host),
		CHECK(test_database),
		CHECK(test_faults),
		CHECK(test_no_directory),
		CHECK(test_with),
		CHECK(test_show),
		CHECK(test_show_empty_variable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
