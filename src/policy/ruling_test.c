/*
 * ruling_test - what each trouble means
 *
 * REQ: MXP-01 MXP-03 TRY-01 TRY-02 TRY-03 TRY-09 DNS-05 RTE-12 TLS-03
 */
#include "base/check.h"
#include "base/compiler.h"
#include "policy/ruling.h"

#include <errno.h>

/* Circumstances, or-ed in any way, are below this. */
enum { GIVENS = 2 * GIVEN_AUTH_PERMFAIL };

/* A loop over every stage and cause. */
#define FOR_EVERY_TROUBLE(t)                                                   \
	for (struct trouble t = { .err = ENOENT }; t.stage < STAGES;           \
	     t.stage++)                                                        \
		for (t.cause = BY_NOTHING; t.cause <= BY_DISTRUST; t.cause++)

static bool
is_one_of(enum stage s, const enum stage *stages, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (stages[i] == s)
			return true;
	return false;
}

static bool
is_ecode(const char *ecode, char class)
{
	size_t dots = 0, digits = 0;

	for (const char *c = ecode; *c != '\0'; c++) {
		dots += *c == '.';
		digits += *c >= '0' && *c <= '9';
	}
	return ecode[0] == class && dots == 2 && digits >= 3 &&
	       dots + digits == strlen(ecode);
}

static void
test_every_trouble_has_a_ruling(void **state)
{
	(void)state;
	FOR_EVERY_TROUBLE(t)
	{
		for (unsigned given = 0; given < GIVENS; given++) {
			struct ruling r = ruling_for(&t, given);

			assert_in_range(r.act, STOP, AGAIN_SMTP);
			assert_true(r.fate == DEFERRED || r.fate == REFUSED);
			/* The code goes with the letter. */
			assert_true(
			    is_ecode(r.ecode, r.fate == REFUSED ? '5' : '4'));
			assert_true(strlen(r.text) > 10);
			assert_int_not_equal(r.text[strlen(r.text) - 1], '.');
		}
	}
}

static void
test_texts_can_be_filled_in(void **state)
{
	(void)state;
	FOR_EVERY_TROUBLE(t)
	{
		const char *text = ruling_for(&t, 0).text;

		for (; *text != '\0'; text++) {
			/* One line, which the report ends. */
			assert_in_range(*text, 0x20, 0x7e);
			if (*text == '%')
				assert_non_null(memchr("phwe", *++text, 4));
		}
	}
}

/* Whether TLS is made there, or what it has to prove found out. */
static bool
is_of_tls(enum stage s)
{
	return s == AT_TLSA || s == AT_UNPROVEN || s == AT_STARTTLS ||
	       s == AT_HANDSHAKE || s == AT_REQUIRETLS;
}

static void
test_only_the_final_is_refused(void **state)
{
	static const enum stage final[] = { AT_ADDRESS, AT_PARTIAL_LINE,
		AT_NO_SUCH_HOST, AT_NO_ADDRESS, AT_NULL_MX, AT_OURSELVES,
		AT_SMTPUTF8 };

	(void)state;
	/* Nothing that is local, or may pass, bounces mail. */
	FOR_EVERY_TROUBLE(t)
	{
		bool by_nature = is_one_of(t.stage, final, COUNT_OF(final));

		if (ruling_for(&t, 0).fate == REFUSED)
			assert_true(by_nature || t.cause == BY_5XX);
		if (by_nature)
			assert_int_equal(ruling_for(&t, 0).fate, REFUSED);
	}
	/* What it refuses for good is refused, but not our name, nor TLS, nor
	 * our login, unless that is wanted. */
	FOR_EVERY_TROUBLE(t)
	{
		if (t.cause == BY_5XX && t.stage >= AT_GREETING &&
		    t.stage != AT_HELLO && !is_of_tls(t.stage))
			assert_int_equal(
			    ruling_for(&t, GIVEN_AUTH_PERMFAIL).fate, REFUSED);
		if (t.stage == AT_AUTH)
			assert_int_equal(ruling_for(&t, 0).fate, DEFERRED);
	}
}

