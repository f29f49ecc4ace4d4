/*
 * security - which TLS a server gets
 */
#include "delivery/security.h"

#include "base/buf.h"
#include "base/compiler.h"
#include "delivery/fault.h"
#include "file/safename.h"

#include <errno.h>
#include <unistd.h>

enum {
	SMTPS_PORT = 465,
};

/*
 * path_below - directory/folder/name.ending
 */
static struct span
path_below(const char *directory, const char *folder, struct span name,
    const char *ending, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, SIZE_MAX);
	buf_puts(&b, directory);
	buf_puts(&b, folder);
	buf_put(&b, name);
	buf_puts(&b, ending);
	buf_putc(&b, '\0');
	return (struct span){ b.p, b.n - 1 };
}

/*
 * is_there - whether there is a file
 *
 * If that cannot be told, it is: what it demands must not be left out.  A
 * name that is too long for a file has none.
 */
static bool
is_there(struct span path)
{
	return access(path.p, F_OK) == 0 ||
	       (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG);
}

/*
 * find_named - the file of a name below a folder of CERTDIR
 *
 * In lower case first, then as it is written.  A name that cannot be part of
 * a path has no file.
 */
static bool
find_named(struct why *out, const char *certdir, const char *folder,
    struct span name, const char *ending, struct arena *a)
{
	struct span safe;

	for (int lower = 1; lower >= 0; lower--) {
		struct span path;

		if (!safename(&safe, name, lower != 0, a))
			return false;
		path = path_below(certdir, folder, safe, ending, a);
		if (is_there(path)) {
			*out = (struct why){ path, 0, SPAN("") };
			return true;
		}
	}
	return false;
}

/*
 * level_of - the level that a word of tlspolicy means
 */
static bool
level_of(enum tls_level *out, struct span word, bool have_certificate)
{
	static const struct {
		const char *word;
		enum tls_level level;
	} levels[] = {
		{ "may", TLS_MAY },
		{ "encrypt", TLS_ENCRYPT },
		{ "verify", TLS_PKIX },
	};

	for (size_t i = 0; i < COUNT_OF(levels); i++) {
		if (span_equal_nocase(word, span_of(levels[i].word))) {
			*out = levels[i].level;
			return true;
		}
	}
	*out = have_certificate ? TLS_MAY : TLS_NEVER;
	return span_equal_nocase(word, SPAN("clientcert"));
}

/*
 * is_ours - whether a name is that of the domain that mail is for
 */
static bool
is_ours(const struct security *s, struct span name)
{
	return span_equal_nocase(name, s->written) ||
	       span_equal_nocase(name, s->host);
}

/*
 * read_policy - tlspolicy: "level" for all, "domain:level" for one domain
 *
 * The first line for a domain, and the first without one, count.
 */
static int
read_policy(struct security *s, struct settings *settings, struct trouble *t)
{
	bool have = s->facts.clientcert.file.n > 0;
	struct span source, line;
	struct control lines;
	struct fault f;
	enum cause c;

	c = settings_list(&lines, &source, settings, SET_TLSPOLICY, &f);
	if (c != BY_NOTHING)
		return fault_trouble(t, c, &f);
	while (control_next(&line, &lines)) {
		size_t colon = span_find_last(line, ':');
		bool named = colon < line.n;
		struct tls_asked *to =
		    named ? &s->facts.policy : &s->facts.policy_default;
		struct why why = { source, lines.line, line };
		enum tls_level level;

		if (!level_of(&level, named ? span_tail(line, colon + 1) : line,
		        have)) {
			f = (struct fault){ why, 0 };
			return fault_trouble(t, BY_GARBLE, &f);
		}
		if (to->why.file.n == 0 &&
		    (!named || is_ours(s, span_head(line, colon))))
			*to = (struct tls_asked){ level, why };
	}
	return 0;
}

/*
 * version_of - a word of tlsclientmethod
 *
 * Older names mean the lowest that is still spoken.
 */
