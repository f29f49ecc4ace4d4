/*
 * assign_text_test - an address looked up in lines
 */
#include "base/check.h"
#include "file/assign_text.h"

#define found(...) found_at(HERE, __VA_ARGS__)
#define none(...) none_at(HERE, ASSIGN_TEXT_ABSENT, __VA_ARGS__)
#define bad(...) none_at(HERE, ASSIGN_TEXT_BAD, __VA_ARGS__)

static void
found_at(struct place at, const char *text, const char *address,
    const char *want, unsigned want_line)
{
	struct span data = SPAN("");
	unsigned line = 0;

	check_true(at,
	    assign_text_find(&data, &line, span_of(text), span_of(address)) ==
	        ASSIGN_TEXT_FOUND,
	    "found");
	check_text(at, data, want);
	check_true(at, line == want_line, "line");
}

static void
none_at(struct place at, enum assign_text_result want, const char *text,
    const char *address)
{
	struct span data = SPAN("");
	unsigned line = 0;

	check_true(at,
	    assign_text_find(&data, &line, span_of(text), span_of(address)) ==
	        want,
	    "nothing found");
}

/* REQ: CMP-02 */
static void
test_find(void **state)
{
	(void)state;
	found("=a@b:x:\n", "a@b", "x", 1);
	found("a@b:x:\n", "a@b", "x", 1);
	found("a@b:x", "A@B", "x", 1);
	found("# c\n\nA@b:x:y:\n", "a@b", "x:y", 3);
	found("a@b::\n", "a@b", "", 1);
	found("a@b:\n", "a@b", "", 1);
	/* The first of equals, the simple one, the longest prefix. */
	found("a@b:x:\na@b:y:\n", "a@b", "x", 1);
	found("+:w:\n+a:p:\n+a@:q:\n=a@b:x:\n", "a@b", "x", 4);
	found("+:w:\n+a:p:\n+a@:q:\n=a@b:x:\n", "a@c", "q", 3);
	found("+a@:q:\n+a:p:\n+A@:r:\n", "a@c", "q", 1);
	found("+:w:\n+a:p:\n", "b@c", "w", 1);
	found("+a@b:p:\n", "a@b", "p", 1);
	/* The empty address. */
	found("+:w:\n", "", "w", 1);
	none("=:w:\n+a:p:\n", "");
	none("", "a@b");
	none("=a@b:x:\n", "a@bc");
	none("+a@bc:x:\n", "a@b");
	/* Nothing behind the end is read. */
	none(".\na@b:x:\n", "a@b");
	found("a@b:x:\n.\nrubbish\n", "a@b", "x", 1);
	bad("rubbish\n", "a@b");
	bad("a@b:x:\nrubbish\n", "a@b");
	bad("=\n", "a@b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
