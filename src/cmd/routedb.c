/*
 * routedb - makes the database that takes the place of a file of routes
 */
#include "cmd/routedb.h"

#include "base/buf.h"
#include "cmd/stopping.h"
#include "file/cdbmake.h"

#include <stdio.h>

enum {
	MADE = 0,
	REFUSED_LINE = 1,
	FAILED = 111,
	/* A domain field; longer names do not exist. */
	KEY_MAX = 1024,
};

/*
 * complain - says what failed; returns the exit status
 */
static int
complain(const char *path, int err)
{
	(void)fprintf(
	    stderr, "qmail-remote-lint: %s: %s\n", path, stopping_words(err));
	return FAILED;
}

/*
 * fill - all lines, each a record
 *
 * Of several lines for one domain the first counts, and so does the first of
 * several records with one key.
 */
static int
fill(struct cdbmake *m, struct control lines, struct span source)
{
	struct span line, key;
	char lower[KEY_MAX];
	int err;

	while (control_next(&line, &lines)) {
		struct span rest = line;

		if (!control_split(&key, &rest) || key.n > sizeof(lower)) {
			(void)fprintf(stderr, "%s:%u: no domain field\n",
			    source.p, lines.line);
			return REFUSED_LINE;
		}
		for (size_t i = 0; i < key.n; i++)
			lower[i] = ascii_lower(key.p[i]);
		if (cdbmake_add(m, (struct span){ lower, key.n }, rest, &err) !=
		    BY_NOTHING)
			return complain(source.p, err);
	}
	return MADE;
}

/*
 * routedb_make - from the lines of smtproutes or qmtproutes
 */
int
routedb_make(struct settings *s, enum setting id, struct arena *a)
{
	struct control lines;
	struct cdbmake *m;
	struct span source;
	struct fault f;
	struct buf path;
	int status, err;

	if (settings_list(&lines, &source, s, id, &f) != BY_NOTHING)
		return complain(f.why.file.p, f.err);
	if (lines.rest.n == 0) {
		(void)fprintf(
		    stderr, "qmail-remote-lint: %s: no routes\n", source.p);
		return FAILED;
	}
	buf_init(&path, a, SIZE_MAX);
	buf_put(&path, source);
	buf_puts(&path, ".cdb");
	buf_putc(&path, '\0');
	if (cdbmake_begin(&m, path.p, source.p, stopping_watch(), a, &err) !=
	    BY_NOTHING)
		return complain(path.p, err);
	status = fill(m, lines, source);
	if (status != MADE)
		cdbmake_abandon(m);
	else if (cdbmake_end(m, &err) != BY_NOTHING)
		status = complain(path.p, err);
	return status;
}
