/*
 * path - the route of a message: where it goes, and whom to log in as there
 */
#include "delivery/path.h"

#include "base/compiler.h"
#include "delivery/fault.h"
#include "mail/address.h"

/* What the steps below share. */
struct finding {
	struct settings *settings;
	struct arena *arena;
	struct trouble *trouble;
	struct routes routes;
	/* Room for the databases that routes points to. */
	struct cdb more, qmtp, smtp, auth;
	/* remote_auth.cdb has been asked for; NULL: there is none. */
	bool auth_known;
	const struct cdb *auth_database;
};

/*
 * bad_route - a route, or what it leads to, makes no sense
 */
static int
bad_route(struct finding *f, struct why why)
{
	*f->trouble = (struct trouble){
		.stage = AT_ROUTE, .cause = BY_GARBLE, .why = why
	};
	return -1;
}

/*
 * read_table - the first variable that is set, else the database, else the
 * lines of the file
 */
static int
read_table(struct finding *f, struct route_table *out, struct cdb *room,
    const enum setting *variables, size_t n, enum setting file)
{
	struct fault fault;
	enum cause c;

	for (size_t i = 0; i < n; i++) {
		c = settings_list(&out->lines, &out->source, f->settings,
		    variables[i], &fault);
		if (c == BY_NOTHING && out->lines.rest.n > 0)
			return 0;
	}
	c = settings_database(room, f->settings, file, &fault);
	if (c == BY_NOTHING) {
		out->database = room;
		out->source = room->path;
		return 0;
	}
	if (c == BY_LACK)
		c = settings_list(
		    &out->lines, &out->source, f->settings, file, &fault);
	return c == BY_NOTHING ? 0 : fault_trouble(f->trouble, c, &fault);
}

/*
 * read_routes - all that routes are decided by
 */
static int
read_routes(struct finding *f)
{
	static const enum setting smtp[] = { SET_SMTPROUTE, SET_X_SMTPROUTES,
		SET_X_SMTPROUTES_TOO };
	static const enum setting qmtp[] = { SET_QMTPROUTE };
	struct fault fault;
	enum cause c;

	c = settings_database(
	    &f->more, f->settings, SET_MORESMTPROUTES, &fault);
	if (c == BY_NOTHING)
		f->routes.more = &f->more;
	else if (c != BY_LACK)
		return fault_trouble(f->trouble, c, &fault);
	if (read_table(f, &f->routes.qmtp, &f->qmtp, qmtp, COUNT_OF(qmtp),
	        SET_QMTPROUTES) < 0)
		return -1;
	return read_table(
	    f, &f->routes.smtp, &f->smtp, smtp, COUNT_OF(smtp), SET_SMTPROUTES);
}

/*
 * read_auth - remote_auth.cdb, when a route refers to it for the first time
 */
static int
read_auth(struct finding *f)
{
	struct fault fault;
	enum cause c;

	if (f->auth_known)
		return 0;
	f->auth_known = true;
	c = settings_database(&f->auth, f->settings, SET_REMOTE_AUTH, &fault);
	if (c == BY_NOTHING)
		f->auth_database = &f->auth;
	return c == BY_NOTHING || c == BY_LACK
	           ? 0
	           : fault_trouble(f->trouble, c, &fault);
}

/*
 * find_login - the login of one recipient's route
 */
static int
find_login(
    struct finding *f, struct path *p, struct span sender, struct span rcpt)
{
	struct span field = p->route.login;

	p->login = (struct login){ .why = p->route.why };
	if (field.n == 0)
		return 0;
	if (field.p[0] == '/' && read_auth(f) < 0)
		return -1;
	switch (login_find(&p->login, field, p->route.why, f->auth_database,
	    sender, rcpt, f->arena)) {
	case LOGIN_NONE:
	case LOGIN_FOUND:
		return 0;
	case LOGIN_BAD:
		/* The rule of such a line may hold a password. */
		p->login.why.rule = SPAN("bad login");
		return bad_route(f, p->login.why);
	case LOGIN_DAMAGED:
		break;
	}
	return bad_route(f, p->login.why);
}

/*
 * is_same - whether two recipients can share a connection
 */
static bool
is_same(const struct path *a, const struct path *b)
{
	return span_equal_nocase(a->route.relay, b->route.relay) &&
	       a->route.port == b->route.port &&
	       a->route.protocol == b->route.protocol &&
	       a->route.penalty == b->route.penalty &&
	       a->route.tolerance == b->route.tolerance &&
	       span_equal(a->login.user, b->login.user) &&
	       span_equal(a->login.password, b->login.password) &&
	       span_equal(a->login.route_envstr, b->login.route_envstr) &&
	       span_equal(a->login.auth_envstr, b->login.auth_envstr);
}

/*
 * find - the route of one recipient
 */
static int
find(struct finding *f, struct path *out, const struct request *r, size_t i)
{
	bool null_sender = address_is_null(r->sender);
	struct span sender = null_sender ? SPAN("") : r->sender;

	switch (routes_find(&out->route, &f->routes, r->host, null_sender,
	    r->rcpt[i], f->arena)) {
	case ROUTE_BAD:
		return bad_route(f, out->route.why);
	case ROUTE_NONE:
		out->routed = false;
		out->route = (struct route){ .penalty = -1, .tolerance = -1 };
		out->login = (struct login){ .why = out->route.why };
		return 0;
	case ROUTE_FOUND:
		break;
	}
	out->routed = true;
	return find_login(f, out, sender, r->rcpt[i]);
}

/*
 * change_settings - the route's changes to the environment
 */
static int
change_settings(
    struct finding *f, const struct path *p, struct settings **settings)
{
	const struct span changes[] = { p->login.route_envstr,
		p->login.auth_envstr };
	const struct why whys[] = { p->route.why, p->login.why };

	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		struct env *env;
		struct span bad;

		if (changes[i].n == 0)
			continue;
		env = arena_take(f->arena, sizeof(*env));
		if (!env_with(env, settings_env(*settings), changes[i],
		        "CONTROLDIR", f->arena, &bad)) {
			struct why why = whys[i];

			why.rule = SPAN("bad envstr");
			return bad_route(f, why);
		}
		*settings = settings_with(*settings, env);
	}
	return 0;
}

/*
 * path_find - the route that all recipients share
 */
int
path_find(struct path *out, const struct request *r, struct span alias,
    struct settings **settings, struct arena *a, struct trouble *t)
{
	struct finding *f = arena_zero(a, sizeof(*f));
	struct path other;

	f->settings = *settings;
	f->arena = a;
	f->trouble = t;
	f->routes.alias = alias;
	if (read_routes(f) < 0 || find(f, out, r, 0) < 0)
		return -1;
	for (size_t i = 1; i < r->nrcpt; i++) {
		if (find(f, &other, r, i) < 0)
			return -1;
		if (!is_same(out, &other)) {
			*t = (struct trouble){ .stage = AT_SPLIT,
				.cause = BY_LACK,
				.about = r->rcpt[i] };
			return -1;
		}
	}
	return change_settings(f, out, settings);
}
