/*
 * login - how to log in to the servers of a route
 */
#ifndef DELIVERY_LOGIN_H
#define DELIVERY_LOGIN_H

#include "base/clock.h"
#include "delivery/path.h"
#include "policy/auth_policy.h"
#include "proto/auth.h"

/* confined */
struct login_plan {
	/* A login is wanted; else want says nothing. */
	bool wanted;
	struct auth_want want;
	/* What want.allowed was decided by. */
	struct auth_facts facts;
	/* Where the secret is fetched from, by its setting; SETTINGS: the route
	 * has it. */
	enum setting source;
	struct span source_path;
	struct settings *settings;
};

/*
 * login_read - whether, and how, to log in
 *
 * AUTH_SMTP must be set, and the route must know user and password.  Returns
 * 0; -1 with *t if a setting cannot be read, or if a login is demanded that
 * cannot be.
 */
int login_read(struct login_plan *out, struct settings *, const struct path *,
    struct trouble *t);

/*
 * login_fetch - the secret, if it must be fetched for each delivery
 *
 * Runs a program, if one is named, no longer than until by.  Returns 0, or -1
 * with *t, AT_SECRET.
 */
int login_fetch(
    struct login_plan *, instant by, struct arena *, struct trouble *t);

#endif