/* Whether TRY-01 lists it, as one that goes into the timeout table. */
static bool
is_listed(const struct trouble *t, unsigned given)
{
	switch (t->stage) {
	case AT_CONNECT:
	case AT_CONNECT_QMTP:
		/* A lack of sockets is ours; so is a try that SMTP follows. */
		return t->cause != BY_LACK && (given & GIVEN_LOCAL) == 0 &&
		       (t->stage == AT_CONNECT || (given & GIVEN_MXPS) == 0);
	case AT_GREETING:
		return t->cause == BY_SYSTEM || t->cause == BY_TIMEOUT ||
		       t->cause == BY_CLOSE || t->cause == BY_4XX;
	case AT_HELLO:
		return t->cause == BY_4XX && (given & GIVEN_HELLO_NEXT) != 0;
	default:
		return false;
	}
}

static void
test_penalties(void **state)
{
	(void)state;
	FOR_EVERY_TROUBLE(t)
	{
		for (unsigned given = 0; given < GIVENS; given++) {
			struct ruling r = ruling_for(&t, given);

			assert_int_equal(r.penalise, is_listed(&t, given));
			/* Who is in the table is not asked again at once. */
			if (r.penalise)
				assert_int_equal(r.act, NEXT);
		}
	}
}

static void
test_nothing_next_once_the_sender_is_said(void **state)
{
	(void)state;
	/* The server had its say, or may have: no other one is asked. */
	FOR_EVERY_TROUBLE(t)
	{
		for (unsigned given = 0; given < GIVENS; given++)
			if (t.stage >= AT_MAIL || t.stage == AT_PACKAGE ||
			    t.stage == AT_ANSWER)
				assert_int_equal(
				    ruling_for(&t, given).act, STOP);
	}
}

static void
test_clear_text_only_where_nobody_demands_tls(void **state)
{
	(void)state;
	FOR_EVERY_TROUBLE(t)
	{
		for (unsigned given = 0; given < GIVENS; given++) {
			struct ruling r = ruling_for(&t, given);

			if (r.act != AGAIN_PLAIN)
				continue;
			assert_true((given & GIVEN_MAY_BE_PLAIN) != 0);
			assert_true(is_of_tls(t.stage));
			/* What is wrong with our own files stays wrong. */
			assert_int_not_equal(t.cause, BY_LACK);
		}
	}
}

#define rules(...) rules_at(HERE, __VA_ARGS__)

static void
rules_at(struct place at, enum stage stage, enum cause cause, unsigned given,
    enum act act, enum fate fate, const char *ecode)
{
	struct trouble t = { .stage = stage, .cause = cause };
	struct ruling r = ruling_for(&t, given);

	check_number(at, r.act, act);
	check_number(at, r.fate, fate);
	check_text(at, span_of(r.ecode), ecode);
}

