/*
 * interception - a delivery that another program has come between
 */
#include "companion/interception.h"

#include "delivery/deliver.h"
#include "delivery/report.h"
#include "mail/address.h"

#include <string.h>

/*
 * interception_trouble - reports a trouble
 */
bool
interception_trouble(struct interception *i, const struct trouble *t)
{
	const struct envelope none = { 0 };
	struct outcome out;

	outcome_begin(&out, 0, i->arena);
	outcome_trouble(&out, t);
	report_put(&i->report, DIALECT_INDIMAIL, &none, &out);
	return false;
}

/*
 * put_address - an address as a report has it
 */
static void
put_address(struct buf *b, struct span address, struct arena *a)
{
	struct buf wire;

	buf_init(&wire, a, SIZE_MAX);
	address_put(&wire, address);
	buf_put_printable(b, buf_span(&wire), false);
}

/*
 * interception_accept - reports that the message is taken
 */
void
interception_accept(struct interception *i, struct span words)
{
	const struct request *r = &i->request;
	struct buf *b = &i->report;

	for (size_t n = 0; n < r->nrcpt; n++) {
		buf_puts(b, "rFrom: <");
		if (!address_is_null(r->sender))
			put_address(b, r->sender, i->arena);
		buf_puts(b, "> RCPT: <");
		put_address(b, r->rcpt[n], i->arena);
		buf_puts(b, "> ");
		buf_putc(b, '\0');
	}
	buf_putc(b, 'K');
	buf_put_printable(b, words, true);
	buf_puts(b, ".\n");
	buf_putc(b, '\0');
}

/*
 * interception_fail - reports a failure
 */
bool
interception_fail(struct interception *i, char letter, struct span words,
    const char *code, struct span said)
{
	struct buf *b = &i->report;

	said = span_trim(said);
	buf_putc(b, letter);
	buf_put_printable(b, words, false);
	buf_puts(b, letter == 'D' ? ". (#5." : ". (#4.");
	buf_puts(b, code);
	buf_puts(b, ")\n");
	if (said.n > 0) {
		buf_puts(b, "It said: ");
		buf_put_printable(b, said, true);
		buf_putc(b, '\n');
	}
	buf_putc(b, '\0');
	return false;
}

/*
 * interception_fail_by - reports what failed by errno
 */
bool
interception_fail_by(
    struct interception *i, const char *what, struct span about, int err)
{
	const char *reason = strerrordesc_np(err);
	struct buf words;

	buf_init(&words, i->arena, SIZE_MAX);
	buf_puts(&words, what);
	if (about.n > 0) {
		buf_putc(&words, ' ');
		buf_put(&words, about);
	}
	buf_puts(&words, ": ");
	buf_puts(&words, reason != NULL ? reason : "unknown error");
	return interception_fail(i, 'Z', buf_span(&words), "3.0", SPAN(""));
}

/*
 * interception_stop - reports that we are told to stop
 */
bool
interception_stop(struct interception *i)
{
	return interception_fail(
	    i, 'Z', SPAN("I was told to stop"), "3.0", SPAN(""));
}
