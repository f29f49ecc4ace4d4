/*
 * report_test - the outcome, in the words that qmail-rspawn reads
 *
 * Each report is compared byte by byte, and then read as qmail-rspawn does.
 * Long because the words of every kind of report stand here.
 *
 * REQ: RPT-01 RPT-02 RPT-05 RPT-07 RPT-09 RPT-10 RPT-11 RPT-13
 */
#include "base/check.h"
#include "base/compiler.h"
#include "delivery/deliver.h"
#include "delivery/report.h"
#include "policy/ruling.h"

#include <errno.h>

/* ---- the reader ---- */

/* What qmail-rspawn tells qmail-send of a recipient. */
struct answer {
	char letter;
	struct span text, more;
};

/* The record that begins at *rest; false if it has no end. */
static bool
take_record(struct span *record, struct span *rest)
{
	if (span_find(*rest, '\0') == rest->n)
		return false;
	*record = span_cut(rest, '\0');
	return true;
}

/*
 * How qmail-rspawn reads what qmail-remote writes: the first K, Z or D is
 * about the message, none is D; h and s in the first record are about the
 * recipient and outweigh it.  The text is that of the first record, and then
 * that of the second if it is about the message and no better than the
 * letter.  This is one rule in netqmail, notqmail and indimail.
 */
static struct answer
rspawn_reads(int status, struct span output)
{
	static const char order[] = "DZK";
	struct answer answer = { 'D', SPAN(""), SPAN("") };
	struct span record, first = SPAN(""), second = SPAN("");
	size_t n = 0;
	char message = 'D';

	if (status != 0 || output.n == 0) {
		answer.letter = status == 0 || status == 111 ? 'Z' : 'D';
		return answer;
	}
	for (bool found = false; take_record(&record, &output); n++) {
		if (n == 0)
			first = record;
		if (n == 1)
			second = record;
		if (!found && record.n > 0 && strchr(order, record.p[0])) {
			message = record.p[0];
			found = true;
		}
	}
	answer.letter = message;
	if (first.n > 0 && first.p[0] == 's')
		answer.letter = 'Z';
	if (first.n > 0 && first.p[0] == 'h')
		answer.letter = 'D';
	answer.text = span_tail(first, 1);
	if (second.n > 0 && strchr(order, second.p[0]) != NULL &&
	    strchr(order, message) <= strchr(order, answer.letter))
		answer.more = span_tail(second, 1);
	return answer;
}

#define reads(...) reads_at(HERE, __VA_ARGS__)

static void
reads_at(struct place at, int status, struct span output, char letter,
    const char *text, const char *more)
{
	struct answer a = rspawn_reads(status, output);

	check_number(at, (unsigned char)a.letter, (unsigned char)letter);
	check_text(at, a.text, text);
	check_text(at, a.more, more);
}

static void
test_reader(void **state)
{
	(void)state;
	/* The reader itself, by what is known of it. */
	reads(0, SPAN("r\0Kok\0"), 'K', "", "ok");
	reads(0, SPAN("hno\0Dall\0"), 'D', "no", "all");
	reads(0, SPAN("slater\0Zall\0"), 'Z', "later", "all");
	reads(0, SPAN("hno\0Kok\0"), 'D', "no", "");
	reads(0, SPAN("slater\0Dall\0"), 'Z', "later", "all");
	reads(0, SPAN("r\0s\0Kok\0"), 'K', "", "");
	reads(0, SPAN("Zno\0"), 'Z', "no", "");
	/* An early K hides what comes after it. */
	reads(0, SPAN("Kso far\0Zno\0"), 'K', "so far", "no");
	/* Without a whole message record the mail is lost. */
	reads(0, SPAN("r\0"), 'D', "", "");
	reads(0, SPAN("warning\n"), 'D', "", "");
	reads(0, SPAN("Zno"), 'D', "", "");
	reads(0, SPAN(""), 'Z', "", "");
	reads(111, SPAN("Kok\0"), 'Z', "", "");
	reads(1, SPAN("Kok\0"), 'D', "", "");
}

