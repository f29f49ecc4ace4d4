/*
 * table - what qmail-tcpto and qmail-tcpok have in common
 *
 * Both work on the timeout table of one queue or of several.  QUEUEDIR names
 * the queue.  If it is not set and QUEUE_BASE is, the queues are
 * QUEUE_BASE/queueN for QUEUE_COUNT numbers N from QUEUE_START, or 1, on.
 */
#ifndef CMD_TABLE_H
#define CMD_TABLE_H

#include "net/tcpto.h"

/* In what the programs differ. */
struct table_kind {
	/* The program's name, for its complaints. */
	const char *program;
	/* The queue if the environment names none. */
	const char *queuedir;
	enum tcpto_layout layout;
};

/*
 * table_print - prints the records of each table, one a line
 *
 * Returns the exit status: 0, 100 for a wrong call or environment, 111 if a
 * table could not be read.  Those that can be are printed all the same.
 */
int table_print(const struct table_kind *, int argc);

/* table_clear - forgets what is in each table; the same exit status */
int table_clear(const struct table_kind *, int argc);

#endif
