/*
 * reply_fuzz - lines of a hostile server                      [5321:4.2]
 */
#include "base/fuzz.h"
#include "mail/ehlo.h"
#include "mail/reply.h"
#include "mail/utf8.h"

/*
 * check - what holds after every line
 */
static void
check(const struct reply *r, enum reply_more more)
{
	struct span text = reply_text(r);

	MUST(text.n <= REPLY_TEXT_MAX);
	MUST(utf8_kind(text) == UTF8_ASCII ||
	     (r->utf8 && utf8_kind(text) == UTF8_TEXT));
	for (; text.n > 0; text = span_tail(text, utf8_length(text)))
		MUST(text.p[0] == '\n' || !utf8_is_control(text));
	MUST((more == REPLY_GARBLED) == (r->code == 0));
	MUST(r->code == 0 || (r->code >= 200 && r->code <= 599));
	MUST(r->code == 0 || r->ecode[0] == '\0' ||
	     (unsigned)(r->ecode[0] - '0') == r->code / 100);
}

/*
 * converse - line by line
 */
static void
converse(struct span rest, bool utf8)
{
	struct ehlo can = { 0 };
	struct reply r;

	reply_clear(&r);
	r.utf8 = utf8;
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');
		enum reply_more more = reply_add(&r, line);

		check(&r, more);
		ehlo_add(&can, line, SPAN("SIZE, chunking"));
		MUST(!can.size && !can.chunking);
		if (more == REPLY_MORE)
			continue;
		reply_clear(&r);
		r.utf8 = utf8;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	converse(fuzz_span(data, size), false);
	converse(fuzz_span(data, size), true);
	return 0;
}
