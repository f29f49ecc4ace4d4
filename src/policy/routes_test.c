/*
 * routes_test - the one route of all files and variables
 *
 * Every case runs with texts and with databases in their place: the route is
 * the same, but a database has no lines.
 *
 * REQ: RTE-02 RTE-07 RTE-08 RTE-10 RTE-13
 */
#include "base/buf.h"
#include "file/cdb_test.h"
#include "mail/address.h"
#include "policy/routes.h"

/* Some sender, and none. */
#define ALICE "alice@client.example"
#define NOBODY ""

/* What the files hold; NULL: they are absent. */
struct files {
	const char *more, *qmtp, *smtp;
};

/* A table from a text, or from a database of the same. */
static void
fill(struct route_table *t, struct cdb *room, struct arena *a, const char *name,
    const char *text, bool database)
{
	*t = (struct route_table){ .source = span_of(name),
		.lines.rest = span_of(text) };
	if (!database)
		return;
	assert_true(cdb_of_memory(room, cdb_of_routes(a, text), span_of(name)));
	t->database = room;
}

/* "smtp RELAY FILE (KEY)", "none", or "bad FILE (what is wrong)". */
static struct span
describe(struct arena *a, enum route_result r, const struct route *route)
{
	struct buf b;

	buf_init(&b, a, 1000);
	if (r == ROUTE_NONE)
		return SPAN("none");
	if (r == ROUTE_BAD) {
		buf_puts(&b, "bad");
	} else {
		buf_puts(&b, route->protocol == ROUTE_QMTP ? "qmtp " : "smtp ");
		buf_put(&b, route->relay);
	}
	buf_putc(&b, ' ');
	buf_put(&b, route->why.file);
	buf_puts(&b, " (");
	buf_put(&b, route->why.rule);
	buf_putc(&b, ')');
	return buf_span(&b);
}

#define goes(...) goes_at(HERE, check_arena(state), __VA_ARGS__)

static void
goes_at(struct place at, struct arena *a, const struct files *f,
    const char *sender, const char *rcpt, const char *want, unsigned line)
{
	for (int databases = 0; databases < 4; databases++) {
		struct cdb more, qmtp, smtp;
		struct routes all = { NULL };
		enum route_result r;
		struct route route;

		fill(&all.qmtp, &qmtp, a, "qmtproutes",
		    f->qmtp != NULL ? f->qmtp : "", databases & 1);
		fill(&all.smtp, &smtp, a, "smtproutes",
		    f->smtp != NULL ? f->smtp : "", databases & 2);
		if (f->more != NULL) {
			assert_true(cdb_of_memory(&more,
			    cdb_of_recipients(a, f->more), SPAN("more")));
			all.more = &more;
		}
		r = routes_find(&route, &all, address_domain(span_of(rcpt)),
		    address_is_null(span_of(sender)), span_of(rcpt), a);
		check_text(at, describe(a, r, &route), want);
		check_number(at, route.why.line,
		    (route.protocol == ROUTE_QMTP ? all.qmtp : all.smtp)
		                .database != NULL
		        ? 0
		        : line);
	}
}

static void
test_nothing(void **state)
{
	const struct files none = { NULL };
	const struct files comments = { "", "\n# d:a\n", " \n" };

	goes(&none, ALICE, "bob@example.org", "none", 0);
	goes(&none, NOBODY, "bob@example.org", "none", 0);
	goes(&comments, ALICE, "bob@example.org", "none", 0);
	goes(&comments, NOBODY, "bob@d", "none", 0);
}

