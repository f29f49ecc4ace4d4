/*
 * cdb-database - makes a database from a file of lines
 *
 * usage: cdb-database [-m] filename
 *
 * Nothing is taken from the arena while there is a temporary file: whoever
 * finds no memory ends the process, and the file would stay.
 */
#include "base/buf.h"
#include "base/compiler.h"
#include "cmd/stopping.h"
#include "file/cdbmake.h"
#include "file/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum {
	EXIT_WRONG = 100,
	EXIT_AGAIN = 111,
};

/* What was found. */
enum found {
	/* An entry: the source's key and data. */
	ENTRY,
	/* There are no more. */
	END,
	/* A line that is no entry; the source's wrong says why. */
	WRONG,
};

/* The file that is read. */
struct source {
	const char *path;
	struct control lines;
	/* The entry found last.  There is room for the longest key. */
	char *key;
	size_t key_n;
	struct span data;
	const char *wrong;
	/* The last characters of all prefixes, each once. */
	char ends[256];
	size_t nends;
	/* The line that ends the file has been read. */
	bool ended;
};

/* How the next entry of a source is found. */
typedef enum found next_entry(struct source *);

/*
 * no_memory - says so, and ends the process
 */
no_return static void
no_memory(void)
{
	(void)fputs("cdb-database: out of memory\n", stderr);
	exit(EXIT_AGAIN);
}

/*
 * complain - says what is wrong with a file; returns the exit status
 */
static int
complain(const char *path, int err)
{
	(void)fprintf(
	    stderr, "cdb-database: %s: %s\n", path, stopping_words(err));
	return EXIT_AGAIN;
}

/*
 * complain_line - says what is wrong with a line; returns the exit status
 */
static int
complain_line(const char *path, unsigned line, const char *what)
{
	(void)fprintf(stderr, "%s:%u: %s\n", path, line, what);
	return EXIT_WRONG;
}

/*
 * wrong - a line that is no entry
 */
static enum found
wrong(struct source *s, const char *what)
{
	s->wrong = what;
	return WRONG;
}

/*
 * put_key - more of the key, in lower case
 */
static void
put_key(struct source *s, struct span part)
{
	for (size_t i = 0; i < part.n; i++)
		s->key[s->key_n++] = ascii_lower(part.p[i]);
}

/*
 * note_end - the last character of a prefix, as its key has it
 */
static void
note_end(struct source *s)
{
	char c = s->key[s->key_n - 1];

	if (memchr(s->ends, c, s->nends) == NULL)
		s->ends[s->nends++] = c;
}

/*
 * take_assignment - the entry of a line "=addr:data:" or "+prefix:data:"
 *
 * The data may hold colons, so it is the last that ends it.  What would stand
 * behind that is rather a part of the data than of no use.
 */
static enum found
take_assignment(struct source *s, struct span line)
{
	size_t first = span_find(line, ':');
	size_t last = span_find_last(line, ':');

	if (line.p[0] != '=' && line.p[0] != '+')
		return wrong(s, "begins with none of '=', '+', '#' and '.'");
	if (first == last)
		return wrong(s, "does not have two colons");
	if (last != line.n - 1)
		return wrong(s, "does not end with a colon");
	if (line.p[0] == '=' && first == 1)
		return wrong(s, "has no address");
	s->key_n = 0;
	put_key(s, SPAN("!"));
	put_key(s, span_tail(span_head(line, first), 1));
	if (line.p[0] == '=')
		put_key(s, SPAN("\0"));
	else if (first > 1)
		note_end(s);
	s->data = span_tail(span_head(line, last), first + 1);
	return ENTRY;
}

/*
 * next_assignment - the next entry of a file that a line with a dot ends
 *
 * At that line it is the one whose key is empty: which characters a prefix
 * may end with.
 */
