/*
 * explain_tls - what TLS showed of a server, for a person to read
 */
#include "delivery/explaining.h"

#include "dns/tlsa.h"

#include <stdlib.h>
#include <time.h>

enum {
	DAY = 24 * 60 * 60,
	/* Bytes of a date. */
	DATE_LENGTH = 20,
	/* So many bytes tell records apart. */
	DATA_SHOWN = 16,
};

/*
 * explaining_usable - whether a record can be used
 */
bool
explaining_usable(const struct server *s, const struct tlsa *t)
{
	if (s->seen.usable != NULL)
		return s->seen.usable[t - s->records.tlsa];
	return tlsa_usable(t, 1);
}

/*
 * explaining_hex - bytes as hexadecimal digits
 */
struct span
explaining_hex(struct span bytes, struct arena *a)
{
	static const char digits[] = "0123456789abcdef";
	struct buf b;

	buf_init(&b, a, SIZE_MAX);
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		buf_putc(&b, digits[c >> 4]);
		buf_putc(&b, digits[c & 15]);
	}
	return buf_span(&b);
}

/*
 * put_digits - a number of so many digits
 */
static void
put_digits(struct buf *b, int n, int digits)
{
	if (digits > 1)
		put_digits(b, n / 10, digits - 1);
	buf_putc(b, (char)('0' + n % 10));
}

/*
 * explaining_date - an instant
 */
struct span
explaining_date(int64_t seconds, struct arena *a)
{
	time_t t = seconds;
	struct tm tm = { 0 };
	struct buf b;

	(void)gmtime_r(&t, &tm);
	buf_init(&b, a, DATE_LENGTH);
	put_digits(&b, tm.tm_year + 1900, 4);
	buf_putc(&b, '-');
	put_digits(&b, tm.tm_mon + 1, 2);
	buf_putc(&b, '-');
	put_digits(&b, tm.tm_mday, 2);
	buf_putc(&b, 'T');
	put_digits(&b, tm.tm_hour, 2);
	buf_putc(&b, ':');
	put_digits(&b, tm.tm_min, 2);
	buf_putc(&b, ':');
	put_digits(&b, tm.tm_sec, 2);
	buf_putc(&b, 'Z');
	return buf_span(&b);
}

/*
 * explaining_days - how many days from now until an instant, or since
 */
uint64_t
explaining_days(int64_t seconds, int64_t now)
{
	return (uint64_t)llabs(seconds - now) / DAY;
}

/*
 * put_days - "1 day", "2 days"
 */
static void
put_days(struct buf *b, int64_t seconds, int64_t now)
{
	uint64_t days = explaining_days(seconds, now);

	buf_put_number(b, days);
	buf_puts(b, days == 1 ? " day" : " days");
}

/*
 * put_record - one TLSA record, and what it was good for
 */
static void
put_record(struct buf *b, const struct server *s, const struct tlsa *t)
{
	struct span shown = span_head(t->data, DATA_SHOWN);

	explaining_label(b, "");
	buf_puts(b, "    ");
	buf_put_number(b, t->usage);
	buf_putc(b, ' ');
	buf_put_number(b, t->selector);
	buf_putc(b, ' ');
	buf_put_number(b, t->matching);
	buf_putc(b, ' ');
	buf_put(b, explaining_hex(shown, b->arena));
	if (shown.n < t->data.n)
		buf_puts(b, "...");
	if (t == s->seen.matched) {
		buf_puts(b, "  matches certificate ");
		buf_put_number(b, (uint64_t)s->seen.matched_depth);
	} else if (!explaining_usable(s, t)) {
		buf_puts(b, "  cannot be used");
	}
	buf_putc(b, '\n');
}

/*
 * explaining_records - the search for TLSA records, and each record
 */
void
explaining_records(struct buf *b, const struct server *s)
{
	static const char *const words[] = {
		[SEARCH_NOT_WANTED] = NULL,
		[SEARCH_EXCEPTED] = "none: it gets no TLS",
		[SEARCH_NAMELESS] = "none: an address has no records",
		[SEARCH_NOT_LISTED] = "none: tlsadomains does not have it",
		[SEARCH_EXCUSED] = "none: qmail-daned excuses it",
		[SEARCH_INSECURE] = "none: DNSSEC does not prove the answers",
		[SEARCH_NOTHING] = "none: no TLSA records",
		[SEARCH_FOUND] = "TLSA records, secure, of ",
		[SEARCH_FAILED] = "no answer about TLSA records",
		[SEARCH_BOGUS] = "a forged answer about TLSA records",
	};
	const struct dane_records *r = &s->records;

	if (words[r->search] == NULL)
		return;
	explaining_label(b, "");
	buf_puts(b, "DANE: ");
	buf_puts(b, words[r->search]);
	if (r->search == SEARCH_FOUND)
		buf_put_printable(b, r->base, false);
	buf_putc(b, '\n');
	for (size_t i = 0; r->search == SEARCH_FOUND && i < r->ntlsa; i++)
		put_record(b, s, &r->tlsa[i]);
}