static void
test_one_file(void **state)
{
	const struct files f = { .smtp = "# lines\n"
		                         ".example.org:suffix\n"
		                         "\n"
		                         "example.org:exact\n"
		                         "Sub.Example.ORG:sub  \n"
		                         ".deep.example.org:deep\n"
		                         "!@:bounces\n"
		                         "[192.0.2.1]:literal\n"
		                         "example.org:second\n"
		                         ":rest\n" };
	const struct files g = { .smtp = ".example.org:suffix" };

	goes(&f, ALICE, "bob@example.org",
	    "smtp exact smtproutes (example.org)", 4);
	goes(&f, ALICE, "bob@EXAMPLE.org",
	    "smtp exact smtproutes (example.org)", 4);
	goes(&f, ALICE, "bob@a.example.org",
	    "smtp suffix smtproutes (.example.org)", 2);
	goes(&f, ALICE, "bob@a.b.example.org",
	    "smtp suffix smtproutes (.example.org)", 2);
	goes(&f, ALICE, "bob@A.EXAMPLE.ORG",
	    "smtp suffix smtproutes (.example.org)", 2);
	goes(&f, ALICE, "bob@a.deep.example.org",
	    "smtp deep smtproutes (.deep.example.org)", 6);
	goes(&f, ALICE, "bob@deep.example.org",
	    "smtp suffix smtproutes (.example.org)", 2);
	goes(&f, ALICE, "bob@[192.0.2.1]",
	    "smtp literal smtproutes ([192.0.2.1])", 8);
	goes(&f, ALICE, "bob@[192.0.2.2]", "smtp rest smtproutes ()", 10);
	goes(&f, ALICE, "bob@example.com", "smtp rest smtproutes ()", 10);
	/* A suffix begins at a dot. */
	goes(&f, ALICE, "bob@badexample.org", "smtp rest smtproutes ()", 10);
	goes(&f, ALICE, "bob@example.org.", "smtp rest smtproutes ()", 10);
	goes(&f, ALICE, "bob@org", "smtp rest smtproutes ()", 10);
	goes(&f, NOBODY, "bob@example.org", "smtp bounces smtproutes (!@)", 7);
	goes(
	    &f, "#@[]", "bob@a.example.org", "smtp bounces smtproutes (!@)", 7);
	/* Not the suffix itself, nor without an empty key any other. */
	goes(&g, ALICE, "bob@a.example.org",
	    "smtp suffix smtproutes (.example.org)", 1);
	goes(&g, ALICE, "bob@example.org", "none", 0);
	goes(&g, NOBODY, "bob@example.org", "none", 0);
}

static void
test_case_of_a_database_key(void **state)
{
	/* Text and database alike. */
	const struct files f = { .smtp = "sub.example.org:sub\n" };

	goes(&f, ALICE, "bob@SUB.example.org",
	    "smtp sub smtproutes (sub.example.org)", 1);
}

static void
test_recipient_before_domain(void **state)
{
	const struct files f = { "bob@example.org 192.0.2.1\n"
		                 "Carol@Example.ORG relay:26\n"
		                 "!@ bounces\n",
		"example.org:q\n", "example.org:s\n!@:b\n" };
	const struct files g = { "bob@example.org m\n", NULL, "!@:b\n:s\n" };
	const struct files h = { "bob@example.org m\n", "!@:b\n", ":s\n" };

	goes(&f, ALICE, "bob@example.org",
	    "smtp 192.0.2.1 more (bob@example.org)", 0);
	goes(&f, ALICE, "BOB@Example.org",
	    "smtp 192.0.2.1 more (bob@example.org)", 0);
	goes(&f, ALICE, "carol@example.org",
	    "smtp relay more (carol@example.org)", 0);
	/* Whole addresses only. */
	goes(&f, ALICE, "bobby@example.org", "qmtp q qmtproutes (example.org)",
	    1);
	goes(&f, ALICE, "dave@example.com", "none", 0);
	/* Bounces go first of all by "!@", wherever it stands. */
	goes(&f, NOBODY, "bob@example.org", "smtp bounces more (!@)", 0);
	goes(&f, "#@[]", "bob@example.org", "smtp bounces more (!@)", 0);
	goes(&g, NOBODY, "bob@example.org", "smtp b smtproutes (!@)", 1);
	goes(&g, ALICE, "bob@example.org", "smtp m more (bob@example.org)", 0);
	goes(&h, NOBODY, "bob@example.org", "qmtp b qmtproutes (!@)", 1);
	/* Without "!@" they go by the recipient, as all mail does. */
	goes(&(struct files){ f.more, NULL, NULL }, NOBODY, "carol@example.org",
	    "smtp bounces more (!@)", 0);
	goes(&(struct files){ g.more, NULL, ":s\n" }, NOBODY, "bob@example.org",
	    "smtp m more (bob@example.org)", 0);
	goes(&(struct files){ g.more, NULL, ":s\n" }, NOBODY,
	    "carol@example.org", "smtp s smtproutes ()", 1);
}