/* ---- reports ---- */

static const struct span rcpt[] = { SPAN("bob@b.org"), SPAN("carol@b.org"),
	SPAN("dave@b.org") };
static const struct envelope envelope = {
	.sender = SPAN("alice@a.org"), .rcpt = rcpt, .nrcpt = 3
};

/* A reply of such lines. */
static const struct reply *
said(struct arena *a, const char *lines)
{
	struct reply *r = arena_take(a, sizeof(*r));
	struct span rest = span_of(lines);

	reply_clear(r);
	while (rest.n > 0)
		(void)reply_add(r, span_cut(&rest, '\n'));
	return r;
}

/* An outcome for so many recipients, of whom nothing is known. */
static void
begin(struct outcome *out, struct arena *a, size_t nrcpt, enum fate fate)
{
	outcome_begin(out, nrcpt, a);
	out->fate = fate;
	out->peer = SPAN("192.0.2.1");
}

static void
tell(struct outcome *out, size_t i, enum fate fate, const struct reply *r)
{
	out->rcpt[i] = (struct verdict){ fate, r };
}

/* One more candidate that failed, or was skipped if t is NULL. */
static void
try(struct outcome *out, struct arena *a, const char *peer, const char *name,
    const struct trouble *t)
{
	struct attempt *attempt = arena_zero(a, sizeof(*attempt));

	attempt->peer = span_of(peer);
	attempt->name = span_of(name);
	attempt->skipped = t == NULL;
	if (t != NULL)
		attempt->trouble = *t;
	*out->attempts_end = attempt;
	out->attempts_end = &attempt->next;
}

static struct span
report_of(struct arena *a, enum dialect d, const struct outcome *out)
{
	struct buf b;

	buf_init(&b, a, 100000);
	report_put(&b, d, &envelope, out);
	assert_false(b.full);
	return buf_span(&b);
}

#define reports(...) reports_at(HERE, check_arena(state), __VA_ARGS__)

/* The report, and what qmail-rspawn makes of it. */
static void
reports_at(struct place at, struct arena *a, enum dialect d,
    const struct outcome *out, struct span want, char letter)
{
	struct span got = report_of(a, d, out);

	check_span(at, got, want);
	check_number(at, (unsigned char)rspawn_reads(0, got).letter,
	    (unsigned char)letter);
}

#define indimail(out, text, letter)                                            \
	reports(DIALECT_INDIMAIL, (out), SPAN(text "\0"), letter)
#define classic(out, text, letter)                                             \
	reports(DIALECT_CLASSIC, (out), SPAN(text "\0"), letter)

static void
test_success(void **state)
{
	struct arena *a = check_arena(state);
	struct outcome out;

	begin(&out, a, 1, ACCEPTED);
	tell(&out, 0, ACCEPTED, NULL);
	out.reply = said(a, "250 2.0.0 queued as 7");
	indimail(&out,
	    "rFrom: <alice@a.org> RCPT: <bob@b.org> \0"
	    "K192.0.2.1 accepted message - Protocol SMTP.\n"
	    "Remote host said: 250 2.0.0 queued as 7\n"
	    "Protocol SMTP; TLS none; verified none\n",
	    'K');
	classic(&out,
	    "r\0"
	    "K192.0.2.1 accepted message - Protocol SMTP.\n"
	    "Remote host said: 250 2.0.0 queued as 7\n"
	    "Protocol SMTP; TLS none; verified none\n",
	    'K');
}

