/*
 * login_test - whom a route says to log in as
 *
 * REQ: AUTH-05 AUTH-06 AUTH-07
 */
#include "base/buf.h"
#include "file/cdb_test.h"
#include "policy/login.h"

#define ALICE "alice@client.example"
#define BOB "bob@example.org"

/* "USER PASSWORD by FILE:LINE (RULE)", "nobody by ..." if the key is not
 * listed, or "bad by ..."; unless bad, " with CHANGES" of the route and
 * " then CHANGES" of remote_auth. */
static struct span
describe(struct arena *a, enum login_result r, const struct login *l)
{
	struct buf b;

	buf_init(&b, a, 1000);
	if (r == LOGIN_FOUND) {
		buf_put(&b, l->user);
		buf_putc(&b, ' ');
		buf_put(&b, l->password);
	} else {
		buf_puts(&b, r == LOGIN_NONE  ? "nobody"
		             : r == LOGIN_BAD ? "bad"
		                              : "damaged");
	}
	buf_puts(&b, " by ");
	buf_put(&b, l->why.file);
	if (l->why.line > 0) {
		buf_putc(&b, ':');
		buf_put_number(&b, l->why.line);
	}
	buf_puts(&b, " (");
	buf_put(&b, l->why.rule);
	buf_putc(&b, ')');
	if (r == LOGIN_BAD)
		return buf_span(&b);
	if (l->route_envstr.n > 0) {
		buf_puts(&b, " with ");
		buf_put(&b, l->route_envstr);
	}
	if (l->auth_envstr.n > 0) {
		buf_puts(&b, " then ");
		buf_put(&b, l->auth_envstr);
	}
	return buf_span(&b);
}

#define login(...) login_at(HERE, check_arena(state), __VA_ARGS__)

/* The login field of line 7 of smtproutes, for example.org. */
static void
login_at(struct place at, struct arena *a, const char *field,
    const char *database, const char *sender, const char *rcpt,
    const char *want)
{
	const struct why why = { SPAN("smtproutes"), 7, SPAN("example.org") };
	enum login_result r;
	struct login l;
	struct cdb c;

	if (database != NULL)
		assert_true(cdb_of_memory(&c, cdb_of_assignments(a, database),
		    SPAN("remote_auth.cdb")));
	r = login_find(&l, span_of(field), why, database != NULL ? &c : NULL,
	    span_of(sender), span_of(rcpt), a);
	check_text(at, describe(a, r, &l), want);
}

static void
test_in_the_route(void **state)
{
	login("", NULL, ALICE, BOB, "nobody by smtproutes:7 (example.org)");
	login("user password", NULL, ALICE, BOB,
	    "user password by smtproutes:7 (example.org)");
	login("user password AUTH_SMTP=login,SECURE_AUTH=1", NULL, ALICE, BOB,
	    "user password by smtproutes:7 (example.org)"
	    " with AUTH_SMTP=login,SECURE_AUTH=1");
	/* The changes run to the end; their values may hold spaces. */
	login("user password A=x y,B= z ", NULL, ALICE, BOB,
	    "user password by smtproutes:7 (example.org) with A=x y,B= z ");
	/* A space at the end begins changes, and there are none. */
	login("user password ", NULL, ALICE, BOB,
	    "user password by smtproutes:7 (example.org)");
	/* Only what begins with a slash refers to remote_auth. */
	login(
	    "a/s /s", NULL, ALICE, BOB, "a/s /s by smtproutes:7 (example.org)");
	login("user@example.org pass:word/", NULL, ALICE, BOB,
	    "user@example.org pass:word/ by smtproutes:7 (example.org)");
	/* The password comes from elsewhere.                  REQ: AUTH-14 */
	login("user - AUTH_SECRET_FILE=/run/token", NULL, ALICE, BOB,
	    "user - by smtproutes:7 (example.org)"
	    " with AUTH_SECRET_FILE=/run/token");
	/* remote_auth is not asked. */
	login("user password", "+:other secret:\n", ALICE, BOB,
	    "user password by smtproutes:7 (example.org)");
}

