/*
 * login - how to log in to the servers of a route
 */
#include "delivery/login.h"

#include "base/compiler.h"
#include "delivery/fault.h"
#include "file/program.h"
#include "mail/xtext.h"

#include <errno.h>
#include <string.h>

enum {
	/* Milliseconds that a program has to come up with a secret. */
	PROGRAM_PATIENCE = 30000,
};

/*
 * disabled - the mechanisms that variables forbid
 */
static uint32_t
disabled(const struct settings *s)
{
	uint32_t set = 0;
	struct span value;

	for (unsigned i = 0; i < MECHANISMS; i++) {
		const char *by = mechanism_at(i)->disabled_by;

		if (by != NULL && env_get(&value, settings_env(s), by))
			set |= UINT32_C(1) << i;
	}
	return set;
}

/*
 * demand - whether nothing may be sent without a login, and who says so
 */
static void
demand(struct why *out, const struct settings *s)
{
	const struct setting_row *row = settings_row(SET_REQUIRE_AUTH);
	struct span value, path;

	*out = (struct why){ 0 };
	if (!settings_flag(s, SET_REQUIRE_AUTH))
		return;
	if (env_get(&value, settings_env(s), row->env))
		out->file = span_of(row->env);
	else if (settings_has_file(s, &path, span_of(row->file)))
		out->file = path;
}

/*
 * decide - which mechanisms the secret may be used with
 */
static void
decide(struct login_plan *p)
{
	p->facts.secret = p->want.secret;
	p->want.salted = auth_salted(&p->facts) > 0;
	p->want.allowed = auth_policy(&p->facts);
}

/*
 * find_source - where the secret is, if "-" stands in its place
 */
static void
find_source(struct login_plan *p)
{
	static const enum setting sources[] = { SET_AUTH_SECRET_FILE,
		SET_AUTH_SECRET_PROGRAM };
	struct fault f;

	p->source = SETTINGS;
	if (!span_equal(p->want.secret, SPAN("-")))
		return;
	for (size_t i = 0; i < COUNT_OF(sources); i++) {
		/* A variable can always be read. */
		(void)settings_text(
		    &p->source_path, p->settings, sources[i], &f);
		if (p->source_path.n > 0) {
			p->source = sources[i];
			return;
		}
	}
}

/*
 * missing - a login is demanded, but none can be made
 */
static int
missing(const struct login_plan *p, const struct path *path, struct trouble *t)
{
	*t = (struct trouble){ .stage = AT_DEMAND,
		.cause = BY_LACK,
		.about = path->login.user.n == 0
		             ? SPAN("the route has no user and password")
		             : SPAN("AUTH_SMTP is not set"),
		.why = p->want.demanded };
	return -1;
}

/*
 * set_submitter - who is named as the submitter; "<>" stands as it is
 *                                                               [4954:5]
 */
static void
set_submitter(struct login_plan *p)
{
	struct span address;
	struct fault f;
	struct buf b;

	/* A variable can always be read. */
	(void)settings_text(&address, p->settings, SET_AUTH_SUBMITTER, &f);
	buf_init(&b, settings_arena(p->settings), SIZE_MAX);
	if (span_equal(address, SPAN("<>")))
		buf_put(&b, address);
	else
		xtext_put(&b, address);
	p->want.submitter = buf_span(&b);
}

/*
 * login_read - whether, and how, to log in
 */
int
login_read(struct login_plan *out, struct settings *s, const struct path *path,
    struct trouble *t)
{
	struct fault f;
	enum cause c;

	*out = (struct login_plan){ .settings = s };
	out->wanted = path->login.user.n > 0 && settings_flag(s, SET_AUTH_SMTP);
	demand(&out->want.demanded, s);
	if (!out->wanted)
		return out->want.demanded.file.n > 0 ? missing(out, path, t)
		                                     : 0;
	c = settings_text(&out->want.realm, s, SET_REALM, &f);
	if (c != BY_NOTHING)
		return fault_trouble(t, c, &f);
	(void)settings_text(&out->facts.named, s, SET_AUTH_SMTP, &f);
	out->facts.disabled = disabled(s);
	out->facts.secure = settings_flag(s, SET_SECURE_AUTH);
	out->facts.salted = settings_flag(s, SET_SALTED_PASSWORD);
	out->want.user = path->login.user;
	out->want.secret = path->login.password;
	out->want.why = path->login.why;
	set_submitter(out);
	find_source(out);
	decide(out);
	return 0;
}

/*
 * no_secret - the secret cannot be had
 */
static int
no_secret(const struct login_plan *p, enum cause c, int err, struct trouble *t)
{
	const char *words = c == BY_SYSTEM    ? strerrordesc_np(err)
	                    : c == BY_TIMEOUT ? "it takes too long"
	                    : c == BY_GARBLE  ? "it failed"
	                                      : "it has no line";

	*t = (struct trouble){ .stage = AT_SECRET,
		.cause = BY_LACK,
		.about = span_of(words),
		.why = { .file = p->source_path } };
	return -1;
}

/*
 * read_secret - the first line of a file
 */
static enum cause
read_secret(struct span *out, const char *path, struct arena *a, int *err)
{
	struct span text;
	unsigned line;
	enum cause c = control_read(&text, path, a, err, &line);

	if (c == BY_LACK) {
		*err = ENOENT;
		return BY_SYSTEM;
	}
	if (c != BY_NOTHING)
		return c;
	*out = control_first(text);
	return out->n > 0 ? BY_NOTHING : BY_LACK;
}

/*
 * run_program - the first line that a program prints
 *
 * It is not told of other secrets.
 */
static enum cause
run_program(struct span *out, const struct login_plan *p, const char *path,
    instant by, struct arena *a, int *err)
{
	struct env env = settings_env_for_others(p->settings);

	return program_line(out, path, &env,
	    clock_earlier(clock_in(PROGRAM_PATIENCE), by), a, err);
}

/*
 * login_fetch - the secret, if it must be fetched for each delivery
 */
int
login_fetch(
    struct login_plan *p, instant by, struct arena *a, struct trouble *t)
{
	const char *path;
	int err = 0;
	enum cause c;

	if (!p->wanted || p->source == SETTINGS)
		return 0;
	path = arena_string(a, p->source_path);
	if (p->source == SET_AUTH_SECRET_FILE)
		c = read_secret(&p->want.secret, path, a, &err);
	else
		c = run_program(&p->want.secret, p, path, by, a, &err);
	if (c != BY_NOTHING)
		return no_secret(p, c, err, t);
	decide(p);
	return 0;
}
