/*
 * ehlo_test - what a server says it can do               [5321:4.1.1.1]
 */
#include "base/check.h"
#include "mail/ehlo.h"

/* What is offered, a letter each: Pipelining Chunking 8bitmime Size
 * Enhancedstatuscodes smtpUtf8 Dsn Requiretls. */
static void
offered(char text[9], const struct ehlo *e)
{
	char *at = text;

	if (e->pipelining)
		*at++ = 'P';
	if (e->chunking)
		*at++ = 'C';
	if (e->eightbitmime)
		*at++ = '8';
	if (e->size)
		*at++ = 'S';
	if (e->enhancedstatuscodes)
		*at++ = 'E';
	if (e->smtputf8)
		*at++ = 'U';
	if (e->dsn)
		*at++ = 'D';
	if (e->requiretls)
		*at++ = 'R';
	*at = '\0';
}

#define line(...) line_at(HERE, __VA_ARGS__)

/* One line of a reply, and what it offers. */
static void
line_at(struct place at, struct span line, const char *discard,
    const char *want, uint64_t size_max)
{
	struct ehlo e = { 0 };
	char text[9];

	ehlo_add(&e, line, span_of(discard));
	offered(text, &e);
	check_text(at, span_of(text), want);
	check_number(at, e.size_max, size_max);
}

#define good(text, want) line(SPAN(text), "", want, 0)

static void
test_keywords(void **state)
{
	(void)state;
	good("250-PIPELINING", "P");
	good("250 PIPELINING", "P");
	good("250-CHUNKING", "C");
	good("250-8BITMIME", "8");
	good("250-ENHANCEDSTATUSCODES", "E");
	good("250-DSN", "D");
	good("250-REQUIRETLS", "R");
	/* Case does not matter.                               [5321:2.4] */
	good("250-pipelining", "P");
	good("250-smtputf8", "U"); /* REQ: EAI-03 */
	good("250 SmtpUtf8", "U");
	good("250-Enhancedstatuscodes", "E");
	/* Nor does white space at the end, nor a parameter we know not of. */
	good("250-PIPELINING \t", "P");
	good("250-8BITMIME please", "8");
}

static void
test_others(void **state)
{
	(void)state;
	good("250-STARTTLS", "");
	good("250-XPIPELINING", "");
	good("250-PIPELININGX", "");
	good("250-PIPE", "");
	good("250-PIPELINING=yes", "");
	good("250-NO PIPELINING", "");
	good("250- PIPELINING", "");
	good("250-PIPELINING\0", "");
	good("250-", "");
	good("250", "");
	good("", "");
	good("PIPELINING", "");
}

static void
test_size(void **state)
{
	(void)state;
	/* [1870:3] */
	line(SPAN("250-SIZE"), "", "S", 0);
	line(SPAN("250-SIZE 0"), "", "S", 0);
	line(SPAN("250-SIZE 10240000"), "", "S", 10240000);
	line(SPAN("250-size 1"), "", "S", 1);
	line(SPAN("250-SIZE 1000 more"), "", "S", 1000);
	line(SPAN("250-SIZE 18446744073709551615"), "", "S", UINT64_MAX);
	/* A limit that cannot be understood is none. */
	line(SPAN("250-SIZE 18446744073709551616"), "", "S", 0);
	line(SPAN("250-SIZE ten"), "", "S", 0);
	line(SPAN("250-SIZE -1"), "", "S", 0);
	line(SPAN("250-SIZE 10M"), "", "S", 0);
	line(SPAN("250-SIZE=1000"), "", "", 0);
}

static void
test_discard(void **state)
{
	(void)state;
	line(SPAN("250-PIPELINING"), "PIPELINING", "", 0);
	line(SPAN("250-PIPELINING"), "pipelining", "", 0);
	line(SPAN("250-pipelining"), "PIPELINING", "", 0);
	line(SPAN("250-SIZE 1000"), "SIZE", "", 0);
	/* Separators of any kind, alone and together. */
	line(SPAN("250-8BITMIME"), "DSN,8BITMIME", "", 0);
	line(SPAN("250-8BITMIME"), "DSN 8BITMIME", "", 0);
	line(SPAN("250-8BITMIME"), "DSN\n8BITMIME\n", "", 0);
	line(SPAN("250-8BITMIME"), "DSN\r\n8BITMIME\r\n", "", 0);
	line(SPAN("250-8BITMIME"), " ,\t DSN,,8BITMIME,", "", 0);
	/* Only whole words are meant. */
	line(SPAN("250-8BITMIME"), "8BIT", "8", 0);
	line(SPAN("250-8BITMIME"), "8BITMIMEX", "8", 0);
	line(SPAN("250-8BITMIME"), "DSN", "8", 0);
	line(SPAN("250-8BITMIME"), ", ,", "8", 0);
}

static void
test_reply(void **state)
{
	struct ehlo e = { 0 };
	char text[9];

	(void)state;
	ehlo_add(&e, SPAN("250-PIPELINING"), SPAN("CHUNKING"));
	ehlo_add(&e, SPAN("250-SIZE 1000"), SPAN("CHUNKING"));
	ehlo_add(&e, SPAN("250-CHUNKING"), SPAN("CHUNKING"));
	ehlo_add(&e, SPAN("250-HELP"), SPAN("CHUNKING"));
	ehlo_add(&e, SPAN("250 8BITMIME"), SPAN("CHUNKING"));
	offered(text, &e);
	assert_string_equal(text, "P8S");
	assert_int_equal(e.size_max, 1000);
	/* The last word on a size counts. */
	ehlo_add(&e, SPAN("250-SIZE"), SPAN(""));
	assert_int_equal(e.size_max, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_keywords),
		CHECK(test_others),
		CHECK(test_size),
		CHECK(test_discard),
		CHECK(test_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