static void
test_both_files(void **state)
{
	const struct files tie = { NULL,
		"a.example.org:q\n.example.org:q\n:q\n"
		"!@:q\n",
		"a.example.org:s\n.example.org:s\n:s\n!@:s\n" };
	const struct files q_long = { NULL, "a.example.org:q\n",
		"!@:s\n.example.org:s\n:s\n" };
	const struct files s_long = { NULL, ".example.org:q\n:q\n",
		"a.example.org:s\n" };
	const struct files rest = { NULL, ":q\n", ".example.org:s\n" };

	/* Of equal keys that of qmtproutes. */
	goes(&tie, ALICE, "b@a.example.org",
	    "qmtp q qmtproutes (a.example.org)", 1);
	goes(&tie, ALICE, "b@c.example.org", "qmtp q qmtproutes (.example.org)",
	    2);
	goes(&tie, ALICE, "b@example.com", "qmtp q qmtproutes ()", 3);
	goes(&tie, NOBODY, "b@a.example.org", "qmtp q qmtproutes (!@)", 4);
	/* The longest key, whosever it is. */
	goes(&q_long, ALICE, "b@a.example.org",
	    "qmtp q qmtproutes (a.example.org)", 1);
	goes(&q_long, ALICE, "b@c.example.org",
	    "smtp s smtproutes (.example.org)", 2);
	goes(&q_long, ALICE, "b@example.com", "smtp s smtproutes ()", 3);
	goes(&q_long, NOBODY, "b@a.example.org", "smtp s smtproutes (!@)", 1);
	goes(&s_long, ALICE, "b@a.example.org",
	    "smtp s smtproutes (a.example.org)", 1);
	goes(&s_long, ALICE, "b@c.example.org",
	    "qmtp q qmtproutes (.example.org)", 1);
	goes(&s_long, NOBODY, "b@a.example.org",
	    "smtp s smtproutes (a.example.org)", 1);
	goes(&rest, ALICE, "b@a.example.org",
	    "smtp s smtproutes (.example.org)", 1);
	goes(&rest, ALICE, "b@example.com", "qmtp q qmtproutes ()", 1);
}

static void
test_bad_lines(void **state)
{
	const struct files f = { "bob@example.org r:x\n", "q.example:r:x\n",
		"s.example:r:25:600:30:1\nok.example:r\n" };

	/* REQ: RTE-09 */
	goes(&f, ALICE, "a@s.example", "bad smtproutes (too many fields)", 1);
	goes(&f, ALICE, "a@q.example", "bad qmtproutes (bad port)", 1);
	goes(&f, ALICE, "bob@example.org", "bad more (bad port)", 0);
	/* A bad line that does not match harms nobody. */
	goes(&f, ALICE, "a@ok.example", "smtp r smtproutes (ok.example)", 2);
	goes(&f, ALICE, "a@example.com", "none", 0);
	/* The first of equals decides, though it is bad. */
	goes(&(struct files){ .smtp = "d:r:x\nd:r\n" }, ALICE, "a@d",
	    "bad smtproutes (bad port)", 1);
	/* So does the longer one. */
	goes(&(struct files){ .qmtp = ":q\n", .smtp = "d:r:x\n" }, ALICE, "a@d",
	    "bad smtproutes (bad port)", 1);
	goes(&(struct files){ .qmtp = "d:q:x\n", .smtp = ":s\n" }, ALICE, "a@d",
	    "bad qmtproutes (bad port)", 1);
}

