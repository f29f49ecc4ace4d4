/*
 * interceptor - what spawn-filter and rd-remote have in common
 */
#ifndef CMD_INTERCEPTOR_H
#define CMD_INTERCEPTOR_H

#include "companion/interception.h"

/* In what the two programs differ. */
struct interceptor {
	const char *name;
	intercept *intercept;
	/* Where files are if no variable says so. */
	struct settings_defaults defaults;
	/* The path of qmail-remote. */
	const char *remote;
};

/*
 * One delivery: from argv, the environment and fd 0 to a report on fd 1, or
 * to QREMOTE, or qmail-remote, which takes the place of this process.
 * Returns the exit status: 0, or 111 if the report could not be written.
 */
int interceptor_main(const struct interceptor *, int argc, char **argv);

#endif
