/*
 * reply - one SMTP reply                                       [5321:4.2]
 */
#include "mail/reply.h"

#include "mail/utf8.h"

#include <string.h>

/*
 * reply_clear - ready for a first line
 *
 * The text is not wiped: ntext says how much of it counts.
 */
void
reply_clear(struct reply *r)
{
	r->code = 0;
	r->ecode[0] = '\0';
	r->utf8 = false;
	r->ntext = 0;
	r->lines = 0;
}

/*
 * shown_length - the bytes of the first character, if it can be shown
 */
static size_t
shown_length(const struct reply *r, struct span s)
{
	char c = s.p[0];

	if (c >= 0x20 && c <= 0x7e)
		return 1;
	return r->utf8 && !utf8_is_control(s) ? utf8_length(s) : 0;
}

/*
 * end_line - adds a line end to the text, if it fits
 */
static void
end_line(struct reply *r)
{
	if (r->ntext < sizeof(r->text))
		r->text[r->ntext++] = '\n';
}

/*
 * keep - adds a line to the text, as far as it fits
 */
static void
keep(struct reply *r, struct span line)
{
	line = span_head(line, sizeof(r->text) - r->ntext);
	while (line.n > 0) {
		size_t n = shown_length(r, line);

		memcpy(r->text + r->ntext, n > 0 ? line.p : "?", n > 0 ? n : 1);
		r->ntext += n > 0 ? n : 1;
		line = span_tail(line, n > 0 ? n : 1);
	}
}

/*
 * code_of - the three digits that begin a reply line           [5321:4.2]
 *
 * 0 unless they are a code from 200 to 599 and end there.
 */
static unsigned
code_of(struct span line)
{
	unsigned code = 0;

	if (line.n < 3)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			return 0;
		code = code * 10 + (unsigned)(line.p[i] - '0');
	}
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return 0;
	return code >= 200 && code <= 599 ? code : 0;
}

/*
 * count_part - how many digits a part of an enhanced code has
 */
static size_t
count_part(struct span s)
{
	size_t n = 0;

	while (n < s.n && n < 3 && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

/*
 * take_ecode - class "." subject "." detail, if the text begins so [3463:2]
 */
static void
take_ecode(struct reply *r, struct span text)
{
	size_t subject, detail, n;

	if (text.n < 5 || text.p[0] != (char)('0' + r->code / 100) ||
	    text.p[1] != '.')
		return;
	subject = count_part(span_tail(text, 2));
	n = 2 + subject;
	if (subject == 0 || n >= text.n || text.p[n] != '.')
		return;
	detail = count_part(span_tail(text, n + 1));
	n += 1 + detail;
	if (detail == 0 || (n < text.n && text.p[n] != ' '))
		return;
	memcpy(r->ecode, text.p, n);
	r->ecode[n] = '\0';
}

/*
 * reply_add - one more line
 */
enum reply_more
reply_add(struct reply *r, struct span line)
{
	unsigned code = code_of(line);
	bool first = r->lines == 0;

	if (!first)
		end_line(r);
	keep(r, line);
	if (r->lines < 2)
		r->lines++;
	if (code == 0 || (!first && code != r->code)) {
		r->code = 0;
		return REPLY_GARBLED;
	}
	r->code = code;
	if (first)
		take_ecode(r, span_tail(line, 4));
	return line.n > 3 && line.p[3] == '-' ? REPLY_MORE : REPLY_DONE;
}

/*
 * reply_add_text - more of a text without lines of its own
 */
void
reply_add_text(struct reply *r, struct span text)
{
	while (text.n > 0) {
		struct span line = span_head(text, span_find(text, '\n'));

		keep(r, line);
		if (line.n < text.n)
			end_line(r);
		text = span_tail(text, line.n + 1);
	}
}

/*
 * reply_text - the text so far
 */
struct span
reply_text(const struct reply *r)
{
	return (struct span){ r->text, r->ntext };
}
