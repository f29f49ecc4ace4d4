/*
 * netstring - bytes behind their number: "5:hello,"
 */
#ifndef MAIL_NETSTRING_H
#define MAIL_NETSTRING_H

#include "base/buf.h"

/* Adds what goes before n bytes, the number and a colon; a comma must follow
 * the bytes. */
void netstring_put_head(struct buf *, uint64_t n);

/* Adds the bytes as a netstring. */
void netstring_put(struct buf *, struct span);

/* A netstring being read.                               confined */
struct netstring {
	/* What it may hold at most. */
	uint64_t most;
	/* What it holds, and how much of that is still to come. */
	uint64_t length, left;
	size_t digits;
	bool has_colon;
};

enum netstring_more { NETSTRING_MORE, NETSTRING_DONE, NETSTRING_GARBLED };

/* Makes it ready for a netstring of at most so many bytes. */
void netstring_begin(struct netstring *, uint64_t most);

/* How many bytes it takes next: at least 1, and never one beyond its end. */
size_t netstring_wants(const struct netstring *);

/*
 * netstring_add - more of it, at most as many bytes as it wants
 *
 * *part are those of them that it holds.  NETSTRING_MORE: it goes on.
 * NETSTRING_DONE: that was all.  NETSTRING_GARBLED: it is none, begins with a
 * needless zero, or holds more than it may; it can then not be gone on with.
 */
enum netstring_more netstring_add(
    struct netstring *, struct span bytes, struct span *part);

#endif