static void
test_some_recipients(void **state)
{
	struct arena *a = check_arena(state);
	struct outcome out;

	begin(&out, a, 3, ACCEPTED);
	tell(&out, 0, ACCEPTED, NULL);
	tell(&out, 1, REFUSED, said(a, "550-5.1.1 no\n550 5.1.1 such user"));
	tell(&out, 2, DEFERRED, said(a, "452 full"));
	out.reply = said(a, "250 ok");
	indimail(&out,
	    "rFrom: <alice@a.org> RCPT: <bob@b.org> \0"
	    "hFrom: <alice@a.org> RCPT: <carol@b.org> "
	    "192.0.2.1 does not like recipient.\n"
	    "Remote host said: 550-5.1.1 no\n550 5.1.1 such user\n\0"
	    "sFrom: <alice@a.org> RCPT: <dave@b.org> "
	    "192.0.2.1 does not like recipient.\n"
	    "Remote host said: 452 full\n\0"
	    "K192.0.2.1 accepted message - Protocol SMTP.\n"
	    "Remote host said: 250 ok\n"
	    "Protocol SMTP; TLS none; verified none\n",
	    'K');
	classic(&out,
	    "r\0"
	    "h192.0.2.1 does not like recipient.\n"
	    "Remote host said: 550-5.1.1 no\n550 5.1.1 such user\n\0"
	    "s192.0.2.1 does not like recipient.\n"
	    "Remote host said: 452 full\n\0"
	    "K192.0.2.1 accepted message - Protocol SMTP.\n"
	    "Remote host said: 250 ok\n"
	    "Protocol SMTP; TLS none; verified none\n",
	    'K');
}

static void
test_recipient_refused(void **state)
{
	struct arena *a = check_arena(state);
	struct outcome out;

	begin(&out, a, 1, REFUSED);
	tell(&out, 0, REFUSED, said(a, "550 no"));
	out.trouble = (struct trouble){
		.stage = AT_RCPT, .cause = BY_5XX, .reply = out.rcpt[0].reply
	};
	indimail(&out,
	    "hFrom: <alice@a.org> RCPT: <bob@b.org> "
	    "192.0.2.1 does not like recipient.\n"
	    "Remote host said: 550 no\n\0"
	    "DGiving up on 192.0.2.1.\n"
	    "Remote host said: 550 no\n",
	    'D');

	out.fate = DEFERRED;
	tell(&out, 0, DEFERRED, said(a, "450 later"));
	out.trouble = (struct trouble){
		.stage = AT_RCPT, .cause = BY_4XX, .reply = out.rcpt[0].reply
	};
	classic(&out,
	    "s192.0.2.1 does not like recipient.\n"
	    "Remote host said: 450 later\n\0"
	    "ZGiving up on 192.0.2.1.\n"
	    "Remote host said: 450 later\n",
	    'Z');
}

static void
test_untried_recipients(void **state)
{
	struct arena *a = check_arena(state);
	struct outcome out;

	begin(&out, a, 3, REFUSED);
	/* None of whom nothing was said. */
	out.trouble = (struct trouble){
		.stage = AT_MAIL, .cause = BY_5XX, .reply = said(a, "550 no")
	};
	indimail(&out,
	    "DConnected to 192.0.2.1 but sender was rejected.\n"
	    "Remote host said: 550 no\n",
	    'D');
	/* And none behind one of those. */
	out.fate = DEFERRED;
	tell(&out, 0, ACCEPTED, NULL);
	tell(&out, 2, ACCEPTED, NULL);
	out.trouble = (struct trouble){ .stage = AT_RCPT, .cause = BY_TIMEOUT };
	classic(&out,
	    "r\0"
	    "ZConnected to 192.0.2.1 but connection died. (#4.4.2)\n"
	    "The last step was RCPT: timed out.\n",
	    'Z');
}

