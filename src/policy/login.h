/*
 * login - whom a route says to log in as
 *
 * A pure function of the route's login field and of remote_auth.cdb.
 */
#ifndef POLICY_LOGIN_H
#define POLICY_LOGIN_H

#include "base/why.h"
#include "file/assign.h"

/* Credentials; none if user is empty.  The spans are secret.         value */
struct login {
	struct span user, password;
	/* Changes to the environment: the route's, then remote_auth's. */
	struct span route_envstr, auth_envstr;
	/* Where user and password come from; never the password itself. */
	struct why why;
};

enum login_result {
	/* The route asks for none, or nothing is listed for its key. */
	LOGIN_NONE,
	LOGIN_FOUND,
	/* The field, or the entry, makes no sense; out->why says which. */
	LOGIN_BAD,
	/* The database is damaged. */
	LOGIN_DAMAGED,
};

/*
 * login_find - the credentials for one recipient
 *
 * field is what follows the first space of a route, route_why its line.  It
 * is "user password[ envstr]", or "/s", "/r" or "/token", each with an
 * optional envstr, to look in remote_auth.cdb under the sender, the recipient
 * or the token.  database is NULL if there is none: nothing is listed then.
 */
enum login_result login_find(struct login *out, struct span field,
    struct why route_why, const struct cdb *database, struct span sender,
    struct span rcpt, struct arena *);

#endif
