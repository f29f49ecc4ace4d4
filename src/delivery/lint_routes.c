/*
 * lint_routes - what is wrong with routes and logins
 */
#include "base/compiler.h"
#include "delivery/linting.h"
#include "policy/login.h"
#include "policy/routes.h"

#include <string.h>
#include <sys/stat.h>

/* A domain field that was seen, to find it when it comes again. */
struct seen {
	struct seen *next;
	struct span key;
	unsigned line;
};

/* All of them, by hash; as many buckets as lines, rounded up. */
struct all_seen {
	struct seen **buckets;
	/* A power of two. */
	size_t n;
};

/*
 * bucket_of - where a domain field is remembered
 */
static size_t
bucket_of(const struct all_seen *all, struct span key)
{
	uint32_t h = 5381;

	for (size_t i = 0; i < key.n; i++)
		h = h * 33 ^ (unsigned char)ascii_lower(key.p[i]);
	return h & (all->n - 1);
}

/*
 * room_for - nothing seen yet of the lines of a text
 */
static struct all_seen
room_for(struct span text, struct arena *a)
{
	struct all_seen all = { .n = 16 };
	size_t lines = 0;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	while (all.n < lines)
		all.n *= 2;
	all.buckets = arena_array(a, all.n, sizeof(struct seen *));
	return all;
}

/*
 * seen_before - the line that had the field already; else remembers it
 */
static unsigned
seen_before(
    struct all_seen *all, struct span key, unsigned line, struct arena *a)
{
	struct seen **at = &all->buckets[bucket_of(all, key)];
	struct seen *s;

	for (s = *at; s != NULL; s = s->next)
		if (span_equal_nocase(s->key, key))
			return s->line;
	s = arena_take(a, sizeof(*s));
	*s = (struct seen){ *at, key, line };
	*at = s;
	return 0;
}

/*
 * is_fixed - whether an envstr cannot change a variable
 */
static bool
is_fixed(struct span name)
{
	static const enum setting fixed[] = { SET_CONTROLDIR, SET_SMTPROUTES,
		SET_SMTPROUTE, SET_X_SMTPROUTES, SET_X_SMTPROUTES_TOO,
		SET_QMTPROUTES, SET_QMTPROUTE, SET_MORESMTPROUTES };

	for (size_t i = 0; i < COUNT_OF(fixed); i++) {
		const struct setting_row *row = settings_row(fixed[i]);
		const char *env = row->env != NULL ? row->env : row->renamed_by;

		if (env != NULL && span_equal(name, span_of(env)))
			return true;
	}
	return false;
}

/*
 * check_envstr - the changes to the environment that a route asks for
 *
 * What is no change may be a part of a password or of a value, so it is not
 * shown.
 */
static void
check_envstr(
    struct linting *l, struct span file, unsigned line, struct span changes)
{
	static const char *const none[] = { NULL };
	const struct env empty = { none };
	struct span bad, name;
	struct env changed;

	if (!env_with(&changed, &empty, changes, NULL, l->arena, &bad)) {
		linting_say(l, file, line, "refused, no NAME=VALUE", SPAN(""));
		return;
	}
	while (env_next_name(&name, &changes))
		if (is_fixed(name))
			linting_say(l, file, line,
			    "ignored, a route cannot change it", name);
	linting_hooks_of(l, &changed, file, line);
	linting_login_of(l, &changed, file, line);
}

/*
 * check_login - the login field of a route
 */
static void
check_login(struct linting *l, const struct route *r)
{
	struct login login;
	enum login_result result = login_find(
	    &login, r->login, r->why, NULL, SPAN(""), SPAN(""), l->arena);

	if (result == LOGIN_BAD)
		linting_say(l, r->why.file, r->why.line,
		    "refused, neither user and password nor /token", SPAN(""));
	else
		check_envstr(l, r->why.file, r->why.line, login.route_envstr);
}

/*
 * check_route - one route, whatever it is for
 */
static void
check_route(struct linting *l, const struct route_match *m)
{
	struct route r;

	if (route_parse(&r, m) == ROUTE_BAD)
		linting_say(l, r.why.file, r.why.line, "refused", r.why.rule);
	else if (r.login.n > 0)
		check_login(l, &r);
}

/*
 * check_lines - the lines of a file of routes
 */
static void
check_lines(struct linting *l, struct control lines, struct span source)
{
	struct all_seen all = room_for(lines.rest, l->arena);
	struct span line, key;

	while (control_next(&line, &lines)) {
		struct span rest = line;
		bool colon = control_split(&key, &rest);
		struct route_match m = { .weight = 1,
			.value = rest,
			.colon = colon,
			.why = { source, lines.line, key } };

		/* Without a colon all of the line is the key, passwords too. */
		if (colon && seen_before(&all, key, lines.line, l->arena) > 0)
			linting_say(l, source, lines.line,
			    "ignored, an earlier line is for the same", key);
		if (colon && span_undotted(key).n < key.n)
			linting_say(l, source, lines.line,
			    "ignored, no host ends with a dot", key);
		check_route(l, &m);
	}
}

