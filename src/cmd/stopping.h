/*
 * stopping - a program that is told to stop, and tidies up first
 */
#ifndef CMD_STOPPING_H
#define CMD_STOPPING_H

#include <signal.h>

/*
 * Lets SIGTERM, SIGINT and SIGHUP be answered in good order: what it returns
 * is not 0 once one has come.  A file that may grow no larger becomes an
 * error of write(2), not the end, and children can be waited for, whatever
 * the caller of the program did with SIGCHLD.
 */
const volatile sig_atomic_t *stopping_watch(void);

/* errno in words, or that we were told to stop. */
const char *stopping_words(int err);

#endif