/* REQ: MXP-01 */
static void
test_smtp_only_where_qmtp_was_not_begun(void **state)
{
	(void)state;
	FOR_EVERY_TROUBLE(t)
	{
		bool begun = t.stage != AT_CLEAR && t.stage != AT_CONNECT_QMTP;

		for (unsigned given = 0; given < GIVENS; given++) {
			struct ruling r = ruling_for(&t, given);

			if (r.act != AGAIN_SMTP)
				continue;
			assert_true((given & GIVEN_MXPS) != 0);
			assert_false(begun);
			assert_false(r.penalise);
		}
	}
	rules(AT_CLEAR, BY_LACK, GIVEN_MXPS, AGAIN_SMTP, DEFERRED, "4.7.4");
	rules(AT_CLEAR, BY_LACK, 0, NEXT, DEFERRED, "4.7.4");
	rules(AT_CONNECT_QMTP, BY_TIMEOUT, GIVEN_MXPS, AGAIN_SMTP, DEFERRED,
	    "4.4.1");
	rules(AT_CONNECT, BY_TIMEOUT, GIVEN_MXPS, NEXT, DEFERRED, "4.4.1");
	rules(AT_CONNECT_QMTP, BY_SYSTEM, 0, NEXT, DEFERRED, "4.4.1");
	rules(AT_CONNECT_QMTP, BY_LACK, GIVEN_MXPS, STOP, DEFERRED, "4.3.0");
	rules(AT_PACKAGE, BY_CLOSE, GIVEN_MXPS, STOP, DEFERRED, "4.4.2");
	rules(AT_PACKAGE, BY_GARBLE, 0, STOP, DEFERRED, "4.3.0");
	rules(AT_ANSWER, BY_GARBLE, 0, STOP, DEFERRED, "4.3.0");
	rules(AT_ANSWER, BY_TIMEOUT, 0, STOP, DEFERRED, "4.4.2");
}

static void
test_failed_tls_asks_the_next(void **state)
{
	(void)state;
	FOR_EVERY_TROUBLE(t)
	{
		struct ruling r = ruling_for(&t, 0);

		if (!is_of_tls(t.stage))
			continue;
		assert_int_equal(r.fate, DEFERRED);
		assert_int_equal(r.act, NEXT);
	}
}

static void
test_duplicates(void **state)
{
	(void)state;
	/* Only at the end, and only if the answer to it is not known. */
	FOR_EVERY_TROUBLE(t)
	{
		bool twice = t.stage == AT_ANSWER ||
		             (t.stage == AT_DOT && t.cause != BY_4XX &&
		                 t.cause != BY_5XX);

		for (unsigned given = 0; given < GIVENS; given++) {
			struct ruling r = ruling_for(&t, given);

			assert_int_equal(r.maybe_twice, twice);
			assert_int_equal(
			    strstr(r.text, "Possible duplicate!") != NULL,
			    twice);
		}
	}
}

static void
test_nothing_to_call_from(void **state)
{
	struct trouble t = { .stage = AT_CONNECT, .cause = BY_SYSTEM };

	(void)state;
	for (t.err = 1; t.err < 134; t.err++)
		assert_int_equal(ruling_for(&t, 0).penalise,
		    t.err != EADDRNOTAVAIL && t.err != EAFNOSUPPORT);
}

