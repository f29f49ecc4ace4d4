/*
 * descriptors - fd 0, 1 and 2 as qmail-rspawn hands them over
 */
#ifndef CMD_DESCRIPTORS_H
#define CMD_DESCRIPTORS_H

#include "base/buf.h"

/* For qmail-rspawn: try again. */
#define EXIT_AGAIN 111

/*
 * Sees to it that nothing opened later becomes fd 0, 1 or 2.  False if fd 1
 * is closed, open for reading only, or a pipe that nobody reads: then no
 * report can be given, and nothing must be sent.  A closed
 * fd 0 becomes a descriptor that cannot be read.
 */
bool descriptors_guard(void);

/*
 * Writes the report to fd 1, all of it.  Returns the exit status: 0, or 111
 * if that could not be done, or the report is not whole.
 */
int descriptors_report(const struct buf *);

#endif
