/*
 * auth_policy - which mechanisms a login may use
 */
#include "policy/auth_policy.h"

/*
 * is_hex - whether all of it is hex digits
 */
static bool
is_hex(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = ascii_lower(s.p[i]);

		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return false;
	}
	return true;
}

/*
 * auth_salted - the digits of a salted password
 */
unsigned
auth_salted(const struct auth_facts *f)
{
	if (!f->salted || !is_hex(f->secret))
		return 0;
	for (unsigned i = 0; i < MECHANISMS; i++)
		if (mechanism_at(i)->salted == f->secret.n)
			return mechanism_at(i)->salted;
	return 0;
}

/*
 * may_use - whether a mechanism may be used at all
 */
static bool
may_use(const struct mechanism *m, const struct auth_facts *f)
{
	unsigned salted = auth_salted(f);
	bool any = f->named.n == 0 || span_equal_nocase(f->named, SPAN("any"));

	/* A salted password is as good as the password itself, to a server
	 * that is shown it. */
	if (salted > 0 && m->salted != salted)
		return false;
	return any ? !m->by_name_only
	           : span_equal_nocase(f->named, span_of(m->name));
}

/*
 * auth_policy - which mechanisms may be used
 */
struct mechanisms_allowed
auth_policy(const struct auth_facts *f)
{
	struct mechanisms_allowed allowed = { 0, 0 };

	for (unsigned i = 0; i < MECHANISMS; i++) {
		const struct mechanism *m = mechanism_at(i);
		uint32_t bit = UINT32_C(1) << i;

		if ((f->disabled & bit) != 0 || !may_use(m, f))
			continue;
		allowed.in_tls |= bit;
		if (!m->in_tls_only && !(f->secure && m->shows == SHOWS_SECRET))
			allowed.in_clear |= bit;
	}
	return allowed;
}
