/*
 * words - a command line as its words, without a shell
 */
#include "file/words.h"

#include "base/buf.h"

#include <string.h>

/* A text being taken apart. */
struct taking {
	struct span rest;
	bool colon_ends;
	const char *wrong;
};

/*
 * take_quoted - what is in quotes, from behind the first; false if they do
 * not end
 */
static bool
take_quoted(struct buf *b, struct taking *t, char quote)
{
	while (t->rest.n > 0 && t->rest.p[0] != quote) {
		if (quote == '"' && strchr("$`", t->rest.p[0]) != NULL) {
			t->wrong = "'$' or '`' in double quotes needs a shell";
			return false;
		}
		if (quote == '"' && t->rest.p[0] == '\\' && t->rest.n > 1 &&
		    strchr("\"\\$`", t->rest.p[1]) != NULL)
			t->rest = span_tail(t->rest, 1);
		buf_putc(b, t->rest.p[0]);
		t->rest = span_tail(t->rest, 1);
	}
	if (t->rest.n == 0) {
		t->wrong = "a quote without its end";
		return false;
	}
	t->rest = span_tail(t->rest, 1);
	return true;
}

/*
 * is_end - whether the rest begins with what ends a word
 */
static bool
is_end(const struct taking *t)
{
	return t->rest.n == 0 || t->rest.p[0] == ' ' || t->rest.p[0] == '\t' ||
	       (t->rest.p[0] == ':' && t->colon_ends);
}

/*
 * take_word - the next word; false if it makes no sense
 */
static bool
take_word(struct buf *b, struct taking *t)
{
	const char *begin = t->rest.p;

	while (!is_end(t)) {
		char c = t->rest.p[0];

		if (strchr("|&;<>()$`*?[\n", c) != NULL ||
		    (t->rest.p == begin && strchr("~#", c) != NULL)) {
			t->wrong = "a character that needs a shell, or quotes";
			return false;
		}
		t->rest = span_tail(t->rest, 1);
		if (c == '\'' || c == '"') {
			if (!take_quoted(b, t, c))
				return false;
			continue;
		}
		if (c == '\\' && t->rest.n > 0) {
			c = t->rest.p[0];
			t->rest = span_tail(t->rest, 1);
		}
		buf_putc(b, c);
	}
	return true;
}

/*
 * words_take - the words of a text
 */
bool
words_take(struct words *out, struct span *rest, bool colon_ends,
    struct arena *a, const char **wrong)
{
	struct taking t = { *rest, colon_ends, NULL };
	/* Every word but the last has at least one character and a space. */
	const char **argv = arena_array(a, rest->n / 2 + 2, sizeof(*argv));

	*out = (struct words){ argv, 0 };
	for (;;) {
		struct buf b;

		while (
		    t.rest.n > 0 && (t.rest.p[0] == ' ' || t.rest.p[0] == '\t'))
			t.rest = span_tail(t.rest, 1);
		if (is_end(&t))
			break;
		buf_init(&b, a, SIZE_MAX);
		if (!take_word(&b, &t)) {
			*wrong = t.wrong;
			return false;
		}
		buf_putc(&b, '\0');
		argv[out->n++] = b.p;
	}
	*rest = span_tail(t.rest, 1);
	return true;
}
