/*
 * report - the outcome, in the words that qmail-rspawn reads
 */
#include "delivery/report.h"

#include "policy/ruling.h"

#include <string.h>

/*
 * put_why - a file, and the line and rule if there are any
 */
static void
put_why(struct buf *b, const struct why *w)
{
	buf_put_printable(b, w->file, false);
	if (w->line > 0) {
		buf_putc(b, ':');
		buf_put_number(b, w->line);
	}
	if (w->rule.n > 0) {
		buf_puts(b, " (");
		buf_put_printable(b, w->rule, false);
		buf_putc(b, ')');
	}
}

/*
 * put_text - a ruling's text with its places filled in
 */
static void
put_text(
    struct buf *b, const char *text, const struct trouble *t, struct span peer)
{
	for (; *text != '\0'; text++) {
		if (*text != '%') {
			buf_putc(b, *text);
			continue;
		}
		switch (*++text) {
		case 'p':
			buf_put(b, peer);
			break;
		case 'h':
			buf_put_printable(b, t->about, false);
			break;
		case 'w':
			put_why(b, &t->why);
			break;
		default:
			buf_puts(b, cause_words(t));
			break;
		}
	}
}

/*
 * report_put_headline - what a trouble is, in one line
 */
void
report_put_headline(struct buf *b, const struct trouble *t, struct span peer)
{
	put_text(b, ruling_for(t, 0).text, t, peer);
}

/*
 * put_said - what the server said
 */
static void
put_said(struct buf *b, const struct reply *r)
{
	buf_puts(b, "Remote host said: ");
	buf_put(b, reply_text(r));
	buf_putc(b, '\n');
}

/*
 * is_connection, is_after_greeting - where a stage stands in a session
 *
 * By QMTP nobody greets.
 */
static bool
is_connection(enum stage s)
{
	return s == AT_CONNECT || s == AT_CONNECT_QMTP;
}

static bool
is_after_greeting(enum stage s)
{
	return s >= AT_HELLO || s == AT_PACKAGE || s == AT_ANSWER;
}

/*
 * put_attempts - every candidate that was tried, or passed over, and why
 */
static void
put_attempts(struct buf *b, const struct outcome *out)
{
	const struct attempt *a = out->attempts;

	if (a == NULL ||
	    (a->next == NULL && !is_connection(a->trouble.stage) &&
	        !a->skipped && out->trouble.reply == a->trouble.reply))
		return;
	for (; a != NULL; a = a->next) {
		buf_puts(b, a->skipped ? "Skipped " : "Tried ");
		buf_put(b, a->peer);
		if (a->name.n > 0) {
			buf_puts(b, " (");
			buf_put_printable(b, a->name, false);
			buf_putc(b, ')');
		}
		buf_puts(b, ": ");
		if (a->skipped) {
			buf_puts(b, "it failed lately\n");
			continue;
		}
		buf_puts(b, stage_name(a->trouble.stage));
		buf_puts(b, ": ");
		if (a->trouble.reply != NULL) {
			struct span text = reply_text(a->trouble.reply);

			buf_put(b, span_cut(&text, '\n'));
		} else {
			buf_puts(b, cause_words(&a->trouble));
		}
		buf_putc(b, '\n');
	}
}

/*
 * put_notice - that the server was not logged in to, though it was to be
 *
 * A record of its own would be taken for the verdict.
 */
static void
put_notice(struct buf *b, const struct outcome *out)
{
	if (out->lacks_login)
		buf_puts(b, "no supported AUTH method found, continuing "
		            "without authentication.\n");
}

/*
 * wants_login - whether the server refused for lack of the login that it has
 * no way to                                                     [4954:6]
 */
static bool
wants_login(const struct outcome *out)
{
	return out->lacks_login && out->trouble.reply != NULL &&
	       out->trouble.reply->code == 530;
}

/*
 * put_failure - the message report of a message that was not accepted
 */
static void
put_failure(struct buf *b, const struct outcome *out)
{
	const struct trouble *t = &out->trouble;
	struct ruling r = ruling_for(t, 0);
	bool exclaims = r.text[strlen(r.text) - 1] == '!';
	bool broke = t->cause == BY_SYSTEM || t->cause == BY_TIMEOUT ||
	             t->cause == BY_CLOSE;

	buf_putc(b, out->fate == REFUSED ? 'D' : 'Z');
	report_put_headline(b, t, out->peer);
	if (!exclaims)
		buf_putc(b, '.');
	if (t->reply != NULL) {
		if (t->stage == AT_AUTH || wants_login(out)) {
			buf_puts(b, out->fate == REFUSED ? " (#5" : " (#4");
			buf_puts(b, ruling_auth_number(t->reply->code));
			buf_putc(b, ')');
		}
		buf_putc(b, '\n');
		put_notice(b, out);
		put_said(b, t->reply);
	} else {
		/* The class of the code goes with the letter. */
		buf_puts(b, out->fate == REFUSED ? " (#5" : " (#4");
		buf_puts(b, r.ecode + 1);
		buf_puts(b, ")\n");
		put_notice(b, out);
	}
	if (is_after_greeting(t->stage) && t->reply == NULL && broke) {
		buf_puts(b, "The last step was ");
		buf_puts(b, stage_name(t->stage));
		buf_puts(b, ": ");
		buf_puts(b, cause_words(t));
		buf_puts(b, ".\n");
	}
	put_attempts(b, out);
	buf_putc(b, '\0');
}

/*
 * put_success - the message report of a message that was accepted
 */
static void
put_success(struct buf *b, const struct outcome *out)
{
	buf_putc(b, 'K');
	buf_put(b, out->peer);
	buf_puts(b, " accepted message - Protocol ");
	buf_put(b, out->protocol);
	buf_puts(b, ".\n");
	put_notice(b, out);
	put_said(b, out->reply);
	buf_puts(b, "Protocol ");
	buf_put(b, out->protocol);
	buf_puts(b, "; TLS ");
	if (out->tls_version.n > 0) {
		buf_put(b, out->tls_version);
		buf_putc(b, ' ');
		buf_put(b, out->tls_cipher);
	} else {
		buf_puts(b, "none");
	}
	buf_puts(b, "; verified ");
	buf_put(b, out->verified);
	buf_putc(b, '\n');
	buf_putc(b, '\0');
}

/*
 * put_recipient - what the server said of one recipient
 */
static void
put_recipient(struct buf *b, enum dialect dialect, const struct envelope *e,
    size_t i, const struct outcome *out)
{
	const struct verdict *v = &out->rcpt[i];

	buf_putc(b, v->fate == ACCEPTED ? 'r' : v->fate == REFUSED ? 'h' : 's');
	if (dialect == DIALECT_INDIMAIL) {
		buf_puts(b, "From: <");
		buf_put(b, e->sender);
		buf_puts(b, "> RCPT: <");
		buf_put(b, e->rcpt[i]);
		buf_puts(b, "> ");
	}
	if (v->fate != ACCEPTED) {
		buf_put(b, out->peer);
		buf_puts(b, " does not like recipient.\n");
		put_said(b, v->reply);
	}
	buf_putc(b, '\0');
}

/*
 * report_put - adds the report to a buf
 */
void
report_put(struct buf *b, enum dialect dialect, const struct envelope *e,
    const struct outcome *out)
{
	for (size_t i = 0; i < out->nrcpt; i++) {
		if (out->rcpt[i].fate == UNTRIED)
			break;
		put_recipient(b, dialect, e, i, out);
	}
	if (out->fate == ACCEPTED)
		put_success(b, out);
	else
		put_failure(b, out);
}
