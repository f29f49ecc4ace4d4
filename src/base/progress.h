/*
 * progress - how far a delivery came, for a signal handler to read
 *
 * A process that is told to stop must say at once what is true; this is what
 * it has to know for that.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <signal.h>

/* Holds an enum progress_step. */
typedef volatile sig_atomic_t progress;

enum progress_step {
	/* The end of the message has not been sent. */
	PROGRESS_NOT_SENT,
	/* It may have been, and the server's answer is not known. */
	PROGRESS_MAY_HAVE_ARRIVED,
	/* The report that is coming is the truth. */
	PROGRESS_DECIDED,
};

#endif
