/*
 * span - bytes that somebody else owns
 *
 * A span is a value: copying it copies no bytes.  It need not end with a
 * NUL.  The empty span has n == 0; its p may be anything.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *p;
	size_t n;
};

/* A span over a string literal. */
#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

/* The bytes of a C string, without its NUL; NULL makes an empty span. */
struct span span_of(const char *);

/* Equal byte by byte; the second without regard to the case of ASCII. */
bool span_equal(struct span, struct span);
bool span_equal_nocase(struct span, struct span);

/* Whether s begins, or ends, with part; without regard to case. */
bool span_begins(struct span s, struct span part);
bool span_ends(struct span s, struct span part);

/* The index of the first, or last, byte c in s; s.n if there is none. */
size_t span_find(struct span s, char c);
size_t span_find_last(struct span s, char c);

/* The first n bytes of s, and what follows them; n is cut to s.n. */
struct span span_head(struct span s, size_t n);
struct span span_tail(struct span s, size_t n);

/*
 * Takes the part of *rest before the first c and moves *rest behind that c.
 * Without a c the whole is taken and *rest is left empty.
 */
struct span span_cut(struct span *rest, char c);

/* Without the spaces, tabs, CRs and LFs at its end. */
struct span span_trim(struct span);

/* A domain name without the dot that may end it. */
struct span span_undotted(struct span);

/* Whether any byte is an ASCII control character (below 0x20, or 0x7f). */
bool span_has_control(struct span);

/* The lower case of an ASCII byte; any other byte as it is. */
char ascii_lower(char);

#endif
