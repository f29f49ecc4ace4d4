/*
 * request_test - what we are asked to do, from the arguments
 *
 * REQ: CLI-01 CLI-02 CLI-03 CLI-07 CLI-10 CLI-11
 */
#include "base/buf.h"
#include "base/check.h"
#include "delivery/request.h"

enum { ARGS_MAX = 12 };

/* A call, its program's name left out; what is asked of whom. */
#define ARGS(...) ((const char *const[ARGS_MAX]){ __VA_ARGS__ })
#define indimail(...)                                                          \
	asks_at(HERE, check_arena(state), DIALECT_INDIMAIL, __VA_ARGS__)
#define classic(...)                                                           \
	asks_at(HERE, check_arena(state), DIALECT_CLASSIC, __VA_ARGS__)

/* Makes a request of a call; the result, and the trouble. */
static int
request(struct request *r, struct trouble *t, struct arena *a, enum dialect d,
    const char *const *args)
{
	char *argv[ARGS_MAX + 2] = { 0 };
	int argc = 1;

	argv[0] = arena_string(a, SPAN("qmail-remote"));
	for (; argc <= ARGS_MAX && args[argc - 1] != NULL; argc++)
		argv[argc] = arena_string(a, span_of(args[argc - 1]));
	return request_of_argv(r, argc, argv, d, a, t);
}

/* A request with all its parts, a bar behind each. */
static void
asks_at(struct place at, struct arena *a, enum dialect d,
    const char *const *args, const char *want)
{
	struct request r;
	struct trouble t;
	struct buf b;

	check_number(at, (uint64_t)request(&r, &t, a, d, args), 0);
	check_number(at, r.dialect, d);
	buf_init(&b, a, 1000);
	buf_put(&b, r.host);
	buf_putc(&b, '|');
	buf_put(&b, r.sender);
	buf_putc(&b, '|');
	buf_put(&b, r.extra);
	buf_putc(&b, '|');
	buf_put(&b, r.size);
	for (size_t i = 0; i < r.nrcpt; i++) {
		buf_putc(&b, '|');
		buf_put(&b, r.rcpt[i]);
	}
	check_text(at, buf_span(&b), want);
}

static void
test_indimail(void **state)
{
	indimail(ARGS("b.org", "a@a.org", "X: y\n", "100", "b@b.org"),
	    "b.org|a@a.org|X: y\n|100|b@b.org");
	indimail(
	    ARGS("b.org", "a@a.org", "", "", "b@b.org", "c@b.org", "b@b.org"),
	    "b.org|a@a.org|||b@b.org|c@b.org|b@b.org");
	indimail(ARGS("[192.0.2.1]", "", "", "0", "b@b.org"),
	    "[192.0.2.1]|||0|b@b.org");
	/* What bounced twice has a sender of its own. */
	indimail(
	    ARGS("b.org", "#@[]", "", "9", "b@b.org"), "b.org|#@[]||9|b@b.org");
	/* A size that is none is not an error.                 REQ: CLI-05 */
	indimail(
	    ARGS("b.org", "", "", "10k", "b@b.org"), "b.org|||10k|b@b.org");
	/* A recipient may be local. */
	indimail(ARGS("b.org", "", "", "", "b"), "b.org||||b");
	/* Not ASCII, but no control either. */
	indimail(ARGS("b\xc3\xbc.org", "\xc3\xa4@a.org", "", "", "\xff@b.org"),
	    "b\xc3\xbc.org|\xc3\xa4@a.org|||\xff@b.org");
}

static void
test_classic(void **state)
{
	classic(ARGS("b.org", "a@a.org", "b@b.org"), "b.org|a@a.org|||b@b.org");
	classic(ARGS("b.org", "", "b@b.org", "c@b.org"),
	    "b.org||||b@b.org|c@b.org");
	/* Five arguments are a host, a sender and three recipients. */
	classic(ARGS("b.org", "", "b@b.org", "c@b.org", "d@b.org"),
	    "b.org||||b@b.org|c@b.org|d@b.org");
}

#define improper(...) fails(AT_USAGE, "", __VA_ARGS__)
#define fails(...) fails_at(HERE, check_arena(state), __VA_ARGS__)

static void
fails_at(struct place at, struct arena *a, enum stage stage, const char *about,
    enum dialect d, const char *const *args)
{
	struct request r;
	struct trouble t;

	check_true(at, request(&r, &t, a, d, args) < 0, "it fails");
	check_number(at, t.stage, stage);
	check_text(at, t.about, about);
}

static void
test_too_few(void **state)
{
	improper(DIALECT_INDIMAIL, ARGS(NULL));
	improper(DIALECT_INDIMAIL, ARGS("b.org"));
	improper(DIALECT_INDIMAIL, ARGS("b.org", "a@a.org", "", "100"));
	improper(DIALECT_CLASSIC, ARGS(NULL));
	improper(DIALECT_CLASSIC, ARGS("b.org"));
	improper(DIALECT_CLASSIC, ARGS("b.org", "a@a.org"));
}

static void
test_mixed_up(void **state)
{
	/* A call of the classic dialect: its second recipient is no size. */
	improper(DIALECT_INDIMAIL,
	    ARGS("b.org", "a@a.org", "b@b.org", "c@b.org", "d@b.org"));
	improper(DIALECT_INDIMAIL, ARGS("b.org", "", "", "@", "b@b.org"));
	/* The other way round: qqeh and size are no recipients. */
	improper(
	    DIALECT_CLASSIC, ARGS("b.org", "a@a.org", "", "100", "b@b.org"));
	improper(DIALECT_CLASSIC,
	    ARGS("b.org", "a@a.org", "X: y\n", "100", "b@b.org"));
	improper(DIALECT_CLASSIC, ARGS("b.org", "a@a.org", "b"));
	improper(DIALECT_CLASSIC, ARGS("b.org", "", "b@b.org", "c"));
	/* No recipient has no name. */
	improper(DIALECT_INDIMAIL, ARGS("b.org", "", "", "", "b@b.org", ""));
	improper(DIALECT_CLASSIC, ARGS("b.org", "", ""));
}

static void
test_controls(void **state)
{
	for (int c = 1; c < 256; c++) {
		char bad[] = { 'x', (char)c, '@', 'b', '\0' };
		const char *host[] = { bad, "", "", "", "b@b", NULL };
		const char *sender[] = { "b", bad, "", "", "b@b", NULL };
		const char *first[] = { "b", "", "", "", bad, "c@b", NULL };
		const char *last[] = { "b", "", "", "", "b@b", bad, NULL };
		const char *extra[] = { "b", "", bad, "", "b@b", NULL };
		const char *const *all[] = { host, sender, first, last };
		struct request r;
		struct trouble t;

		for (int i = 0; i < 4; i++) {
			if (c < 0x20 || c == 0x7f)
				fails(
				    AT_ADDRESS, bad, DIALECT_INDIMAIL, all[i]);
			else
				assert_int_equal(
				    request(&r, &t, check_arena(state),
				        DIALECT_INDIMAIL, all[i]),
				    0);
		}
		/* A header has line feeds at least. */
		assert_int_equal(request(&r, &t, check_arena(state),
		                     DIALECT_INDIMAIL, extra),
		    0);
	}
	fails(AT_ADDRESS, "b@b.org\n", DIALECT_CLASSIC,
	    ARGS("b.org", "", "b@b.org\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_indimail),
		CHECK(test_classic),
		CHECK(test_too_few),
		CHECK(test_mixed_up),
		CHECK(test_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
