/*
 * notice - which notifications of its delivery a message asks for      [3461]
 */
#include "delivery/notice.h"

#include "base/compiler.h"

/*
 * notice_read - what the variables say
 *
 * The whole value counts: what stands behind a line feed must not be lost
 * unnoticed.
 */
bool
notice_read(struct dsn *out, enum setting *bad, struct span *value,
    const struct settings *s, struct arena *a)
{
	const struct {
		enum setting id;
		bool (*make)(struct span *, struct span, struct arena *);
		struct span *to;
	} parts[] = {
		{ SET_DSN_RET, dsn_ret, &out->ret },
		{ SET_DSN_ENVID, dsn_envid, &out->envid },
		{ SET_DSN_NOTIFY, dsn_notify, &out->notify },
		{ SET_DSN_ORCPT, dsn_orcpt, &out->orcpt },
	};

	*out = (struct dsn){ .ret = SPAN("") };
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		const char *name = settings_row(parts[i].id)->env;

		if (env_get(value, settings_env(s), name) && value->n > 0 &&
		    !parts[i].make(parts[i].to, *value, a)) {
			*bad = parts[i].id;
			return false;
		}
	}
	return true;
}
