/*
 * buf - bytes being built, under a ceiling
 *
 * The ceiling is set at birth.  A put that would pass it turns the buf full
 * and adds nothing, and so does every later put: build freely, ask once.
 *                                                       confined
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"
#include "base/span.h"

#include <stdint.h>

struct buf {
	struct arena *arena;
	char *p;
	size_t n, room, ceiling;
	bool full;
};

/* An empty buf whose bytes come from the arena and number ceiling at most. */
void buf_init(struct buf *, struct arena *, size_t ceiling);

/* Adds bytes; a C string without its NUL; one byte; a number in decimal. */
void buf_put(struct buf *, struct span);
void buf_puts(struct buf *, const char *);
void buf_putc(struct buf *, char);
void buf_put_number(struct buf *, uint64_t);

/*
 * Adds bytes of unknown origin for a person to read: every byte that is not
 * printable ASCII becomes '?'.  Line feeds are kept if lines is true.
 */
void buf_put_printable(struct buf *, struct span, bool lines);

/* What has been built; valid until the next put. */
struct span buf_span(const struct buf *);

#endif