static void
test_line_without_colon(void **state)
{
	struct arena *a = check_arena(state);
	struct routes all = { NULL };
	struct route r;

	/* Such a line has no place in a database. */
	all.smtp = (struct route_table){ .source = SPAN("smtproutes"),
		.lines.rest = SPAN(":r\nexample.org\n") };
	assert_int_equal(routes_find(&r, &all, SPAN("example.org"), false,
	                     SPAN("bob@example.org"), a),
	    ROUTE_BAD);
	check_text(HERE, r.why.rule, "no colon");
	assert_int_equal(r.why.line, 2);
	assert_int_equal(routes_find(&r, &all, SPAN("example.com"), false,
	                     SPAN("bob@example.com"), a),
	    ROUTE_FOUND);
}

/* Which files there are, which of them are damaged ("q!"), and what the route
 * is then; "r" is a qmtproutes for the rest. */
static void
damaged(struct place at, struct arena *a, const char *which, bool null_sender,
    const char *want)
{
	const char *rcpt = "bob@example.org";
	struct span more = cdb_of_recipients(a, "bob@example.org m\n!@ b\n");
	struct span q = cdb_of_routes(
	    a, strchr(which, 'r') != NULL ? ":q\n" : "example.org:q\n");
	struct span s = cdb_of_routes(a, "example.org:s\n");
	struct cdb c[3];
	struct routes all = { strchr(which, 'm') != NULL ? &c[0] : NULL };
	enum route_result r;
	struct route route;

	/* A database without its tables. */
	if (strstr(which, "m!") != NULL)
		more.n = CDB_TEST_HEADER;
	if (strstr(which, "q!") != NULL || strstr(which, "r!") != NULL)
		q.n = CDB_TEST_HEADER;
	if (strstr(which, "s!") != NULL)
		s.n = CDB_TEST_HEADER;
	assert_true(cdb_of_memory(&c[0], more, SPAN("more")));
	assert_true(cdb_of_memory(&c[1], q, SPAN("qmtproutes")));
	assert_true(cdb_of_memory(&c[2], s, SPAN("smtproutes")));
	if (strpbrk(which, "qr") != NULL)
		all.qmtp = (struct route_table){ .source = c[1].path,
			.database = &c[1] };
	if (strchr(which, 's') != NULL)
		all.smtp = (struct route_table){ .source = c[2].path,
			.database = &c[2] };
	r = routes_find(
	    &route, &all, SPAN("example.org"), null_sender, span_of(rcpt), a);
	check_text(at, describe(a, r, &route), want);
}

static void
test_damaged(void **state)
{
	struct arena *a = check_arena(state);

	damaged(HERE, a, "q s", false, "qmtp q qmtproutes (example.org)");
	damaged(HERE, a, "s!", false, "bad smtproutes (damaged)");
	damaged(HERE, a, "q!", false, "bad qmtproutes (damaged)");
	/* What was lost may have been the better match. */
	damaged(HERE, a, "q! s", false, "bad qmtproutes (damaged)");
	damaged(HERE, a, "q s!", false, "bad smtproutes (damaged)");
	damaged(HERE, a, "r s", false, "smtp s smtproutes (example.org)");
	damaged(HERE, a, "r! s", false, "bad qmtproutes (damaged)");
	damaged(HERE, a, "m! s", false, "bad more (damaged)");
	damaged(HERE, a, "m! q s", true, "bad more (damaged)");
	/* What is asked for first needs no other. */
	damaged(HERE, a, "m s! q!", false, "smtp m more (bob@example.org)");
	damaged(HERE, a, "m s! q!", true, "smtp b more (!@)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_nothing),
		CHECK(test_one_file),
		CHECK(test_case_of_a_database_key),
		CHECK(test_recipient_before_domain),
		CHECK(test_both_files),
		CHECK(test_bad_lines),
		CHECK(test_line_without_colon),
		CHECK(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