static void
test_rows(void **state)
{
	(void)state;
	rules(AT_USAGE, BY_LACK, 0, STOP, DEFERRED, "4.3.5");
	rules(AT_ADDRESS, BY_GARBLE, 0, STOP, REFUSED, "5.1.3");
	rules(AT_PARTIAL_LINE, BY_LACK, 0, STOP, REFUSED, "5.6.2");
	rules(AT_CONTROL, BY_SYSTEM, 0, STOP, DEFERRED, "4.3.0");
	rules(AT_DNS, BY_LACK, 0, STOP, DEFERRED, "4.4.3");
	rules(AT_NO_SUCH_HOST, BY_LACK, 0, STOP, REFUSED, "5.1.2");
	rules(AT_NO_ADDRESS, BY_LACK, 0, STOP, REFUSED, "5.4.4");
	rules(AT_NULL_MX, BY_LACK, 0, STOP, REFUSED, "5.1.10");
	rules(AT_OURSELVES, BY_LACK, 0, STOP, REFUSED, "5.4.6");
	rules(AT_ALL_SKIPPED, BY_LACK, 0, STOP, DEFERRED, "4.4.1");

	rules(AT_CONNECT, BY_SYSTEM, 0, NEXT, DEFERRED, "4.4.1");
	rules(AT_CONNECT, BY_TIMEOUT, 0, NEXT, DEFERRED, "4.4.1");
	rules(AT_CONNECT, BY_SYSTEM, GIVEN_LOCAL, NEXT, DEFERRED, "4.4.1");
	rules(AT_CONNECT_QMTP, BY_SYSTEM, GIVEN_LOCAL, NEXT, DEFERRED, "4.4.1");
	rules(AT_CONNECT, BY_LACK, 0, STOP, DEFERRED, "4.3.0");
	rules(AT_GREETING, BY_CLOSE, 0, NEXT, DEFERRED, "4.4.2");
	rules(AT_GREETING, BY_4XX, 0, NEXT, DEFERRED, "4.4.2");
	rules(AT_GREETING, BY_5XX, 0, NEXT, REFUSED, "5.4.2");
	rules(AT_GREETING, BY_GARBLE, 0, NEXT, DEFERRED, "4.5.0");
	rules(AT_HELLO, BY_4XX, 0, STOP, DEFERRED, "4.5.0");
	rules(AT_HELLO, BY_4XX, GIVEN_HELLO_NEXT, NEXT, DEFERRED, "4.4.2");
	rules(AT_HELLO, BY_5XX, 0, STOP, DEFERRED, "4.5.0");
	rules(AT_HELLO, BY_5XX, GIVEN_HELLO_NEXT, STOP, DEFERRED, "4.5.0");
	rules(AT_HELLO, BY_CLOSE, GIVEN_HELLO_NEXT, STOP, DEFERRED, "4.4.2");

	rules(AT_DNSSEC, BY_LACK, 0, STOP, DEFERRED, "4.7.5");
	rules(AT_TLSA, BY_LACK, 0, NEXT, DEFERRED, "4.7.5");
	rules(AT_STARTTLS, BY_LACK, 0, NEXT, DEFERRED, "4.7.4");
	rules(AT_STARTTLS, BY_4XX, 0, NEXT, DEFERRED, "4.7.4");
	rules(AT_STARTTLS, BY_5XX, 0, NEXT, DEFERRED, "4.7.4");
	rules(AT_STARTTLS, BY_CLOSE, 0, NEXT, DEFERRED, "4.7.0");
	rules(AT_STARTTLS, BY_CLOSE, GIVEN_MAY_BE_PLAIN, AGAIN_PLAIN, DEFERRED,
	    "4.7.0");
	rules(AT_STARTTLS, BY_4XX, GIVEN_MAY_BE_PLAIN, AGAIN_PLAIN, DEFERRED,
	    "4.7.0");
	rules(AT_HANDSHAKE, BY_LACK, 0, NEXT, DEFERRED, "4.3.0");
	rules(
	    AT_HANDSHAKE, BY_LACK, GIVEN_MAY_BE_PLAIN, NEXT, DEFERRED, "4.3.0");
	rules(AT_HANDSHAKE, BY_DISTRUST, 0, NEXT, DEFERRED, "4.7.5");
	rules(AT_HANDSHAKE, BY_GARBLE, 0, NEXT, DEFERRED, "4.7.0");
	rules(AT_HANDSHAKE, BY_TIMEOUT, GIVEN_MAY_BE_PLAIN, AGAIN_PLAIN,
	    DEFERRED, "4.7.0");

	rules(AT_MAIL, BY_5XX, 0, STOP, REFUSED, "5.1.0");
	rules(AT_MAIL, BY_TIMEOUT, 0, STOP, DEFERRED, "4.4.2");
	rules(AT_RCPT, BY_4XX, 0, STOP, DEFERRED, "4.1.1");
	rules(AT_RCPT, BY_5XX, 0, STOP, REFUSED, "5.1.1");
	rules(AT_DATA, BY_GARBLE, 0, STOP, DEFERRED, "4.5.0");
	rules(AT_BODY, BY_CLOSE, 0, STOP, DEFERRED, "4.4.2");
	rules(AT_DOT, BY_5XX, 0, STOP, REFUSED, "5.6.0");
	rules(AT_DOT, BY_TIMEOUT, 0, STOP, DEFERRED, "4.4.2");
}

