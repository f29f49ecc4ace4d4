/*
 * linting - what the files that make up lint share
 */
#include "delivery/linting.h"

#include "base/buf.h"

#include <string.h>

enum {
	TEXT_MAX = 1024,
	/* Of what a finding is about. */
	ABOUT_MAX = 200,
};

/*
 * linting_say - one more finding
 */
void
linting_say(struct linting *l, struct span file, unsigned line,
    const char *text, struct span about)
{
	struct finding *f = arena_zero(l->arena, sizeof(*f));
	struct buf b;

	buf_init(&b, l->arena, TEXT_MAX);
	buf_puts(&b, text);
	if (about.n > 0) {
		buf_puts(&b, ": \"");
		buf_put_printable(&b, span_head(about, ABOUT_MAX), false);
		buf_putc(&b, '"');
	}
	*f = (struct finding){
		.file = file, .line = line, .text = buf_span(&b)
	};
	*l->end = f;
	l->end = &f->next;
}

/*
 * linting_say_fault - a file that cannot be read, or makes no sense
 */
void
linting_say_fault(struct linting *l, const struct fault *f)
{
	const char *reason = f->err != 0 ? strerrordesc_np(f->err) : NULL;

	linting_say(l, f->why.file, f->why.line,
	    reason != NULL ? "cannot be read" : "refused",
	    reason != NULL ? span_of(reason) : f->why.rule);
}

/*
 * linting_lines - the lines of a setting's file
 */
bool
linting_lines(struct linting *l, struct control *lines, struct span *source,
    enum setting id)
{
	struct fault f;

	if (settings_list(lines, source, l->settings, id, &f) != BY_NOTHING) {
		linting_say_fault(l, &f);
		return false;
	}
	return lines->rest.n > 0;
}
