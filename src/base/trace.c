/*
 * trace - one JSON object a line                          [8259:4] [8259:7]
 */
#include "base/trace.h"

#include "base/num.h"

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
	VALUE_MAX = 1000,
	LINE_MAX_BYTES = 16 * 1024,
};

struct line {
	size_t n;
	/* Something did not fit. */
	bool full;
	char p[LINE_MAX_BYTES];
};

/*
 * put - adds bytes while they fit
 */
static void
put(struct line *l, struct span s)
{
	/* Two bytes stay free for the end of the object. */
	if (l->full || s.n > sizeof(l->p) - 2 - l->n) {
		l->full = true;
		return;
	}
	memcpy(l->p + l->n, s.p, s.n);
	l->n += s.n;
}

/*
 * put_string - adds a JSON string                                [8259:7]
 *
 * Bytes above 0x7e are escaped one by one, as if they were Latin-1: what a
 * peer sends need not be UTF-8, and this way no byte is lost.
 */
static void
put_string(struct line *l, struct span s)
{
	static const char hex[] = "0123456789abcdef";

	put(l, SPAN("\""));
	s = span_head(s, VALUE_MAX);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char escape[6] = { '\\', 'u', '0', '0' };

		if (c == '"' || c == '\\') {
			escape[1] = (char)c;
			put(l, (struct span){ escape, 2 });
		} else if (c < 0x20 || c > 0x7e) {
			escape[4] = hex[c >> 4];
			escape[5] = hex[c & 15];
			put(l, (struct span){ escape, sizeof(escape) });
		} else {
			put(l, (struct span){ s.p + i, 1 });
		}
	}
	put(l, SPAN("\""));
}

/*
 * emit - writes as much of a line as can be written at once
 *
 * A pipe that says it has room takes so much; one that others fill as well
 * may still make us wait for its reader.
 */
static void
emit(int fd, struct span line)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	while (line.n > 0 && poll(&p, 1, 0) > 0) {
		ssize_t n =
		    write(fd, line.p, line.n < PIPE_BUF ? line.n : PIPE_BUF);

		if (n < 0)
			return; /* a trace never changes a delivery */
		line = span_tail(line, (size_t)n);
	}
}

/*
 * trace_say - one event with its items
 */
void
trace_say(const struct trace *t, const char *event,
    const struct trace_item *items, size_t n)
{
	char digits[NUM_MAX];
	struct line l;

	if (t == NULL)
		return;
	l.n = 0;
	l.full = false;
	put(&l, SPAN("{\"ms\":"));
	put(&l, num_text(digits, (uint64_t)(clock_now() - t->born)));
	put(&l, SPAN(",\"event\":"));
	put_string(&l, span_of(event));
	for (size_t i = 0; i < n && !l.full; i++) {
		size_t before = l.n;

		put(&l, SPAN(",\""));
		put(&l, span_of(items[i].key));
		put(&l, SPAN("\":"));
		put_string(&l, items[i].value);
		/* An item that did not fit whole is left out. */
		if (l.full)
			l.n = before;
	}
	l.p[l.n++] = '}';
	l.p[l.n++] = '\n';
	emit(t->fd, (struct span){ l.p, l.n });
}
