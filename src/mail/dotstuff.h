/*
 * dotstuff - LF lines to the lines of SMTP, block by block
 *
 * The canonical message has CR LF at the end of each line and nowhere else a
 * CR or LF: LF and CR LF in the input are line ends, a CR by itself becomes a
 * space.  With stuffing, a line that begins with a dot gets one more.  So the
 * end-of-data mark can stand only where the caller puts it, whatever the
 * input and wherever its blocks break.        [5321:2.3.8] [5321:4.5.2]
 */
#ifndef MAIL_DOTSTUFF_H
#define MAIL_DOTSTUFF_H

#include "base/span.h"

enum {
	/* A step needs this much room to be sure of making progress. */
	DOTSTUFF_ROOM = 4,
};

/* value */
struct dotstuff {
	/* Put a second dot before one that begins a line (DATA, not BDAT). */
	bool stuff;
	/* The next byte of input begins, or goes on with, a line. */
	bool within_line;
	/* The last byte of input was a CR; what it is, the next one tells. */
	bool cr;
};

/*
 * dotstuff_step - converts from the front of *in as much as fits in room
 *
 * Moves *in behind what it used and returns the number of bytes written to
 * out.  Returns with *in not empty only when out is full, which it may be
 * with up to DOTSTUFF_ROOM - 1 bytes free.
 */
size_t dotstuff_step(
    struct dotstuff *, char *out, size_t room, struct span *in);

/* Whether the input so far ends with a whole line, or is empty. */
bool dotstuff_whole(const struct dotstuff *);

#endif
