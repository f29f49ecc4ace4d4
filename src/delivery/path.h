/*
 * path - the route of a message: where it goes, and whom to log in as there
 *
 * Reads the files that policy/routes and policy/login decide by.
 */
#ifndef DELIVERY_PATH_H
#define DELIVERY_PATH_H

#include "delivery/request.h"
#include "file/settings.h"
#include "policy/login.h"
#include "policy/routes.h"

/* value */
struct path {
	/* A route was found; else route is that of no line at all. */
	bool routed;
	struct route route;
	struct login login;
};

/*
 * path_find - the route that all recipients share
 *
 * Returns 0, or -1 with *t: a file cannot be read, or the line that matches
 * makes no sense, or the recipients would need different routes or logins.
 * alias is what else the host may be listed as, if not empty.
 *
 * *settings becomes the settings that hold for this route: its envstr, and
 * then that of remote_auth, have changed the environment.
 */
int path_find(struct path *out, const struct request *, struct span alias,
    struct settings **settings, struct arena *, struct trouble *t);

#endif