static enum found
next_assignment(struct source *s)
{
	struct span line;

	if (s->ended)
		return END;
	do {
		s->lines.line++;
		if (s->lines.rest.n == 0)
			return wrong(s, "the file ends without a line \".\"");
		line = span_trim(span_cut(&s->lines.rest, '\n'));
		if (line.n == 0)
			return wrong(s, "is empty");
	} while (line.p[0] == '#');
	if (line.p[0] != '.')
		return take_assignment(s, line);
	s->ended = true;
	s->key_n = 0;
	s->data = (struct span){ s->ends, s->nends };
	return ENTRY;
}

/*
 * next_relay - the next entry of a file of lines "address relay"
 */
static enum found
next_relay(struct source *s)
{
	struct span line;
	size_t n = 0;

	if (!control_next(&line, &s->lines))
		return END;
	while (n < line.n && line.p[n] != ' ' && line.p[n] != '\t')
		n++;
	s->data = span_tail(line, n);
	while (s->data.n > 0 && (*s->data.p == ' ' || *s->data.p == '\t'))
		s->data = span_tail(s->data, 1);
	line = span_head(line, n);
	if (span_find(line, '@') == line.n)
		return wrong(s, "does not begin with an address");
	if (s->data.n == 0)
		return wrong(s, "has no relay");
	s->key_n = 0;
	put_key(s, line);
	return ENTRY;
}

/*
 * fill - all entries of the source; returns the exit status
 */
static int
fill(struct cdbmake *m, struct source *s, next_entry *next, const char *path)
{
	enum found found;
	int err;

	while ((found = next(s)) == ENTRY)
		if (cdbmake_add(m, (struct span){ s->key, s->key_n }, s->data,
		        &err) != BY_NOTHING)
			return complain(path, err);
	if (found == WRONG)
		return complain_line(s->path, s->lines.line, s->wrong);
	return EXIT_SUCCESS;
}

/*
 * make - a database at path from the source; returns the exit status
 */
static int
make(struct source *s, next_entry *next, const char *path, struct arena *a)
{
	struct cdbmake *m;
	unsigned line;
	enum cause c;
	int status;
	int err;

	c = control_read(&s->lines.rest, s->path, a, &err, &line);
	if (c == BY_GARBLE)
		return complain_line(s->path, line, "holds a NUL");
	if (c != BY_NOTHING)
		return complain(s->path, err);
	/* No key is longer than its line. */
	s->key = arena_take(a, s->lines.rest.n);
	c = cdbmake_begin(&m, path, s->path, stopping_watch(), a, &err);
	if (c != BY_NOTHING)
		return complain(path, err);
	status = fill(m, s, next, path);
	if (status != EXIT_SUCCESS)
		cdbmake_abandon(m);
	else if (cdbmake_end(m, &err) != BY_NOTHING)
		status = complain(path, err);
	return status;
}

/*
 * path_of - the path of a file
 *
 * A name that begins with '/' or '.' is one, any other is below the control
 * directory.
 */
static const char *
path_of(const char *controldir, const char *name, const char *ending,
    struct arena *a)
{
	struct buf b;

	buf_init(&b, a, SIZE_MAX);
	if (name[0] != '/' && name[0] != '.') {
		buf_puts(&b, controldir);
		buf_putc(&b, '/');
	}
	buf_puts(&b, name);
	buf_puts(&b, ending);
	buf_putc(&b, '\0');
	return b.p;
}

int
main(int argc, char **argv)
{
	static const struct settings_defaults defaults = { CONTROLDIR, CERTDIR,
		QUEUEDIR };
	struct env env = { (const char *const *)environ };
	struct source s = { 0 };
	next_entry *next = next_assignment;
	const char *dir, *path;
	struct arena *a;
	int c, status;

	while ((c = getopt(argc, argv, "m")) == 'm')
		next = next_relay;
	if (c != -1 || argc - optind != 1 || argv[optind][0] == '\0') {
		(void)fputs("usage: cdb-database [-m] filename\n", stderr);
		return EXIT_WRONG;
	}
	a = arena_new(no_memory);
	dir = settings_dir(settings_new(&env, &defaults, a), SET_CONTROLDIR);
	s.path = path_of(dir, argv[optind], "", a);
	path = path_of(dir, argv[optind], ".cdb", a);
	status = make(&s, next, path, a);
	arena_free(a);
	return status;
}
