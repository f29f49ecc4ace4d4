/*
 * reply_fuzz - lines of a hostile server                      [5321:4.2]
 */
#include "base/fuzz.h"
#include "mail/ehlo.h"
#include "mail/reply.h"

/*
 * check - what holds after every line
 */
static void
check(const struct reply *r, enum reply_more more)
{
	struct span text = reply_text(r);

	MUST(text.n <= REPLY_TEXT_MAX);
	for (size_t i = 0; i < text.n; i++)
		MUST(text.p[i] == '\n' ||
		     (text.p[i] >= 0x20 && text.p[i] < 0x7f));
	MUST((more == REPLY_GARBLED) == (r->code == 0));
	MUST(r->code == 0 || (r->code >= 200 && r->code <= 599));
	MUST(r->code == 0 || r->ecode[0] == '\0' ||
	     (unsigned)(r->ecode[0] - '0') == r->code / 100);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = fuzz_span(data, size);
	struct ehlo can = { 0 };
	struct reply r;

	reply_clear(&r);
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');
		enum reply_more more = reply_add(&r, line);

		check(&r, more);
		ehlo_add(&can, line, SPAN("SIZE, chunking"));
		MUST(!can.size && !can.chunking);
		if (more != REPLY_MORE)
			reply_clear(&r);
	}
	return 0;
}
