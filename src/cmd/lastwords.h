/*
 * lastwords - what a process says that must stop at once
 *
 * A signal to stop, a message that vanishes under our hands, or no memory:
 * in each case qmail-rspawn hears Z, and of a possible duplicate if there may
 * be one.
 */
#ifndef CMD_LASTWORDS_H
#define CMD_LASTWORDS_H

#include "base/compiler.h"
#include "base/progress.h"

/*
 * Sets the signal handlers, and ignores SIGPIPE and SIGXFSZ, whose errors are
 * seen where they happen.  Until the progress it
 * returns is PROGRESS_DECIDED, SIGTERM, SIGINT, SIGHUP and SIGBUS end the
 * process with a Z report on fd 1; from then on the first three are ignored.
 */
progress *lastwords_begin(void);

/* Says Z for want of memory, and ends the process. */
no_return void lastwords_no_memory(void);

#endif