#define reads(stage, cause, words)                                             \
	reads_at(HERE, (struct trouble){ stage, cause }, words)

static void
reads_at(struct place at, struct trouble t, const char *words)
{
	check_true(at, strstr(ruling_for(&t, 0).text, words) != NULL, words);
}

static void
test_customary_words(void **state)
{
	(void)state;
	/* What log analysers look for.                          REQ: RPT-05 */
	reads(AT_MAIL, BY_5XX, "Connected to %p but sender was rejected");
	reads(AT_GREETING, BY_CLOSE, "Connected to %p but connection died");
	reads(AT_MAIL, BY_CLOSE, "Connected to %p but connection died");
	reads(AT_DOT, BY_CLOSE, "but connection died. Possible duplicate!");
	reads(AT_RCPT, BY_5XX, "Giving up on %p");
	reads(AT_DATA, BY_4XX, "%p failed on DATA command");
	reads(AT_DOT, BY_4XX, "%p failed after I sent the message");
	reads(AT_NO_SUCH_HOST, BY_LACK,
	    "Sorry, I couldn't find any host named %h");
	reads(AT_CONNECT, BY_TIMEOUT,
	    "Sorry, I wasn't able to establish an SMTP connection");
	reads(AT_GREETING, BY_4XX, "Connected to %p but greeting failed");
	reads(AT_HELLO, BY_5XX, "Connected to %p but my name was rejected");
	reads(AT_PARTIAL_LINE, BY_LACK, "partial final lines");
	reads(AT_CNAME, BY_LACK, "CNAME lookup failed temporarily");
	reads(AT_USAGE, BY_LACK, "was invoked improperly");
}

static void
test_names(void **state)
{
	(void)state;
	for (enum stage s = 0; s < STAGES; s++)
		assert_true(strlen(stage_name(s)) > 1);
	assert_string_equal(stage_name(AT_GREETING), "greeting");
	assert_string_equal(stage_name(AT_RCPT), "RCPT");
	assert_string_equal(stage_name(STAGES), "?");
	assert_string_equal(act_name(STOP), "stop");
	assert_string_equal(act_name(NEXT), "next");
	assert_string_equal(act_name(AGAIN_PLAIN), "again in clear");
}

#define words(...) words_at(HERE, __VA_ARGS__)

static void
words_at(struct place at, enum cause cause, int err, const char *want)
{
	struct trouble t = { .cause = cause, .err = err };

	check_text(at, span_of(cause_words(&t)), want);
}

static void
test_causes(void **state)
{
	(void)state;
	words(BY_SYSTEM, ECONNREFUSED, "Connection refused");
	words(BY_SYSTEM, 123456, "unknown error");
	words(BY_LACK, EMFILE, "Too many open files");
	words(BY_LACK, 0, "missing");
	words(BY_LACK, 123456, "missing");
	words(BY_TIMEOUT, 0, "timed out");
	words(BY_CLOSE, ECONNRESET, "connection closed");
	words(BY_GARBLE, 0, "not understood");
	words(BY_4XX, 0, "deferred");
	words(BY_5XX, 0, "refused");
	words(BY_DISTRUST, 0, "not trusted");
	words(BY_NOTHING, 0, "no reason");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_every_trouble_has_a_ruling),
		CHECK(test_texts_can_be_filled_in),
		CHECK(test_only_the_final_is_refused),
		CHECK(test_penalties),
		CHECK(test_nothing_next_once_the_sender_is_said),
		CHECK(test_clear_text_only_where_nobody_demands_tls),
		CHECK(test_smtp_only_where_qmtp_was_not_begun),
		CHECK(test_failed_tls_asks_the_next),
		CHECK(test_duplicates),
		CHECK(test_nothing_to_call_from),
		CHECK(test_rows),
		CHECK(test_customary_words),
		CHECK(test_names),
		CHECK(test_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
