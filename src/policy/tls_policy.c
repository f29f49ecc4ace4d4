/*
 * tls_policy - what the handshake with a server must prove
 */
#include "policy/tls_policy.h"

/*
 * is_so - whether a fact holds
 */
static bool
is_so(const struct why *w)
{
	return w->file.n > 0;
}

/*
 * set - a level, and who decided it
 */
static void
set(struct tls_want *w, enum tls_level level, const struct why *why)
{
	w->level = level;
	w->why = *why;
}

/*
 * demand - the higher of two levels; the one that demands more is the reason
 */
static void
demand(struct tls_want *w, enum tls_level level, const struct why *why)
{
	if (!is_so(&w->why) || level > w->level)
		set(w, level, why);
}

/*
 * add_records - TLSA records must hold
 */
static void
add_records(struct tls_want *w, const struct tls_facts *f)
{
	if (f->dane != DANE_RECORDS)
		return;
	w->pkix_too = w->level == TLS_PKIX;
	demand(w, TLS_DANE, &f->dane_why);
	w->tlsa = f->tlsa;
	w->ntlsa = f->ntlsa;
}

/*
 * add_ca - the file that a verification trusts, if there is one
 */
static void
add_ca(struct tls_want *w, const struct tls_facts *f)
{
	if (is_so(&f->tlshosts))
		w->ca_file = f->tlshosts.file;
}

/*
 * tls_policy_excepts - whether notlhosts comes first
 */
bool
tls_policy_excepts(const struct tls_facts *f)
{
	return is_so(&f->notlshosts) && !is_so(&f->smtps) &&
	       !is_so(&f->requiretls) && !is_so(&f->policy.why) &&
	       !is_so(&f->tlshosts);
}

/*
 * tls_policy - the first rule that applies
 */
struct tls_want
tls_policy(const struct tls_facts *f)
{
	struct tls_want w = { .level = TLS_NEVER, .name = f->name };
	static const struct why nobody = { .file = { "default", 7 } };

	w.at_once = is_so(&f->smtps);
	if (tls_policy_excepts(f)) {
		set(&w, TLS_NEVER, &f->notlshosts);
	} else if (w.at_once || is_so(&f->requiretls) ||
	           is_so(&f->policy.why) || is_so(&f->tlshosts)) {
		if (w.at_once)
			demand(&w, TLS_ENCRYPT, &f->smtps);
		if (is_so(&f->policy.why))
			demand(&w, f->policy.level, &f->policy.why);
		if (is_so(&f->tlshosts))
			demand(&w, TLS_PKIX, &f->tlshosts);
		add_records(&w, f);
		if (is_so(&f->requiretls))
			demand(&w, TLS_PKIX, &f->requiretls);
	} else if (f->dane == DANE_RECORDS) {
		add_records(&w, f);
	} else if (is_so(&f->exhaustivelist)) {
		set(&w, TLS_NEVER, &f->exhaustivelist);
	} else if (is_so(&f->policy_default.why)) {
		set(&w, f->policy_default.level, &f->policy_default.why);
	} else if (is_so(&f->clientcert)) {
		set(&w, TLS_MAY, &f->clientcert);
	} else {
		set(&w, TLS_NEVER, &nobody);
	}
	add_ca(&w, f);
	return w;
}