static int
version_of(struct span word)
{
	if (span_equal_nocase(word, SPAN("TLSv1_3")))
		return 13;
	if (span_equal_nocase(word, SPAN("TLSv1_2")) ||
	    span_equal_nocase(word, SPAN("SSLv23")) ||
	    span_equal_nocase(word, SPAN("SSLv3")) ||
	    span_equal_nocase(word, SPAN("TLSv1")) ||
	    span_equal_nocase(word, SPAN("TLSv1_1")))
		return 12;
	return 0;
}

/*
 * read_method - tlsclientmethod: one version, or lowest:highest
 */
static int
read_method(
    struct tls_terms *terms, struct settings *settings, struct trouble *t)
{
	struct span text, first;
	struct fault f;
	enum cause c;
	bool range;

	c = settings_text(&text, settings, SET_TLSCLIENTMETHOD, &f);
	if (c != BY_NOTHING)
		return fault_trouble(t, c, &f);
	if (text.n == 0)
		return 0;
	f = (struct fault){ { SPAN("tlsclientmethod"), 1, text }, 0 };
	range = span_find(text, ':') < text.n;
	first = span_cut(&text, ':');
	terms->lowest = version_of(first);
	/* An old name alone is no upper limit. */
	terms->highest =
	    range ? version_of(text)
	    : span_equal_nocase(first, SPAN("TLSv1_2")) || terms->lowest == 13
	        ? terms->lowest
	        : 0;
	if (terms->lowest == 0 || (range && terms->highest < terms->lowest))
		return fault_trouble(t, BY_GARBLE, &f);
	return 0;
}

/*
 * read_terms - how handshakes are made
 */
static int
read_terms(struct tls_terms *terms, const struct security *s,
    struct settings *settings, struct trouble *t)
{
	struct fault f;
	enum cause c;

	*terms = (struct tls_terms){ .client_certificate =
		                         s->facts.clientcert.file };
	c = settings_text(&terms->ciphers, settings, SET_CLIENTCIPHERLIST, &f);
	if (c == BY_NOTHING)
		c = settings_text(
		    &terms->ciphersuites, settings, SET_CLIENTCIPHERSUITE, &f);
	return c == BY_NOTHING ? read_method(terms, settings, t)
	                       : fault_trouble(t, c, &f);
}

/*
 * read_exceptions - the lists of those that get no TLS
 */
static int
read_exceptions(
    struct security *s, struct settings *settings, struct trouble *t)
{
	struct fault f;
	enum cause c;

	c = settings_list(
	    &s->notlhosts, &s->notlhosts_name, settings, SET_NOTLHOSTS, &f);
	if (c == BY_NOTHING) {
		c = settings_list(&s->notlshosts, &s->notlshosts_name, settings,
		    SET_NOTLSHOSTS_TOO, &f);
		/* A directory of that name is another thing. */
		if (c == BY_SYSTEM && f.err == EISDIR)
			c = BY_NOTHING;
	}
	return c == BY_NOTHING ? 0 : fault_trouble(t, c, &f);
}

/*
 * read_certificate - whether we have a certificate of our own
 */
static int
read_certificate(struct security *s, struct settings *settings, struct arena *a,
    struct trouble *t)
{
	struct span name, path;
	struct fault f;
	enum cause c;

	c = settings_text(&name, settings, SET_CLIENTCERT, &f);
	if (c != BY_NOTHING)
		return fault_trouble(t, c, &f);
	path = name.p[0] == '/' ? span_of(arena_string(a, name))
	                        : path_below(s->certdir, "/", name, "", a);
	if (is_there(path))
		s->facts.clientcert = (struct why){ path, 0, SPAN("") };
	return 0;
}

/*
 * security_read - what does not depend on the server
 */