static void
test_breakdowns(void **state)
{
	struct arena *a = check_arena(state);
	struct outcome out;

	begin(&out, a, 1, DEFERRED);
	out.trouble = (struct trouble){
		.stage = AT_HELLO, .cause = BY_SYSTEM, .err = EHOSTUNREACH
	};
	classic(&out,
	    "ZConnected to 192.0.2.1 but connection died. (#4.4.2)\n"
	    "The last step was HELO: No route to host.\n",
	    'Z');
	out.trouble = (struct trouble){ .stage = AT_BODY, .cause = BY_CLOSE };
	classic(&out,
	    "ZConnected to 192.0.2.1 but connection died. (#4.4.2)\n"
	    "The last step was message: connection closed.\n",
	    'Z');
	/* No full stop behind an exclamation mark. */
	out.trouble = (struct trouble){ .stage = AT_DOT, .cause = BY_TIMEOUT };
	classic(&out,
	    "ZConnected to 192.0.2.1 but connection died. "
	    "Possible duplicate! (#4.4.2)\n"
	    "The last step was end of message: timed out.\n",
	    'Z');
	out.trouble = (struct trouble){
		.stage = AT_DOT, .cause = BY_GARBLE, .reply = said(a, "what?")
	};
	classic(&out,
	    "Z192.0.2.1 failed after I sent the message. "
	    "Possible duplicate!\n"
	    "Remote host said: what?\n",
	    'Z');
	/* It spoke before it went: that is why, and there is no more to say. */
	out.trouble = (struct trouble){ .stage = AT_DATA,
		.cause = BY_4XX,
		.reply = said(a, "451-disk\n451 full") };
	classic(&out,
	    "Z192.0.2.1 failed on DATA command.\n"
	    "Remote host said: 451-disk\n451 full\n",
	    'Z');
}

#define before(trouble, text, letter)                                          \
	before_at(HERE, check_arena(state), (trouble), SPAN(text "\0"), letter)

/* A trouble before any server, as outcome_trouble() takes it. */
static void
before_at(struct place at, struct arena *a, struct trouble t, struct span want,
    char letter)
{
	struct outcome out;

	outcome_begin(&out, 3, a);
	outcome_trouble(&out, &t);
	reports_at(at, a, DIALECT_INDIMAIL, &out, want, letter);
	reports_at(at, a, DIALECT_CLASSIC, &out, want, letter);
}

static void
test_before_any_server(void **state)
{
	struct trouble t = { .stage = AT_USAGE, .cause = BY_LACK };

	/* REQ: CLI-02 */
	before(t, "ZI (qmail-remote) was invoked improperly. (#4.3.5)\n", 'Z');
	t = (struct trouble){ .stage = AT_NO_SUCH_HOST,
		.cause = BY_LACK,
		.about = SPAN("nowhere.example") };
	before(t,
	    "DSorry, I couldn't find any host named nowhere.example. "
	    "(#5.1.2)\n",
	    'D');
	t = (struct trouble){
		.stage = AT_MESSAGE, .cause = BY_SYSTEM, .err = EIO
	};
	before(
	    t, "ZUnable to read message: Input/output error. (#4.3.0)\n", 'Z');
	/* The file, the line, and what is wrong with it. */
	t = (struct trouble){ .stage = AT_CONTROL,
		.cause = BY_GARBLE,
		.why = { SPAN("control/me"), 2, SPAN("a NUL byte") } };
	before(t,
	    "ZUnable to read control files: control/me:2 (a NUL byte): "
	    "not understood. (#4.3.0)\n",
	    'Z');
	t = (struct trouble){ .stage = AT_CONTROL,
		.cause = BY_SYSTEM,
		.err = EACCES,
		.why = { SPAN("control/me"), 0, SPAN("") } };
	before(t,
	    "ZUnable to read control files: control/me: Permission denied. "
	    "(#4.3.0)\n",
	    'Z');
	/* What was given to us is shown only as far as it can be. */
	t = (struct trouble){ .stage = AT_ADDRESS,
		.cause = BY_GARBLE,
		.about = SPAN("b@b.org\nK\0\x1b\xff") };
	before(t,
	    "DSorry, the address b@b.org?K??? has a character in it that no "
	    "server may see. "
	    "(#5.1.3)\n",
	    'D');
	t = (struct trouble){ .stage = AT_RELAY,
		.cause = BY_LACK,
		.about = SPAN("relay"),
		.why = { SPAN("routes\n"), 7, SPAN(".org\t") } };
	before(t,
	    "ZSorry, the relay relay of routes?:7 (.org?) has no address. "
	    "(#4.4.4)\n",
	    'Z');
}

