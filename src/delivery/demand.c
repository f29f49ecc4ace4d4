/*
 * demand - protection that was asked for and that this program cannot give
 */
#include "delivery/demand.h"

#include "base/compiler.h"

/*
 * demand - says what is asked for, and by whom
 */
static int
demand(struct trouble *t, struct why why, const char *what)
{
	*t = (struct trouble){ .stage = AT_DEMAND,
		.cause = BY_LACK,
		.about = span_of(what),
		.why = why };
	return -1;
}

/*
 * demand_check - what the settings or the route ask of every server
 */
int
demand_check(struct settings *s, const struct path *p, struct trouble *t)
{
	static const struct {
		enum setting id;
		const char *what;
	} switches[] = {
		{ SET_REQUIRE_AUTH, "a login" },
	};

	for (size_t i = 0; i < COUNT_OF(switches); i++) {
		struct span name = span_of(settings_row(switches[i].id)->env);

		if (settings_flag(s, switches[i].id))
			return demand(t, (struct why){ name, 0, SPAN("") },
			    switches[i].what);
	}
	if (p->login.user.n > 0 && settings_flag(s, SET_AUTH_SMTP))
		return demand(t, p->login.why, "a login");
	return 0;
}

/*
 * demand_of_qmtp - what there is no way to have with QMTP
 */
void
demand_of_qmtp(struct why *out, const struct settings *s, const struct path *p)
{
	static const enum setting switches[] = { SET_REQUIRETLS,
		SET_REQUIRE_AUTH };

	*out = (struct why){ .line = 0 };
	if (p->login.user.n > 0 && settings_flag(s, SET_AUTH_SMTP))
		*out = p->login.why;
	for (size_t i = 0; i < COUNT_OF(switches); i++)
		if (settings_flag(s, switches[i]))
			out->file = span_of(settings_row(switches[i])->env);
}