int
security_read(struct security *out, struct tls_terms *terms,
    struct settings *settings, const struct path *p, struct span written,
    struct span alias, struct arena *a, struct trouble *t)
{
	*out = (struct security){
		.certdir = settings_dir(settings, SET_CERTDIR),
		.written = written,
		.host = alias.n > 0 ? alias : written,
	};
	if (settings_flag(settings, SET_SMTPS))
		out->facts.smtps.file = SPAN("SMTPS");
	else if (p->route.port == SMTPS_PORT && p->route.protocol == ROUTE_SMTP)
		out->facts.smtps = p->route.why;
	if (settings_flag(settings, SET_REQUIRETLS))
		out->facts.requiretls.file = SPAN("REQUIRETLS");
	if (read_certificate(out, settings, a, t) < 0 ||
	    read_policy(out, settings, t) < 0 ||
	    read_exceptions(out, settings, t) < 0)
		return -1;
	return read_terms(terms, out, settings, t);
}

/*
 * is_listed - whether a list has the name, or the domain that mail is for
 */
static bool
is_listed(struct why *out, const struct security *s, struct control lines,
    struct span source, struct span name)
{
	struct span line;

	while (control_next(&line, &lines)) {
		if (is_ours(s, line) ||
		    (name.n > 0 && span_equal_nocase(line, name))) {
			*out = (struct why){ source, lines.line, line };
			return true;
		}
	}
	return false;
}

/*
 * find_exception - whether a server, or the domain, gets no TLS
 */
static void
find_exception(struct tls_facts *f, const struct security *s, struct span name,
    struct arena *a)
{
	static const char folder[] = "/notlshosts/";

	(void)(is_listed(
	           &f->notlshosts, s, s->notlhosts, s->notlhosts_name, name) ||
	       is_listed(&f->notlshosts, s, s->notlshosts, s->notlshosts_name,
	           name) ||
	       find_named(&f->notlshosts, s->certdir, folder, name, "", a) ||
	       find_named(&f->notlshosts, s->certdir, folder, s->host, "", a));
}

/*
 * add_names - the names that a certificate may have beside the one that its
 * records were found at: what DNSSEC led here from          [7672:3.2.2]
 */
static void
add_names(struct tls_want *w, const struct security *s,
    const struct candidate *c, struct arena *a)
{
	struct span *names = arena_array(a, 2, sizeof(*names));
	size_t n = 0;

	if (c->preference >= 0) {
		names[n++] = s->host;
		names[n++] = c->domain;
	} else {
		names[n++] = c->host.name;
	}
	w->names = names;
	w->nnames = n;
}

/*
 * find_files - the files that are named after a server, or the domain
 */
static void
find_files(struct tls_facts *f, const struct security *s, struct span name,
    bool exceptions, struct arena *a)
{
	(void)find_named(
	    &f->tlshosts, s->certdir, "/tlshosts/", name, ".pem", a);
	if (exceptions)
		find_exception(f, s, name, a);
}

/*
 * security_excepts - whether a candidate gets no TLS by exception
 */
bool
security_excepts(
    const struct security *s, const struct candidate *c, struct arena *a)
{
	struct tls_facts f = s->facts;

	find_files(&f, s, span_undotted(c->name), true, a);
	return tls_policy_excepts(&f);
}

/*
 * security_for - what a handshake with one server must prove
 */
void
security_for(struct tls_want *out, const struct security *s,
    const struct candidate *c, const struct dane_records *records,
    struct arena *a)
{
	struct span name = span_undotted(c->name);
	struct tls_facts f = s->facts;
	/* Where nobody wants TLS, nobody need be asked for exceptions. */
	bool wanted = f.clientcert.file.n > 0 ||
	              f.policy_default.why.file.n > 0 || records != NULL;

	f.name = name;
	if (records != NULL) {
		f.name = records->base;
		f.dane = DANE_RECORDS;
		f.tlsa = records->tlsa;
		f.ntlsa = records->ntlsa;
		f.dane_why = records->why;
	}
	find_files(&f, s, name, wanted, a);
	if (wanted) {
		struct span list = path_below(
		    s->certdir, "/tlshosts/", SPAN("exhaustivelist"), "", a);

		if (is_there(list))
			f.exhaustivelist = (struct why){ list, 0, SPAN("") };
	}
	*out = tls_policy(&f);
	out->pkix_name = name;
	if (out->level == TLS_DANE)
		add_names(out, s, c, a);
}