static void
test_bad_fields(void **state)
{
	static const char bad[] = "bad by smtproutes:7 (example.org)";

	login("user", NULL, ALICE, BOB, bad);
	login("user ", NULL, ALICE, BOB, bad);
	login("user  password", NULL, ALICE, BOB, bad);
	login(" user password", NULL, ALICE, BOB, bad);
	login(" ", NULL, ALICE, BOB, bad);
	login(" /s", "+:a b:\n", ALICE, BOB, bad);
	login("/", "+:a b:\n", ALICE, BOB, bad);
	login("/ A=x", "+:a b:\n", ALICE, BOB, bad);
}

static void
test_by_sender(void **state)
{
	static const char text[] = "=alice@client.example:ua pa:\n"
	                           "+alice@:ux px:\n"
	                           "=bob@example.org:ub pb:\n"
	                           "+:rest secret:\n";

	login("/s", text, ALICE, BOB,
	    "ua pa by remote_auth.cdb (=alice@client.example)");
	login("/s", text, "Alice@CLIENT.example", BOB,
	    "ua pa by remote_auth.cdb (=alice@client.example)");
	login("/s", text, "alice@other.example", BOB,
	    "ux px by remote_auth.cdb (+alice@)");
	login("/s", text, "carol@client.example", BOB,
	    "rest secret by remote_auth.cdb (+)");
	/* The sender of a bounce is like none but "+:". */
	login("/s", text, "", BOB, "rest secret by remote_auth.cdb (+)");
	login(
	    "/s", "=:a b:\n+a:c d:\n", "", BOB, "nobody by remote_auth.cdb ()");
	login("/s", "=joe:a b:\n", ALICE, BOB,
	    "nobody by remote_auth.cdb (alice@client.example)");
	login("/s A=x,B=", text, ALICE, BOB,
	    "ua pa by remote_auth.cdb (=alice@client.example) with A=x,B=");
	/* What is asked of the environment holds, whoever is found. */
	login("/s A=x", "=joe:a b:\n", ALICE, BOB,
	    "nobody by remote_auth.cdb (alice@client.example) with A=x");
}

static void
test_by_recipient(void **state)
{
	static const char text[] = "=alice@client.example:ua pa:\n"
	                           "=bob@example.org:ub pb:\n"
	                           "+carol:uc pc C=:\n";

	login("/r", text, ALICE, BOB,
	    "ub pb by remote_auth.cdb (=bob@example.org)");
	login(
	    "/r", text, "", BOB, "ub pb by remote_auth.cdb (=bob@example.org)");
	login("/r", text, ALICE, "Carol-list@example.org",
	    "uc pc by remote_auth.cdb (+carol) then C=");
	login("/r", text, ALICE, "dave@example.org",
	    "nobody by remote_auth.cdb (dave@example.org)");
	login("/r A=x y", text, ALICE, "carol@example.org",
	    "uc pc by remote_auth.cdb (+carol) with A=x y then C=");
}

static void
test_by_token(void **state)
{
	static const char text[] =
	    "=gmail:some_user@gmail.com gmail_app_password AUTH_SMTP=LOGIN:\n"
	    "=s:us ps:\n"
	    "=relay:ur pr:\n"
	    "+re:ux px:\n";

	login("/gmail", text, ALICE, BOB,
	    "some_user@gmail.com gmail_app_password"
	    " by remote_auth.cdb (=gmail) then AUTH_SMTP=LOGIN");
	login("/GMAIL", text, ALICE, BOB,
	    "some_user@gmail.com gmail_app_password"
	    " by remote_auth.cdb (=gmail) then AUTH_SMTP=LOGIN");
	login("/gmail AUTH_SMTP=login", text, ALICE, BOB,
	    "some_user@gmail.com gmail_app_password by remote_auth.cdb (=gmail)"
	    " with AUTH_SMTP=login then AUTH_SMTP=LOGIN");
	login("/relay", text, ALICE, BOB, "ur pr by remote_auth.cdb (=relay)");
	login("/relay2", text, ALICE, BOB, "ux px by remote_auth.cdb (+re)");
	login("/other", text, ALICE, BOB, "nobody by remote_auth.cdb (other)");
	/* A single s or r is no token; more than that is. */
	login("/s", text, ALICE, BOB,
	    "nobody by remote_auth.cdb (alice@client.example)");
	login("/S", text, ALICE, BOB, "us ps by remote_auth.cdb (=s)");
	login(
	    "/sender", text, ALICE, BOB, "nobody by remote_auth.cdb (sender)");
	login("//", text, ALICE, BOB, "nobody by remote_auth.cdb (/)");
}

