/*
 * message - the message, as blocks of bytes
 *
 * Comes from a descriptor: a file at any offset, a pipe or a socket.  A
 * large file is mapped; a small one, and the beginning of what is not a
 * file, is read at once, so that as much as can be known is known before a
 * server is bothered.                                   confined
 */
#ifndef PROTO_MESSAGE_H
#define PROTO_MESSAGE_H

#include "base/arena.h"
#include "base/cause.h"
#include "base/clock.h"

#include <stdint.h>

struct message;

/*
 * message_open - looks at what a descriptor holds from its offset on
 *
 * BY_SYSTEM: it cannot be had; *err has errno.  The descriptor stays the
 * caller's and must stay open.  A mapped file that is cut short by somebody
 * raises SIGBUS when its lost part is read.
 */
enum cause message_open(struct message **out, int fd, struct arena *, int *err);

/*
 * message_begin - reads the first block, before anything else is asked
 *
 * by: when the last block must have come, if it does not come from a file.
 * BY_SYSTEM: it cannot be read; *err has errno.  BY_TIMEOUT: it did not come.
 */
enum cause message_begin(struct message *, instant by, int *err);

/*
 * message_next - the next block, valid until the next call; empty at the end
 *
 * BY_SYSTEM, BY_TIMEOUT: as above.
 */
enum cause message_next(struct span *block, struct message *, int *err);

/* Whether it is known to end within a line, which SMTP cannot carry. */
bool message_is_partial(const struct message *);

/* Whether it has a byte above 127, or may have: not all of it is known. */
bool message_may_be_8bit(const struct message *);

/* The first block; it is there from message_begin() on. */
struct span message_first(const struct message *);

/* Whether its first block is all of it. */
bool message_is_whole(const struct message *);

/* Its length in bytes; 0 if that is not known. */
uint64_t message_length(const struct message *);

/*
 * message_measure - finds out its length, and whether it ends within a line
 *
 * What comes by a pipe is read to its end for that, into a file below the
 * directory; no block of it may have been taken yet.  BY_SYSTEM: it cannot be read
 * or kept; *err has errno.  BY_TIMEOUT: it did not come.
 */
enum cause message_measure(struct message *, const char *directory, int *err);

/*
 * message_rewind - puts its descriptor back to where the message begins
 *
 * m may be NULL: nothing has been read.  False if the descriptor cannot go
 * back: it is no file.
 */
bool message_rewind(int fd, const struct message *m);

/* Whether any byte is above 127. */
bool message_has_8bit(struct span);

#endif