static void
test_one_candidate(void **state)
{
	struct arena *a = check_arena(state);
	struct outcome out, other;

	begin(&out, a, 1, DEFERRED);
	begin(&other, a, 1, REFUSED);
	/* The headline does not name it, so the list does. */
	out.trouble = (struct trouble){
		.stage = AT_CONNECT, .cause = BY_SYSTEM, .err = ECONNREFUSED
	};
	try(&out, a, "192.0.2.1", "mx.b.org", &out.trouble);
	classic(&out,
	    "ZSorry, I wasn't able to establish an SMTP connection. "
	    "(#4.4.1)\n"
	    "Tried 192.0.2.1 (mx.b.org): connect: Connection refused\n",
	    'Z');

	/* Here it does. */
	other.trouble = (struct trouble){ .stage = AT_GREETING,
		.cause = BY_5XX,
		.reply = said(a, "554 go away") };
	try(&other, a, "192.0.2.1", "mx.b.org", &other.trouble);
	classic(&other,
	    "DConnected to 192.0.2.1 but greeting failed.\n"
	    "Remote host said: 554 go away\n",
	    'D');
}

static void
test_several_candidates(void **state)
{
	struct trouble refused = {
		.stage = AT_CONNECT, .cause = BY_SYSTEM, .err = ECONNREFUSED
	};
	struct trouble died = { .stage = AT_GREETING, .cause = BY_CLOSE };
	struct trouble no = { .stage = AT_GREETING, .cause = BY_5XX };
	struct arena *a = check_arena(state);
	struct outcome out;

	begin(&out, a, 1, DEFERRED);
	no.reply = said(a, "554-go\n554 away");
	try(&out, a, "192.0.2.3", "mx1.b.org", &refused);
	try(&out, a, "2001:db8::1", "m\nx2", &died);
	try(&out, a, "192.0.2.2", "", NULL);
	try(&out, a, "192.0.2.1", "mx3.b.org", &no);
	out.trouble = no;
	/* The letter is that of all, the words are those of the last. */
	classic(&out,
	    "ZConnected to 192.0.2.1 but greeting failed.\n"
	    "Remote host said: 554-go\n554 away\n"
	    "Tried 192.0.2.3 (mx1.b.org): connect: Connection refused\n"
	    "Tried 2001:db8::1 (m?x2): greeting: connection closed\n"
	    "Skipped 192.0.2.2: it failed lately\n"
	    "Tried 192.0.2.1 (mx3.b.org): greeting: 554-go\n",
	    'Z');
}

static void
test_first_failed_second_refused(void **state)
{
	struct trouble died = { .stage = AT_GREETING, .cause = BY_TIMEOUT };
	struct arena *a = check_arena(state);
	struct outcome out;

	begin(&out, a, 1, REFUSED);
	/* The one that settled it is not in the list. */
	try(&out, a, "192.0.2.9", "mx1.b.org", &died);
	tell(&out, 0, ACCEPTED, NULL);
	out.trouble = (struct trouble){
		.stage = AT_DOT, .cause = BY_5XX, .reply = said(a, "554 spam")
	};
	classic(&out,
	    "r\0"
	    "D192.0.2.1 failed after I sent the message.\n"
	    "Remote host said: 554 spam\n"
	    "Tried 192.0.2.9 (mx1.b.org): greeting: timed out\n",
	    'D');
}

static void
test_all_skipped(void **state)
{
	struct arena *a = check_arena(state);
	struct outcome out;

	begin(&out, a, 1, DEFERRED);
	/* REQ: TRY-06 */
	out.trouble = (struct trouble){ .stage = AT_ALL_SKIPPED,
		.cause = BY_LACK,
		.about = SPAN("b.org") };
	try(&out, a, "192.0.2.1", "mx.b.org", NULL);
	classic(&out,
	    "ZSorry, every server for b.org failed lately and is left in "
	    "peace for now. (#4.4.1)\n"
	    "Skipped 192.0.2.1 (mx.b.org): it failed lately\n",
	    'Z');
}

