/*
 * routedb - makes the database that takes the place of a file of routes
 */
#ifndef CMD_ROUTEDB_H
#define CMD_ROUTEDB_H

#include "file/settings.h"

/*
 * routedb_make - from the lines of smtproutes or qmtproutes
 *
 * Key: the domain field in lower case; data: the rest of the line.  Returns
 * 0; 1 if a line has no colon, or a field is too long; 111 for a system
 * error.  In both the old database stays, and stderr says why.
 */
int routedb_make(struct settings *, enum setting, struct arena *);

#endif
