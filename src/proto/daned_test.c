/*
 * daned_test - the protocol of qmail-daned
 */
#include "base/check.h"
#include "proto/daned.h"

#include <netinet/in.h>

#define asks(...) asks_at(HERE, __VA_ARGS__)
#define not_asked(name) not_asked_at(HERE, name)
#define heard(...) heard_at(HERE, __VA_ARGS__)
#define not_heard(packet) not_heard_at(HERE, SPAN(packet))
#define at(...) at_at(HERE, __VA_ARGS__)
#define nowhere(text) nowhere_at(HERE, text)

/* The question about a name is these bytes. */
static void
asks_at(
    struct place at, enum daned_verb verb, const char *name, struct span want)
{
	char packet[DANED_QUESTION_MAX];
	struct span got = daned_put(packet, verb, span_of(name));

	check_true(at, span_equal(got, want), name);
}

static void
not_asked_at(struct place at, const char *name)
{
	char packet[DANED_QUESTION_MAX];

	check_number(
	    at, (unsigned)daned_put(packet, DANED_QUERY, span_of(name)).n, 0);
}

static void
test_put(void **state)
{
	char name[DANED_NAME_MAX + 2];

	(void)state;
	asks(DANED_VERIFY, "example.org", SPAN("Dexample.org\0"));
	asks(DANED_QUERY, "MX.Example.ORG.", SPAN("qmx.example.org\0"));
	asks(DANED_SUCCESS, "a", SPAN("Sa\0"));
	asks(DANED_FAILURE, "_a-1.b", SPAN("F_a-1.b\0"));
	not_asked("");
	not_asked(".");
	not_asked(".example.org");
	not_asked("example.org..");
	not_asked("example..org");
	not_asked("a b");
	not_asked("a\n");
	not_asked("a/b");
	not_asked("\303\244");
	memset(name, 'a', sizeof(name));
	name[DANED_NAME_MAX + 1] = '\0';
	not_asked(name);
	name[DANED_NAME_MAX] = '\0';
	check_number(HERE,
	    (unsigned)daned_put(name, DANED_QUERY, span_of(name)).n,
	    DANED_QUESTION_MAX);
}

/* The bytes are a question, and which. */
static void
heard_at(
    struct place at, struct span packet, enum daned_verb want, const char *name)
{
	char room[DANED_NAME_MAX];
	enum daned_verb verb;
	struct span got;

	check_true(at, daned_parse(&verb, &got, room, packet), name);
	check_number(at, verb, want);
	check_text(at, got, name);
}

static void
not_heard_at(struct place at, struct span packet)
{
	char room[DANED_NAME_MAX];
	enum daned_verb verb;
	struct span name;

	check_true(at, !daned_parse(&verb, &name, room, packet), "no question");
}

static void
test_parse(void **state)
{
	(void)state;
	heard(SPAN("Da.example\0"), DANED_VERIFY, "a.example");
	heard(SPAN("qA.Example.\0"), DANED_QUERY, "a.example");
	heard(SPAN("Sa\0"), DANED_SUCCESS, "a");
	heard(SPAN("Fa\0"), DANED_FAILURE, "a");
	not_heard("");
	not_heard("q");
	not_heard("q\0");
	not_heard("qa.example");
	not_heard("qa\0b\0");
	not_heard("Qa\0");
	not_heard("\0a\0");
	not_heard("qa b\0");
}

static void
test_answer(void **state)
{
	static const char bad[][DANED_ANSWER] = {
		{ 2, 0 },
		{ -1, 0 },
		{ 0, DANED_STATUSES },
		{ 1, -1 },
	};
	struct daned_answer a;

	(void)state;
	for (int known = 0; known <= 1; known++) {
		for (char s = 0; s < DANED_STATUSES; s++) {
			char bytes[DANED_ANSWER] = { (char)known, s };
			char again[DANED_ANSWER];

			check_true(HERE, daned_answer_parse(&a, bytes), "two");
			daned_answer_put(again, a);
			check_true(
			    HERE, memcmp(bytes, again, 2) == 0, "the same");
		}
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_true(HERE, !daned_answer_parse(&a, bad[i]), "no answer");
}

/* Two answers say that DANE is not for a name; no verdict does. */
static void
test_excuses(void **state)
{
	(void)state;
	for (int known = 0; known <= 1; known++) {
		for (int s = 0; s < DANED_STATUSES; s++) {
			struct daned_answer a = { known != 0,
				(enum daned_status)s };
			bool want = s == DANED_WHITELISTED ||
			            (known != 0 && s == DANED_NOT_VERIFIED);

			check_true(HERE, daned_excuses(a) == want,
			    daned_status_name(a.status));
		}
	}
}

static void
at_at(struct place at, const char *text, const char *ip, unsigned port)
{
	char room[IP_TEXT_MAX];
	struct endpoint e;

	check_true(at, daned_endpoint(&e, span_of(text)), text);
	check_text(at, ip_text(room, &e.ip), ip);
	check_number(at, e.port, port);
}

static void
nowhere_at(struct place at, const char *text)
{
	struct endpoint e;

	check_true(at, !daned_endpoint(&e, span_of(text)), text);
}

static void
test_endpoint(void **state)
{
	(void)state;
	at("@", "127.0.0.1", 1998);
	at("@1999", "127.0.0.1", 1999);
	at("192.0.2.1@", "192.0.2.1", 1998);
	at("192.0.2.1@53", "192.0.2.1", 53);
	at("192.0.2.1", "192.0.2.1", 1998);
	at("0@1998", "0.0.0.0", 1998);
	at("::1@1999", "::1", 1999);
	at("[2001:db8::1]@", "2001:db8::1", 1998);
	nowhere("localhost@1998");
	nowhere("@0");
	nowhere("@65536");
	nowhere("@x");
	nowhere("a@b@1998");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_excuses),
		cmocka_unit_test(test_endpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
