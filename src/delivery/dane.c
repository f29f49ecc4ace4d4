/*
 * dane - what DNS says of the certificate of one server
 */
#include "delivery/dane.h"

#include "delivery/fault.h"

/*
 * read_daemon - the daemon that DANE_VERIFICATION names, if it does
 */
static int
read_daemon(struct dane *out, struct settings *s, instant by,
    const struct trace *trace, struct arena *a, struct trouble *t)
{
	struct fault f = { { SPAN("DANE_VERIFICATION"), 0, SPAN("") }, 0 };
	struct dane_daemon *d;
	struct span value;
	uint64_t seconds;
	enum cause c;

	c = settings_text(&value, s, SET_DANE_VERIFICATION, &f);
	if (c != BY_NOTHING)
		return fault_trouble(t, c, &f);
	if (span_find(value, '@') == value.n)
		return 0;
	d = arena_zero(a, sizeof(*d));
	if (!daned_endpoint(&d->at, value)) {
		f.why.rule = value;
		return fault_trouble(t, BY_GARBLE, &f);
	}
	c = settings_number(&seconds, s, SET_DANETIMEOUT, &f);
	if (c != BY_NOTHING)
		return fault_trouble(t, c, &f);
	d->patience = seconds > UINT32_MAX ? UINT32_MAX : seconds * 1000;
	d->by = by;
	d->trace = trace;
	out->daemon = d;
	return 0;
}

/*
 * dane_read - whether DANE is wanted, and for whom
 */
int
dane_read(struct dane *out, struct settings *s, instant by,
    const struct trace *trace, struct arena *a, struct trouble *t)
{
	struct cdb *database = arena_take(a, sizeof(*database));
	struct span source;
	struct fault f;
	enum cause c;

	*out = (struct dane){ .restricted = false };
	if (!settings_flag(s, SET_DANE_VERIFICATION))
		return 0;
	out->wanted.file = SPAN("DANE_VERIFICATION");
	c = settings_database(database, s, SET_TLSADOMAINS, &f);
	if (c == BY_NOTHING)
		out->database = database;
	else if (c != BY_LACK)
		return fault_trouble(t, c, &f);
	/* An empty list is one: it has nobody. */
	c = settings_show(&out->listed.rest, &source, s, SET_TLSADOMAINS, &f);
	if (out->database != NULL && span_equal(source, database->path))
		out->listed.rest = SPAN("");
	else if (c != BY_NOTHING && c != BY_LACK)
		return fault_trouble(t, c, &f);
	out->restricted = out->database != NULL || c == BY_NOTHING;
	return read_daemon(out, s, by, trace, a, t);
}

/*
 * dane_lists - whether DANE is for the server of this name
 *
 * A damaged database lists everybody: DANE is then for more, not for fewer.
 */
bool
dane_lists(const struct dane *d, struct span name, struct arena *a)
{
	struct control lines = d->listed;
	char *lower = arena_take(a, name.n + 1);
	struct span line;

	if (!d->restricted)
		return true;
	while (control_next(&line, &lines))
		if (span_equal_nocase(line, name))
			return true;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = ascii_lower(name.p[i]);
	return d->database != NULL &&
	       cdb_find(&line, d->database, (struct span){ lower, name.n }) !=
	           CDB_ABSENT;
}

/*
 * is_excused - whether the daemon says that DANE is not for this server
 */
static bool
is_excused(const struct dane *d, struct span name)
{
	struct dane_daemon *to = d->daemon;
	struct daned_answer answer = { false, DANED_NEW };
	enum cause c;
	int err = 0;

	if (to == NULL || to->silent)
		return false;
	c = daned_ask(&answer, &to->at, DANED_QUERY, name,
	    clock_earlier(clock_in(to->patience), to->by), &err);
	to->silent = c == BY_TIMEOUT || c == BY_SYSTEM;
	TRACE(to->trace, "daned", { "name", name },
	    { "answer", c == BY_NOTHING
	                    ? span_of(daned_status_name(answer.status))
	                    : SPAN("none") });
	return c == BY_NOTHING && daned_excuses(answer);
}

/*
 * dane_verdict - what a session with a server has shown
 */
enum daned_status
dane_verdict(const struct tls_want *w, const struct tls_proof *proof,
    const struct trouble *t)
{
	if (w->level != TLS_DANE)
		return DANED_NOT_VERIFIED;
	if (proof != NULL && proof->verified == VERIFIED_DANE)
		return DANED_VERIFIED;
	/* Distrust is then that of a CA. */
	if (!tlsa_usable(w->tlsa, w->ntlsa))
		return DANED_NOT_VERIFIED;
	if (proof != NULL)
		return DANED_NEW;
	if (t->stage == AT_HANDSHAKE && t->cause == BY_DISTRUST)
		return DANED_FAILED;
	if (t->stage == AT_STARTTLS &&
	    (t->cause == BY_LACK || t->cause == BY_4XX || t->cause == BY_5XX))
		return DANED_FAILED;
	return DANED_NEW;
}

/*
 * dane_tell - tells the daemon of a verdict
 */
void
dane_tell(
    const struct dane *d, const struct candidate *c, enum daned_status verdict)
{
	if (d->daemon == NULL)
		return;
	if (verdict == DANED_VERIFIED)
		daned_tell(&d->daemon->at, DANED_SUCCESS, c->host.name);
	else if (verdict == DANED_FAILED)
		daned_tell(&d->daemon->at, DANED_FAILURE, c->host.name);
}

/*
 * why_not - why there is nothing to be searched for; SEARCH_FOUND if there is
 */
static enum dane_search
why_not(const struct dane *d, const struct candidate *c, struct arena *a)
{
	if (d->wanted.file.n == 0)
		return SEARCH_NOT_WANTED;
	if (c->host.name.n == 0)
		return SEARCH_NAMELESS;
	if (!dane_lists(d, c->host.name, a))
		return SEARCH_NOT_LISTED;
	if (is_excused(d, c->host.name))
		return SEARCH_EXCUSED;
	return c->host.secure || c->host.alias_secure ? SEARCH_FOUND
	                                              : SEARCH_INSECURE;
}

/*
 * dane_find - the records for a candidate
 */
int
dane_find(struct dane_records *out, const struct dane *d, struct resolver *r,
    const struct candidate *c, struct arena *a, struct trouble *t)
{
	struct tlsa *records;

	*out = (struct dane_records){ .search = why_not(d, c, a) };
	if (out->search != SEARCH_FOUND)
		return 0;
	switch (tlsa_find(
	    &records, &out->ntlsa, &out->base, r, &c->host, c->to.port, a)) {
	case DNS_OK:
		out->tlsa = records;
		out->why = (struct why){ SPAN("TLSA"), 0, out->base };
		return 1;
	case DNS_SOFT:
		out->search = r->bogus ? SEARCH_BOGUS : SEARCH_FAILED;
		break;
	default:
		out->search = r->secure ? SEARCH_NOTHING : SEARCH_INSECURE;
		return 0;
	}
	*t = (struct trouble){
		.stage = AT_TLSA, .cause = BY_LACK, .about = c->host.name
	};
	return -1;
}