/*
 * check_secrecy - a file with passwords that everybody may read
 */
static void
check_secrecy(struct linting *l, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		linting_say(l, span_of(path), 0,
		    "holds passwords, and everybody may read it", SPAN(""));
}

/*
 * check_database - the records of a database of routes
 */
static void
check_database(struct linting *l, const struct cdb *c)
{
	struct span key, value;
	bool password = false;
	size_t at = 0;
	enum cdb_result r;

	while ((r = cdb_next(&key, &value, c, &at)) == CDB_FOUND) {
		struct route_match m = { .weight = 1,
			.value = value,
			.colon = true,
			.why = { c->path, 0, key } };
		struct route route;

		if (route_parse(&route, &m) == ROUTE_BAD)
			linting_say(l, c->path, 0, "a record is refused", key);
		else if (route.login.n > 0)
			check_login(l, &route);
		password =
		    password || (route.login.n > 0 && route.login.p[0] != '/');
	}
	if (r == CDB_DAMAGED)
		linting_say(l, c->path, 0, "damaged", SPAN(""));
	if (password)
		check_secrecy(l, c->path.p);
}

/*
 * check_age - a file that is newer than the database in its place
 */
static void
check_age(struct linting *l, const char *text, const char *database)
{
	struct stat t, d;

	if (stat(text, &t) == 0 && stat(database, &d) == 0 &&
	    (t.st_mtim.tv_sec > d.st_mtim.tv_sec ||
	        (t.st_mtim.tv_sec == d.st_mtim.tv_sec &&
	            t.st_mtim.tv_nsec > d.st_mtim.tv_nsec)))
		linting_say(l, span_of(text), 0,
		    "ignored, and newer than the database in its place",
		    span_of(database));
}

/*
 * has_password - whether any line of a file of routes has a login of its own
 */
static bool
has_password(struct control lines)
{
	struct span line;

	while (control_next(&line, &lines)) {
		size_t space = span_find(line, ' ');

		if (space + 1 < line.n && line.p[space + 1] != '/')
			return true;
	}
	return false;
}

/*
 * open_database - the database of a setting; false if there is none
 */
static bool
open_database(struct linting *l, struct cdb *out, enum setting id)
{
	struct fault f;
	enum cause c = settings_database(out, l->settings, id, &f);

	if (c != BY_NOTHING && c != BY_LACK)
		linting_say_fault(l, &f);
	return c == BY_NOTHING;
}

/*
 * check_table - a file of routes, and the database in its place
 *
 * A variable may name the database itself; then there is no other file.
 */
static void
check_table(struct linting *l, enum setting id)
{
	struct control lines;
	struct span source;
	struct fault f;
	struct cdb c;
	bool database = open_database(l, &c, id);
	enum cause cause = settings_list(&lines, &source, l->settings, id, &f);

	if (database) {
		check_database(l, &c);
		if (span_equal(source, c.path))
			return;
		check_age(l, source.p, c.path.p);
	}
	if (cause != BY_NOTHING)
		linting_say_fault(l, &f);
	if (cause != BY_NOTHING || lines.rest.n == 0)
		return;
	check_lines(l, lines, source);
	if (has_password(lines))
		check_secrecy(l, source.p);
}

/*
 * check_auth - remote_auth.cdb
 */
static void
check_auth(struct linting *l)
{
	struct span key, value;
	struct cdb c;
	size_t at = 0;
	enum cdb_result r;

	if (!open_database(l, &c, SET_REMOTE_AUTH))
		return;
	check_secrecy(l, c.path.p);
	while ((r = cdb_next(&key, &value, &c, &at)) == CDB_FOUND) {
		struct login login;

		/* The empty key is the list of prefixes' ends. */
		if (key.n == 0)
			continue;
		if (login_find(&login, value, (struct why){ 0 }, NULL, SPAN(""),
		        SPAN(""), l->arena) != LOGIN_FOUND)
			linting_say(l, c.path, 0,
			    "refused, no user and password", span_tail(key, 1));
		else
			check_envstr(l, c.path, 0, login.route_envstr);
	}
	if (r == CDB_DAMAGED)
		linting_say(l, c.path, 0, "damaged", SPAN(""));
}

/*
 * linting_route_file - the lines of one file of routes
 */
void
linting_route_file(struct linting *l, enum setting id)
{
	struct control lines;
	struct span source;

	if (linting_lines(l, &lines, &source, id))
		check_lines(l, lines, source);
}

/*
 * linting_routes - the routes and remote_auth.cdb
 */
void
linting_routes(struct linting *l)
{
	struct cdb c;

	check_table(l, SET_SMTPROUTES);
	check_table(l, SET_QMTPROUTES);
	if (open_database(l, &c, SET_MORESMTPROUTES))
		check_database(l, &c);
	check_auth(l);
}
