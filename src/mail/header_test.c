/*
 * header_test - which headers need SMTPUTF8
 *
 * REQ: EAI-01 EAI-02 EAI-03
 */
#include "base/check.h"
#include "mail/header.h"

#define A_UMLAUT "\xc3\xa4"

#define needs(text) scan_at(HERE, SPAN(""), SPAN(text), true)
#define plain(text) scan_at(HERE, SPAN(""), SPAN(text), false)
#define both_need(extra, text) scan_at(HERE, SPAN(extra), SPAN(text), true)
#define both_plain(extra, text) scan_at(HERE, SPAN(extra), SPAN(text), false)

static void
scan_at(struct place at, struct span extra, struct span text, bool want)
{
	check_number(at, header_needs_utf8(extra, text), want);
}

static void
test_bytes(void **state)
{
	(void)state;
	plain("");
	plain("\n");
	plain("Subject: lunch\n\nAt twelve?\n");
	needs("Subject: k" A_UMLAUT "se\n\nbody\n");
	needs("Subject: k" A_UMLAUT "se\n");
	needs("A: b\nSubject: k" A_UMLAUT "se\nC: d\n\n");
	/* The body is none of the header. */
	plain("Subject: x\n\nk" A_UMLAUT "se\n");
	plain("\nk" A_UMLAUT "se\n");
	plain("Subject: x\r\n\r\nk" A_UMLAUT "se\r\n");
	plain("\r\nk" A_UMLAUT "se\r\n");
	/* A line of white space does not end it, nor does a lone CR. */
	needs("Subject: x\n \nY: " A_UMLAUT "\n\n");
	needs("Subject: x\n\rY: " A_UMLAUT "\n\n");
	/* Another character set is not UTF-8. */
	plain("Subject: k\xe4se\n\nbody\n");
	plain("A: k\xe4se\nB: k" A_UMLAUT "se\n\nbody\n");
	/* Bad bytes in the body do not matter. */
	needs("Subject: k" A_UMLAUT "se\n\n\xe4\n");
}

static void
test_extra(void **state)
{
	(void)state;
	both_plain("X: a\n", "Subject: b\n\n" A_UMLAUT "\n");
	both_need("X: " A_UMLAUT "\n", "Subject: b\n\nbody\n");
	both_need("X: a\n", "Subject: " A_UMLAUT "\n\nbody\n");
	both_need("X: " A_UMLAUT "\n", "\nbody\n");
	/* An empty line in the one ends both. */
	both_plain("X: a\n\nb\n", "Subject: " A_UMLAUT "\n\nbody\n");
	both_need("X: " A_UMLAUT "\n\n\xe4\n", "\xe4\n");
	/* As a whole they are UTF-8, or they are not. */
	both_plain("X: " A_UMLAUT "\n", "Subject: \xe4\n\nbody\n");
	both_plain("X: \xe4\n", "Subject: " A_UMLAUT "\n\nbody\n");
	both_need("Received: by x with UTF8SMTP; now\n", "Subject: b\n\n");
}

static void
test_trace(void **state)
{
	(void)state;
	needs("Received: from a by b with UTF8SMTP id 1; now\n\n");
	needs("Received: from a by b with UTF8SMTPSA id 1; now\n\n");
	needs("received: by b WITH utf8lmtp; now\n");
	needs("Received: by b\n\twith UTF8SMTP\n\tid 1; now\n\n");
	needs("Received: by b with\r\n UTF8SMTP id 1; now\r\n\r\n");
	needs("Received: by b (x\\) with (y)) with UTF8SMTP; now\n\n");
	needs("Received: by b with(by chance)UTF8SMTP; now\n\n");
	needs("A: b\nReceived: by a with SMTP; now\n"
	      "Received: by b with UTF8SMTP; now\n\n");
	plain("Received: from a by b with ESMTP id 1; now\n\n");
	plain("Received: (qmail 1 invoked by uid 0); now\n\n");
	/* Not the clause: a comment, the date, another word, another field. */
	plain("Received: by b (with UTF8SMTP) with SMTP; now\n\n");
	plain("Received: by b (with UTF8SMTP\n\n");
	plain("Received: by b with SMTP; with UTF8SMTP\n\n");
	plain("Received: by with.example UTF8SMTP; now\n\n");
	plain("Received: by b with x UTF8SMTP; now\n\n");
	plain("Subject: with UTF8SMTP\n\n");
	plain("X-Received: by b with UTF8SMTP; now\n\n");
	plain("Subject: a\n Received: by b with UTF8SMTP; now\n\n");
	plain("Received: by b with\nX: UTF8SMTP\n\n");
	/* In the body it is a quotation. */
	plain("A: b\n\nReceived: by b with UTF8SMTP; now\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_bytes),
		CHECK(test_extra),
		CHECK(test_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
