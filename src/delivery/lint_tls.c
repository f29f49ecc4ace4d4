/*
 * lint_tls - what is wrong with the files that TLS goes by
 */
#include "base/buf.h"
#include "base/compiler.h"
#include "base/module.h"
#include "delivery/linting.h"
#include "net/tls.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/*
 * check_policy - the levels of tlspolicy
 */
static void
check_policy(struct linting *l)
{
	static const char *const levels[] = { "clientcert", "may", "encrypt",
		"verify" };
	struct span source, line;
	struct control lines;

	if (!linting_lines(l, &lines, &source, SET_TLSPOLICY))
		return;
	while (control_next(&line, &lines)) {
		size_t colon = span_find_last(line, ':'), i;
		struct span level =
		    colon < line.n ? span_tail(line, colon + 1) : line;

		for (i = 0; i < COUNT_OF(levels); i++)
			if (span_equal_nocase(level, span_of(levels[i])))
				break;
		if (i == COUNT_OF(levels))
			linting_say(
			    l, source, lines.line, "no such level", level);
	}
}

/*
 * rank - where a version of TLS stands; -1 if it is none
 */
static int
rank(struct span version)
{
	static const char *const versions[] = { "SSLv23", "SSLv3", "TLSv1",
		"TLSv1_1", "TLSv1_2", "TLSv1_3" };

	for (int i = 0; i < (int)COUNT_OF(versions); i++)
		if (span_equal_nocase(version, span_of(versions[i])))
			return i;
	return -1;
}

/*
 * check_version - one word of tlsclientmethod
 */
static void
check_version(struct linting *l, struct span source, struct span version)
{
	int r = rank(version);

	if (r < 0)
		linting_say(
		    l, source, 1, "refused, not a version of TLS", version);
	else if (r < rank(SPAN("TLSv1_2")))
		linting_say(l, source, 1,
		    "taken for TLSv1_2, the lowest that is spoken", version);
}

/*
 * check_method - tlsclientmethod: one version, or lowest:highest
 */
static void
check_method(struct linting *l)
{
	struct span text, source, lowest;
	struct fault f;
	bool range;

	if (settings_show(&text, &source, l->settings, SET_TLSCLIENTMETHOD,
	        &f) != BY_NOTHING)
		return;
	text = control_first(text);
	if (text.n == 0)
		return;
	range = span_find(text, ':') < text.n;
	lowest = span_cut(&text, ':');
	check_version(l, source, lowest);
	if (range)
		check_version(l, source, text);
	if (range && rank(text) >= 0 && rank(lowest) > rank(text))
		linting_say(l, source, 1,
		    "refused, the highest is below the lowest", text);
}

/*
 * check_readable - a file below CERTDIR, if it is there
 */
static void
check_readable(struct linting *l, struct span path)
{
	if (access(arena_string(l->arena, path), R_OK) < 0 && errno != ENOENT &&
	    errno != ENOTDIR)
		linting_say(l, path, 0,
		    "cannot be read, for which the group is qcerts",
		    span_of(strerrordesc_np(errno)));
}

/*
 * joined - a path below CERTDIR
 */
static struct span
joined(struct linting *l, const char *folder, struct span name)
{
	struct buf b;

	buf_init(&b, l->arena, SIZE_MAX);
	buf_puts(&b, settings_dir(l->settings, SET_CERTDIR));
	buf_puts(&b, folder);
	buf_put(&b, name);
	buf_putc(&b, '\0');
	return (struct span){ b.p, b.n - 1 };
}

/*
 * check_usable - a file that TLS is to use, as a handshake would use it
 *
 * Where there is no TLS, none will be made, and deliveries tell.
 */
static void
check_usable(struct linting *l, struct span path, const struct tls_want *want,
    const struct tls_terms *terms)
{
	const struct tls_module *m;
	struct span why;

	if (access(arena_string(l->arena, path), R_OK) < 0) {
		check_readable(l, path);
		return;
	}
	m = module_open("tls", &why, l->arena);
	if (m != NULL && !m->ready(&why, want, terms, l->arena))
		linting_say(l, path, 0,
		    "refused, a handshake that needs it cannot begin", why);
}

/*
 * check_client_certificate - our own
 */
static void
check_client_certificate(struct linting *l)
{
	struct tls_want want = { .level = TLS_MAY };
	struct tls_terms terms = { .lowest = 0 };
	struct span name;
	struct fault f;

	if (settings_text(&name, l->settings, SET_CLIENTCERT, &f) != BY_NOTHING)
		return;
	terms.client_certificate =
	    name.p[0] == '/' ? name : joined(l, "/", name);
	check_usable(l, terms.client_certificate, &want, &terms);
}

/*
 * check_tlshosts - the authorities of each server
 */
static void
check_tlshosts(struct linting *l)
{
	static const struct span pem = { ".pem", 4 };
	static const struct tls_terms terms;
	DIR *d = opendir(joined(l, "/tlshosts", SPAN("")).p);
	const struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		struct span name = span_of(entry->d_name);
		struct tls_want want = { .level = TLS_PKIX, .name = name };

		if (name.n <= pem.n ||
		    !span_equal(span_tail(name, name.n - pem.n), pem))
			continue;
		want.ca_file = joined(l, "/tlshosts/", name);
		check_usable(l, want.ca_file, &want, &terms);
	}
	if (d != NULL)
		(void)closedir(d);
}

/*
 * check_tlsadomains - a list that is there and has nobody
 */
static void
check_tlsadomains(struct linting *l)
{
	struct span text, source, line;
	struct control lines = { 0 };
	struct fault f;
	struct cdb cdb;

	if (settings_show(&text, &source, l->settings, SET_TLSADOMAINS, &f) !=
	        BY_NOTHING ||
	    settings_database(&cdb, l->settings, SET_TLSADOMAINS, &f) !=
	        BY_LACK)
		return;
	lines.rest = text;
	if (!control_next(&line, &lines))
		linting_say(l, source, 0,
		    "has no names, so DANE is for no server", SPAN(""));
}

/*
 * check_obsolete - files of older versions, which are not read
 */
static void
check_obsolete(struct linting *l)
{
	struct span path;

	if (settings_has_file(l->settings, &path, SPAN("tlsclientciphers")))
		linting_say(l, path, 0,
		    "ignored, clientcipherlist takes its place", SPAN(""));
}

/*
 * linting_tls - the files that TLS goes by
 */
void
linting_tls(struct linting *l)
{
	check_policy(l);
	check_method(l);
	check_client_certificate(l);
	check_tlshosts(l);
	check_tlsadomains(l);
	check_obsolete(l);
}