static void
test_class_goes_with_letter(void **state)
{
	struct outcome out;

	begin(&out, check_arena(state), 1, DEFERRED);
	out.trouble = (struct trouble){
		.stage = AT_NO_ADDRESS, .cause = BY_LACK, .about = SPAN("b.org")
	};
	classic(&out,
	    "ZSorry, I couldn't find a mail exchanger or IP address for "
	    "b.org. (#4.4.4)\n",
	    'Z');
}

static void
test_headline(void **state)
{
	struct trouble t = { .stage = AT_DNS, .about = SPAN("b.org") };
	struct buf b;

	buf_init(&b, check_arena(state), 100);
	report_put_headline(&b, &t, SPAN("192.0.2.1"));
	check_text(
	    HERE, buf_span(&b), "DNS lookup of b.org failed temporarily");
}

static void
test_too_long(void **state)
{
	struct outcome out;
	struct buf b;

	begin(&out, check_arena(state), 1, DEFERRED);
	/* One that is not whole can be told. */
	out.trouble = (struct trouble){ .stage = AT_DNS };
	buf_init(&b, check_arena(state), 10);
	report_put(&b, DIALECT_CLASSIC, &envelope, &out);
	assert_true(b.full);
}

/* Any report: records as they must be, and a verdict that is true. */
static void
check_report(const struct outcome *out, struct span report)
{
	char letter = rspawn_reads(0, report).letter;
	struct span record, rest = report;
	size_t n = 0;

	assert_int_not_equal(letter, 'K');
	if (out->rcpt[0].fate == DEFERRED)
		assert_int_equal(letter, 'Z');
	else if (out->rcpt[0].fate == REFUSED)
		assert_int_equal(letter, 'D');
	else
		assert_int_equal(letter, out->fate == REFUSED ? 'D' : 'Z');
	for (; take_record(&record, &rest); n++) {
		assert_true(record.n > 0);
		assert_non_null(strchr(rest.n > 0 ? "rhs" : "ZD", record.p[0]));
		for (size_t i = 0; i < record.n; i++)
			assert_true(
			    record.p[i] == '\n' ||
			    (record.p[i] >= 0x20 && record.p[i] <= 0x7e));
	}
	assert_int_equal(rest.n, 0);
	assert_int_equal(n, out->rcpt[0].fate == UNTRIED ? 1 : 2);
}

/* The reports of a trouble, whatever the recipient was told before. */
static void
check_trouble(struct arena *a, const struct trouble *t)
{
	static const enum fate fates[] = { UNTRIED, ACCEPTED, DEFERRED,
		REFUSED };

	for (size_t i = 0; i < COUNT_OF(fates); i++) {
		struct outcome out;

		begin(&out, a, 1, UNTRIED);
		outcome_trouble(&out, t);
		tell(&out, 0, fates[i], said(a, "599 \x01\xff"));
		check_report(&out, report_of(a, DIALECT_INDIMAIL, &out));
		check_report(&out, report_of(a, DIALECT_CLASSIC, &out));
	}
}

static void
test_every_trouble(void **state)
{
	struct trouble t = { .err = ENOENT, .about = SPAN("b\norg") };

	/* Whatever goes wrong, wherever: it is never taken for success. */
	for (; t.stage < STAGES; t.stage++) {
		for (t.cause = BY_NOTHING; t.cause <= BY_DISTRUST; t.cause++) {
			struct arena *a = arena_beside(check_arena(state));

			t.reply = NULL;
			check_trouble(a, &t);
			t.reply = said(a, "x\x02\n\xff");
			check_trouble(a, &t);
			arena_free(a);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_reader),
		CHECK(test_success),
		CHECK(test_some_recipients),
		CHECK(test_recipient_refused),
		CHECK(test_untried_recipients),
		CHECK(test_breakdowns),
		CHECK(test_before_any_server),
		CHECK(test_one_candidate),
		CHECK(test_several_candidates),
		CHECK(test_first_failed_second_refused),
		CHECK(test_all_skipped),
		CHECK(test_class_goes_with_letter),
		CHECK(test_headline),
		CHECK(test_too_long),
		CHECK(test_every_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
