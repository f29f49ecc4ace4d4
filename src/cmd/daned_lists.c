/*
 * daned_lists - the names that qmail-daned does not verify
 */
#include "cmd/daned_lists.h"

#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * daned_sources_init - a delivery's environment, with DANE asked for and no
 * daemon to ask
 */
void
daned_sources_init(struct daned_sources *out, const struct env *env,
    const char *whitelist, const char *tlsadomains, struct arena *a)
{
	struct span name = span_of(tlsadomains);
	struct span bad;
	struct buf changes;

	buf_init(&changes, a, SIZE_MAX);
	buf_puts(&changes, "DANE_VERIFICATION=here");
	if (name.n > 0)
		buf_puts(&changes, ",TLSADOMAINS=");
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == ',')
			buf_putc(&changes, '\\');
		buf_putc(&changes, name.p[i]);
	}
	/* Each change has a name, so none is bad. */
	(void)env_with(&out->env, env, buf_span(&changes), NULL, a, &bad);
	out->whitelist = whitelist;
	out->defaults =
	    (struct settings_defaults){ CONTROLDIR, CERTDIR, QUEUEDIR };
}

/*
 * path_of - the path of the whitelist: below the control directory, unless it
 * begins with '/' or '.'
 */
static const char *
path_of(const char *name, const struct settings *s, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, SIZE_MAX);
	if (name[0] != '/' && name[0] != '.') {
		buf_puts(&b, settings_dir(s, SET_CONTROLDIR));
		buf_putc(&b, '/');
	}
	buf_puts(&b, name);
	buf_putc(&b, '\0');
	return b.p;
}

/*
 * read_whitelist - a file that was asked for must be there
 */
static int
read_whitelist(struct daned_lists *l, const char *name,
    const struct settings *s, struct trouble *t)
{
	const char *path = path_of(name, s, l->arena);
	enum cause c;

	*t = (struct trouble){ .stage = AT_CONTROL, .why.file = span_of(path) };
	c = control_read(
	    &l->whitelist.rest, path, l->arena, &t->err, &t->why.line);
	if (c == BY_LACK)
		t->err = ENOENT;
	t->cause = c;
	return c == BY_NOTHING ? 0 : -1;
}

/*
 * complain - says which file cannot be read
 */
static void
complain(const struct trouble *t)
{
	const char *words = strerrordesc_np(t->err);

	(void)fprintf(stderr, "qmail-daned: %.*s: %s\n", (int)t->why.file.n,
	    t->why.file.p,
	    t->cause == BY_SYSTEM || t->cause == BY_LACK ? words
	                                                 : "makes no sense");
}

/*
 * daned_lists_read - reads the lists
 */
bool
daned_lists_read(struct daned_lists *out, const struct daned_sources *from,
    const struct arena *beside)
{
	struct daned_lists l = { .arena = arena_beside(beside) };
	struct settings *s = settings_new(&from->env, &from->defaults, l.arena);
	struct trouble t;

	if ((from->whitelist != NULL &&
	        read_whitelist(&l, from->whitelist, s, &t) < 0) ||
	    dane_read(&l.dane, s, NEVER, NULL, l.arena, &t) < 0) {
		complain(&t);
		arena_free(l.arena);
		return false;
	}
	*out = l;
	return true;
}

/*
 * daned_lists_free - forgets what was read
 */
void
daned_lists_free(struct daned_lists *l)
{
	arena_free(l->arena);
}

/*
 * daned_lists_find - why a name is not verified
 */
enum daned_status
daned_lists_find(const struct daned_lists *l, struct span name)
{
	struct control lines = l->whitelist;
	struct arena *own = arena_beside(l->arena);
	struct span line;
	bool listed;

	while (control_next(&line, &lines)) {
		if (line.n > 0 && line.p[line.n - 1] == '.')
			line.n--;
		if (span_equal_nocase(line, name)) {
			arena_free(own);
			return DANED_WHITELISTED;
		}
	}
	listed = dane_lists(&l->dane, name, own);
	arena_free(own);
	return listed ? DANED_NEW : DANED_NOT_VERIFIED;
}
