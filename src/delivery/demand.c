/*
 * demand - protection that was asked for and that this program cannot give
 */
#include "delivery/demand.h"

#include "base/compiler.h"

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
