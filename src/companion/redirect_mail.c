/*
 * redirect_mail - a delivery that goes elsewhere
 */
#include "companion/redirect_mail.h"

#include "companion/maildir.h"
#include "companion/rules.h"
#include "mail/address.h"
#include "policy/redirect.h"

enum {
	/* Where the arguments of qmail-remote have these. */
	ARGV_HOST = 1,
	ARGV_RECIPIENT = 5,
};

/*
 * match_any - whether the pattern of a line that makes no sense matches
 * anything of this mail
 */
static int
match_any(const struct rules *rules, struct span pattern,
    const struct request *r, struct trouble *t)
{
	const struct span texts[] = { r->host, r->rcpt[0], r->sender };
	int matches = 0;

	for (size_t n = 0; n < 3 && matches == 0; n++)
		matches = rules_match(rules, pattern, texts[n], t);
	return matches;
}

/*
 * match_line - whether a line is for this mail
 *
 * Returns 1 or 0, or -1 with *t.
 */
static int
match_line(struct redirect *out, const struct rules *rules, struct span line,
    const struct request *r, struct trouble *t)
{
	const struct span texts[] = {
		[REDIRECT_DOMAIN] = r->host,
		[REDIRECT_RECIPIENT] = r->rcpt[0],
		[REDIRECT_SENDER] = r->sender,
	};
	const char *wrong;
	int matches;

	if (redirect_parse(out, line, &wrong))
		return rules_match(rules, out->pattern, texts[out->by], t);
	matches = match_any(rules, out->pattern, r, t);
	return matches == 1 ? rules_bad(rules, wrong, t) : matches;
}

/*
 * find - the first line for this mail: 1 if there is one, 0 if not, or -1
 * with *t
 */
static int
find(struct redirect *out, struct interception *i, struct trouble *t)
{
	struct rules rules;
	struct span line;
	int matches = 0;

	if (rules_begin(&rules, i->settings, SET_REDIRECTREMOTE, i->arena, t) <
	    0)
		return -1;
	while (matches == 0 && rules_next(&line, &rules))
		matches = match_line(out, &rules, line, &i->request, t);
	return matches;
}

/*
 * head_of - what stands before the message in a Maildir
 */
static struct span
head_of(struct interception *i, const struct redirect *d)
{
	const struct request *r = &i->request;
	struct buf b;

	buf_init(&b, i->arena, SIZE_MAX);
	buf_puts(&b, "Return-Path: <");
	if (!address_is_null(r->sender))
		address_put(&b, r->sender);
	buf_puts(&b, ">\nDelivered-To: ");
	buf_put(&b, d->prefix.n > 0 ? d->prefix : r->sender);
	buf_putc(&b, '-');
	buf_put(&b, r->rcpt[0]);
	buf_putc(&b, '\n');
	buf_put(&b, r->extra);
	if (r->extra.n > 0 && r->extra.p[r->extra.n - 1] != '\n')
		buf_putc(&b, '\n');
	return buf_span(&b);
}

/*
 * to_maildir - delivers, and reports; always false
 */
static bool
to_maildir(struct interception *i, const struct redirect *d)
{
	const char *path = arena_string(i->arena, d->dest);
	struct span name;
	struct buf words;
	const char *what;
	enum cause c;
	int err;

	c = maildir_deliver(&name, path, head_of(i, d), i->message, i->stop,
	    i->arena, &what, &err);
	if (c == BY_CLOSE)
		return interception_stop(i);
	buf_init(&words, i->arena, SIZE_MAX);
	if (c == BY_NOTHING) {
		buf_put(&words, d->dest);
		buf_puts(&words, " accepted message - Protocol Maildir.\n");
		buf_puts(&words, "It is ");
		buf_put(&words, name);
		interception_accept(i, buf_span(&words));
		return false;
	}
	buf_puts(&words, "Unable to ");
	buf_puts(&words, what);
	buf_puts(&words, " the Maildir");
	buf_putc(&words, '\0');
	return interception_fail_by(i, words.p, d->dest, err);
}

/*
 * redirect_mail - rd-remote's part
 */
bool
redirect_mail(struct interception *i)
{
	struct trouble t = { .stage = AT_USAGE, .cause = BY_LACK };
	struct redirect d;
	int found;

	if (i->request.nrcpt != 1) {
		return interception_fail(i, 'Z',
		    SPAN("I (rd-remote) was given more than one recipient"),
		    "3.5", SPAN(""));
	}
	found = find(&d, i, &t);
	if (found < 0) {
		return interception_trouble(i, &t);
	}
	if (found == 0)
		return true;
	if (d.is_maildir)
		return to_maildir(i, &d);
	i->argv[ARGV_HOST] = arena_string(i->arena, address_domain(d.dest));
	i->argv[ARGV_RECIPIENT] = arena_string(i->arena, d.dest);
	return true;
}
