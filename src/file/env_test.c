/*
 * env_test - the environment, as a value
 */
#include "base/buf.h"
#include "base/check.h"
#include "file/env.h"

#define VARS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#define good(...) good_at(HERE, __VA_ARGS__)
#define bad(...) bad_at(HERE, __VA_ARGS__)

static const char *const vars[] = { "NAME=value", "EMPTY=", "LONG=a=b c",
	"NAMES=more", "NAME=again", "=odd", "NOTHING", NULL };

static void
good_at(struct place at, const char *name, const char *want)
{
	const struct env e = { vars };
	struct span got;

	check_true(at, env_get(&got, &e, name), "set");
	check_text(at, got, want);
}

static void
bad_at(struct place at, const char *name)
{
	const struct env e = { vars };
	struct span got;

	check_true(at, !env_get(&got, &e, name), "not set");
}

static void
test_get(void **state)
{
	(void)state;
	/* The first of two counts. */
	good("NAME", "value");
	good("NAMES", "more");
	good("LONG", "a=b c");
	/* Set to nothing is set.                                REQ: ENV-03 */
	good("EMPTY", "");

	bad("NAM");
	bad("NAMESX");
	bad("name");
	bad("ABSENT");
	/* A string without an equals sign sets nothing. */
	bad("NOTHING");
	bad("value");
}

static void
test_nothing(void **state)
{
	const struct env e = { VARS(NULL) };
	struct span got;

	(void)state;
	assert_false(env_get(&got, &e, "NAME"));
}

#define changes(...) changes_at(HERE, check_arena(state), __VA_ARGS__)
#define no_change(...) no_change_at(HERE, check_arena(state), __VA_ARGS__)

/* All variables in their order, with a bar behind each. */
static struct span
all_of(const struct env *e, char text[200])
{
	size_t n = 0;

	text[0] = '\0';
	for (const char *const *v = e->vars; *v != NULL; v++)
		n += (size_t)snprintf(text + n, 200 - n, "%s|", *v);
	return (struct span){ text, n };
}

/* What changes make of A=1, B=2 and C=3, of which C is kept. */
static void
changes_at(struct place at, struct arena *a, const char *list, const char *want)
{
	const struct env old = { VARS("A=1", "B=2", "C=3") };
	struct env e;
	struct span bad;
	char text[200];

	check_true(at, env_with(&e, &old, span_of(list), "C", a, &bad), list);
	check_text(at, all_of(&e, text), want);
	check_text(at, all_of(&old, text), "A=1|B=2|C=3|");
}

static void
no_change_at(
    struct place at, struct arena *a, const char *list, const char *want_bad)
{
	const struct env old = { VARS("A=1") };
	struct env e;
	struct span bad;

	check_true(at, !env_with(&e, &old, span_of(list), NULL, a, &bad), list);
	check_text(at, bad, want_bad);
}

static void
test_with(void **state)
{
	/* REQ: AUTH-07 */
	changes("", "A=1|B=2|C=3|");
	changes("D=4", "A=1|B=2|C=3|D=4|");
	changes("D=4,E=5", "A=1|B=2|C=3|D=4|E=5|");
	changes("A=x", "B=2|C=3|A=x|");
	changes("A=x,A=y", "B=2|C=3|A=y|");
	/* Nothing behind the equals sign removes. */
	changes("A=", "B=2|C=3|");
	changes("A=,A=x", "B=2|C=3|A=x|");
	changes("D=", "A=1|B=2|C=3|");
	/* Values may hold spaces, equals signs and escaped commas. */
	changes("D=a b", "A=1|B=2|C=3|D=a b|");
	changes("D=a=b", "A=1|B=2|C=3|D=a=b|");
	changes("D=a\\,b,E=\\,", "A=1|B=2|C=3|D=a,b|E=,|");
	/* A backslash before anything else is itself. */
	changes("D=a\\b\\", "A=1|B=2|C=3|D=a\\b\\|");
	changes(",D=4,,E=5,", "A=1|B=2|C=3|D=4|E=5|");
	/* What is kept is kept. */
	changes("C=x", "A=1|B=2|C=3|");
	changes("C=,CC=x", "A=1|B=2|C=3|CC=x|");
	/* A longer or shorter name is another. */
	changes("AA=x", "A=1|B=2|C=3|AA=x|");

	no_change("D", "D");
	no_change("=x", "=x");
	no_change("=", "=");
	no_change("D=4,E", "E");
}

#define set(...) set_at(HERE, check_arena(state), __VA_ARGS__)

static void
set_at(struct place at, struct arena *a, const char *name, const char *value,
    const char *want)
{
	const struct env old = { VARS("A=1", "B=2", "A=3", "AA=4") };
	struct env e = env_set(&old, name, value, a);
	char text[200];

	check_text(at, all_of(&e, text), want);
	check_text(at, all_of(&old, text), "A=1|B=2|A=3|AA=4|");
}

static void
test_set(void **state)
{
	/* A value is not looked into. */
	set("B", "x,C=,\\,", "A=1|A=3|AA=4|B=x,C=,\\,|");
	/* All of one name are replaced, or removed. */
	set("A", "x", "B=2|AA=4|A=x|");
	set("A", NULL, "B=2|AA=4|");
	/* Nothing is a value, too. */
	set("B", "", "A=1|A=3|AA=4|B=|");
	set("C", NULL, "A=1|B=2|A=3|AA=4|");
}

/*
 * names - the names among changes, each with a '|' behind it
 */
static void
names(struct place at, struct arena *a, const char *list, const char *want)
{
	struct span changes = span_of(list), name;
	struct buf b;

	buf_init(&b, a, 1000);
	while (env_next_name(&name, &changes)) {
		buf_put(&b, name);
		buf_putc(&b, '|');
	}
	check_text(at, buf_span(&b), want);
	check_text(at, changes, "");
}

#define names(list, want) names(HERE, check_arena(state), list, want)

static void
test_names(void **state)
{
	/* REQ: AUTH-07 */
	names("", "");
	names("A=x", "A|");
	names("A=x,B=,C=y", "A|B|C|");
	names(",A=x,,B=,", "A|B|");
	/* A value is no name, whatever it holds. */
	names("A=x\\,B=y,C=z", "A|C|");
	names("A=\\,\\,B\\,,C=z", "A|C|");
	names("A=x=y", "A|");
	names("A=x\\", "A|");
	names("A=x\\y,B=z", "A|B|");
	/* What has no equals sign may be the rest of a value. */
	names("A=x,y,B=z", "A|B|");
	names("x", "");
	names("=x,A=y", "A|");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_get),
		CHECK(test_nothing),
		CHECK(test_with),
		CHECK(test_set),
		CHECK(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