static void
test_without_database(void **state)
{
	/* Nobody is listed then. */
	login("/s", NULL, ALICE, BOB, "nobody by smtproutes:7 (example.org)");
	login("/r", NULL, ALICE, BOB, "nobody by smtproutes:7 (example.org)");
	login("/gmail AUTH_SMTP=login", NULL, ALICE, BOB,
	    "nobody by smtproutes:7 (example.org) with AUTH_SMTP=login");
}

static void
test_bad_entries(void **state)
{
	static const char bad[] = "bad by remote_auth.cdb (=gmail)";

	login("/gmail", "=gmail:user:\n", ALICE, BOB, bad);
	login("/gmail", "=gmail:user :\n", ALICE, BOB, bad);
	login("/gmail", "=gmail::\n", ALICE, BOB, bad);
	login("/gmail", "=gmail: user password:\n", ALICE, BOB, bad);
	/* An entry is never a reference to another. */
	login("/gmail", "=gmail:/s x:\n", ALICE, BOB,
	    "/s x by remote_auth.cdb (=gmail)");
	/* A password with a colon. */
	login("/gmail", "=gmail:user pass:word:\n", ALICE, BOB,
	    "user pass:word by remote_auth.cdb (=gmail)");
}

static void
test_damaged(void **state)
{
	struct arena *a = check_arena(state);
	const struct why why = { SPAN("smtproutes"), 7, SPAN("example.org") };
	struct span made = cdb_of_assignments(a, "=gmail:user secret:\n");
	struct login l;
	struct cdb c;

	/* A database without its tables. */
	assert_true(cdb_of_memory(
	    &c, span_head(made, CDB_TEST_HEADER), SPAN("remote_auth.cdb")));
	assert_int_equal(
	    login_find(&l, SPAN("/gmail"), why, &c, SPAN(ALICE), SPAN(BOB), a),
	    LOGIN_DAMAGED);
	check_text(HERE, l.why.file, "remote_auth.cdb");
	check_text(HERE, l.why.rule, "damaged");
	assert_int_equal(l.user.n, 0);
	/* A route that names its user does not mind. */
	assert_int_equal(login_find(&l, SPAN("user secret"), why, &c,
	                     SPAN(ALICE), SPAN(BOB), a),
	    LOGIN_FOUND);
}

static void
test_the_reason_is_no_secret(void **state)
{
	static const char *const fields[] = { "user hush", "user", "hush",
		"/gmail hush", "/s hush=hush", " hush" };
	const struct why why = { SPAN("smtproutes"), 7, SPAN("example.org") };
	struct arena *a = check_arena(state);

	/* REQ: AUTH-11 */
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct login l;
		struct cdb c;

		assert_true(cdb_of_memory(&c,
		    cdb_of_assignments(a, "=gmail:hush:\n+:user hush:\n"),
		    SPAN("remote_auth.cdb")));
		(void)login_find(
		    &l, span_of(fields[i]), why, &c, SPAN(ALICE), SPAN(BOB), a);
		assert_true(span_equal(l.why.rule, SPAN("example.org")) ||
		            span_equal(l.why.rule, SPAN("=gmail")) ||
		            span_equal(l.why.rule, SPAN("+")));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_in_the_route),
		CHECK(test_bad_fields),
		CHECK(test_by_sender),
		CHECK(test_by_recipient),
		CHECK(test_by_token),
		CHECK(test_without_database),
		CHECK(test_bad_entries),
		CHECK(test_damaged),
		CHECK(test_the_reason_is_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
