/*
 * idn_test - domain names as people write them, and as the DNS has them
 *
 * REQ: EAI-01
 */
#include "base/check.h"
#include "mail/idn.h"

#define good(name, want) good_at(HERE, check_arena(state), SPAN(name), want)
#define bad(name, result) bad_at(HERE, check_arena(state), SPAN(name), result)

static void
good_at(struct place at, struct arena *a, struct span name, const char *want)
{
	struct span out = SPAN(""), why = SPAN("");

	check_number(at, qremote_idn.to_ascii(&out, name, &why, a), IDN_OK);
	check_text(at, out, want);
}

static void
bad_at(struct place at, struct arena *a, struct span name, enum idn_result want)
{
	struct span out, why = SPAN("");

	check_number(at, qremote_idn.to_ascii(&out, name, &why, a), want);
	check_number(at, want == IDN_UNSURE && why.n == 0, false);
}

static void
test_names(void **state)
{
	good("ex\xc3\xa4mple.org", "xn--exmple-cua.org");
	/* As mail programs write it: a letter and its dots, in capitals. */
	good("exa\xcc\x88mple.org", "xn--exmple-cua.org");
	good("EX\xc3\x84MPLE.ORG", "xn--exmple-cua.org");
	/* No other name than that of IDNA2008. */
	good("fa\xc3\x9f.de", "xn--fa-hia.de");
	/* Full stops of other scripts; the last one is no part of the name. */
	good("\xe4\xbe\x8b\xe3\x80\x82jp", "xn--fsq.jp");
	good("\xe4\xbe\x8b.jp.", "xn--fsq.jp");
	good("\xe4\xbe\x8b.jp\xe3\x80\x82", "xn--fsq.jp");
	good("_25._tcp.\xe4\xbe\x8b.jp", "_25._tcp.xn--fsq.jp");
	good("\xd9\x85\xd8\xab\xd8\xa7\xd9\x84.\xd8\xa5\xd8\xae\xd8\xaa\xd8\xa8"
	     "\xd8\xa7\xd8\xb1",
	    "xn--mgbh0fb.xn--kgbechtv");
}

static void
test_no_names(void **state)
{
	/* A heart; a hyphen, a combining mark, where none may be. */
	bad("i\xe2\x9d\xa4.example", IDN_NO_NAME);
	bad("-\xc3\xa4.example", IDN_NO_NAME);
	bad("\xcc\x81\xc3\xa4.example", IDN_NO_NAME);
	/* A label of more than 63 bytes. */
	bad("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
	    IDN_NO_NAME);
	/* What would end an address, or begin a path, once it is ASCII. */
	bad("a\xef\xbc\x9e"
	    "b.example",
	    IDN_NO_NAME);
	bad("\xe2\x84\x80.example", IDN_NO_NAME);
	bad("\xe3\x80\x80.example", IDN_NO_NAME);
	bad("\xef\xbc\xa0.example", IDN_NO_NAME);
	/* Nothing but a full stop. */
	bad("\xe3\x80\x82", IDN_NO_NAME);
	/* Characters that a later version of Unicode may have. */
	bad("a\xcd\xb8.example", IDN_UNSURE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_names),
		CHECK(test_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
