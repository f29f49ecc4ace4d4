/*
 * login - whom a route says to log in as
 */
#include "policy/login.h"

/*
 * take_pair - "user password[ envstr]"
 */
static bool
take_pair(struct login *out, struct span field, struct span *envstr)
{
	out->user = span_cut(&field, ' ');
	out->password = span_cut(&field, ' ');
	*envstr = field;
	return out->user.n > 0 && out->password.n > 0;
}

/*
 * look_up - credentials by a key of remote_auth.cdb
 */
static enum login_result
look_up(struct login *out, struct span key, const struct cdb *database,
    struct arena *a)
{
	struct span data, line;

	if (database == NULL)
		return LOGIN_NONE;
	out->why = (struct why){ .file = database->path, .rule = key };
	switch (assign_find(&data, &line, database, key, a)) {
	case CDB_DAMAGED:
		out->why.rule = SPAN("damaged");
		return LOGIN_DAMAGED;
	case CDB_ABSENT:
		return LOGIN_NONE;
	case CDB_FOUND:
		break;
	}
	out->why.rule = line;
	return take_pair(out, data, &out->auth_envstr) ? LOGIN_FOUND
	                                               : LOGIN_BAD;
}

/*
 * login_find - the credentials for one recipient
 */
enum login_result
login_find(struct login *out, struct span field, struct why route_why,
    const struct cdb *database, struct span sender, struct span rcpt,
    struct arena *a)
{
	struct span key;

	*out = (struct login){ .why = route_why };
	if (field.n == 0)
		return LOGIN_NONE;
	if (field.p[0] != '/')
		return take_pair(out, field, &out->route_envstr) ? LOGIN_FOUND
		                                                 : LOGIN_BAD;
	key = span_tail(span_cut(&field, ' '), 1);
	out->route_envstr = field;
	if (key.n == 0)
		return LOGIN_BAD;
	if (span_equal(key, SPAN("s")))
		key = sender;
	else if (span_equal(key, SPAN("r")))
		key = rcpt;
	return look_up(out, key, database, a);
}