/*
 * put_or_none - a distinguished name, which may have nothing in it
 */
static void
put_or_none(struct buf *b, struct span name)
{
	if (name.n > 0)
		buf_put(b, name);
	else
		buf_puts(b, "(no name)");
}

/*
 * put_dates - from when until when a certificate is valid
 */
static void
put_dates(struct buf *b, const struct tls_certificate *c, int64_t now)
{
	explaining_label(b, "");
	buf_puts(b, "    valid from ");
	buf_put(b, explaining_date(c->from, b->arena));
	buf_puts(b, " to ");
	buf_put(b, explaining_date(c->until, b->arena));
	if (c->until < now) {
		buf_puts(b, ", expired ");
		put_days(b, c->until, now);
		buf_puts(b, " ago\n");
	} else if (c->from > now) {
		buf_puts(b, ", begins in ");
		put_days(b, c->from, now);
		buf_putc(b, '\n');
	} else {
		buf_puts(b, ", ");
		put_days(b, c->until, now);
		buf_puts(b, " left\n");
	}
}

/*
 * put_certificate - one certificate of the chain
 */
static void
put_certificate(
    struct buf *b, const struct tls_certificate *c, size_t depth, int64_t now)
{
	explaining_label(b, "");
	buf_puts(b, "certificate ");
	buf_put_number(b, depth);
	buf_puts(b, ": ");
	put_or_none(b, c->subject);
	buf_putc(b, '\n');
	explaining_label(b, "");
	buf_puts(b, "    issued by ");
	put_or_none(b, c->issuer);
	buf_putc(b, '\n');
	put_dates(b, c, now);
	/* Those of an authority are nobody's concern. */
	if (depth > 0)
		return;
	explaining_label(b, "");
	buf_puts(b, "    names:");
	for (size_t i = 0; i < c->nnames; i++) {
		buf_putc(b, ' ');
		buf_put(b, c->names[i]);
	}
	buf_puts(b, c->nnames > 0 ? "\n" : " none\n");
}

/*
 * put_wrong - why a verification failed, and with which certificate
 */
static void
put_wrong(struct buf *b, const struct tls_verdict *v)
{
	if (v->depth >= 0) {
		buf_puts(b, "certificate ");
		buf_put_number(b, (uint64_t)v->depth);
		buf_puts(b, ": ");
	}
	buf_put(b, v->wrong);
}

/*
 * put_pkix - whether certification authorities verify it
 */
static void
put_pkix(struct buf *b, const struct tls_seen *seen)
{
	const struct tls_verdict *v = &seen->by_pkix;

	explaining_label(b, "");
	if (v->holds) {
		buf_puts(b, "verified by CAs: it is ");
		buf_put(b, v->name);
		buf_puts(b, ", by ");
		put_or_none(b, v->authority);
		buf_puts(b, " in ");
	} else {
		buf_puts(b, "not verified by CAs: ");
		put_wrong(b, v);
		buf_puts(b, ", with those in ");
	}
	buf_put_printable(b, seen->trusted, false);
	buf_putc(b, '\n');
}

/*
 * put_dane - whether TLSA records verify it
 */
static void
put_dane(struct buf *b, const struct tls_seen *seen)
{
	const struct tls_verdict *v = &seen->by_dane;

	explaining_label(b, "");
	if (!v->holds) {
		buf_puts(b, "not verified by DANE: ");
		put_wrong(b, v);
	} else {
		buf_puts(b, "verified by DANE: a record matches certificate ");
		buf_put_number(b, (uint64_t)seen->matched_depth);
		if (v->name.n > 0) {
			buf_puts(b, ", and it is ");
			buf_put(b, v->name);
		}
	}
	buf_putc(b, '\n');
}

/*
 * explaining_seen - what a handshake showed
 */
void
explaining_seen(struct buf *b, const struct server *s)
{
	const struct tls_seen *seen = &s->seen;
	int64_t now = time(NULL);

	for (size_t i = 0; i < seen->nchain; i++)
		put_certificate(b, &seen->chain[i], i, now);
	if (seen->by_dane.tried)
		put_dane(b, seen);
	if (seen->by_pkix.tried)
		put_pkix(b, seen);
	if (s->proof.version.n == 0 || s->proof.verified != VERIFIED_NONE)
		return;
	explaining_label(b, "");
	buf_puts(b, s->want.level == TLS_DANE
	                ? "not verified: no TLSA record can be used\n"
	                : "not verified: nothing demands it\n");
}
