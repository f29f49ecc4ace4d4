/*
 * ctrlenv - sets variables by an address, and runs a program
 *
 * usage: ctrlenv [-c] -f file [-e env] -a address child [arg ...]
 *
 * Whatever fails ends with 111: a script that stands in for qmail-remote must
 * not bounce mail for it.
 */
#include "base/compiler.h"
#include "cmd/descriptors.h"
#include "companion/program.h"
#include "file/assign.h"
#include "file/assign_text.h"
#include "file/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* What is asked for. */
struct call {
	bool clear;
	const char *file, *variable, *address;
	const char *const *child;
};

/*
 * no_memory - says so, and ends the process
 */
no_return static void
no_memory(void)
{
	(void)fputs("ctrlenv: out of memory\n", stderr);
	exit(EXIT_AGAIN);
}

/*
 * complain - says what is wrong; always false
 */
static bool
complain(const char *about, unsigned line, const char *what)
{
	if (line > 0)
		(void)fprintf(stderr, "%s:%u: %s\n", about, line, what);
	else
		(void)fprintf(stderr, "ctrlenv: %s: %s\n", about, what);
	return false;
}

/*
 * complain_of - says why by errno; always false
 */
static bool
complain_of(const char *about, int err)
{
	const char *words = strerrordesc_np(err);

	return complain(about, 0, words != NULL ? words : "unknown error");
}

/*
 * take_arguments - what is asked for
 */
static bool
take_arguments(struct call *out, int argc, char **argv)
{
	int c;

	*out = (struct call){ 0 };
	/* What stands behind the child is its own. */
	while ((c = getopt(argc, argv, "+cf:e:a:")) != -1) {
		switch (c) {
		case 'c':
			out->clear = true;
			break;
		case 'f':
			out->file = optarg;
			break;
		case 'e':
			out->variable = optarg;
			break;
		case 'a':
			out->address = optarg;
			break;
		default:
			return false;
		}
	}
	out->child = (const char *const *)argv + optind;
	if (out->variable != NULL &&
	    (out->variable[0] == '\0' || strchr(out->variable, '=') != NULL))
		return false;
	return out->file != NULL && out->file[0] != '\0' &&
	       out->address != NULL && optind < argc && argv[optind][0] != '\0';
}

/*
 * path_of - the path of the file
 *
 * A name that begins with '/' or '.' is one, any other is below the control
 * directory.
 */
static const char *
path_of(const char *controldir, const char *name, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, SIZE_MAX);
	if (name[0] != '/' && name[0] != '.') {
		buf_puts(&b, controldir);
		buf_putc(&b, '/');
	}
	buf_puts(&b, name);
	buf_putc(&b, '\0');
	return b.p;
}

/*
 * find_in_database - the data for an address; data->p is NULL if there is none
 */
static bool
find_in_database(
    struct span *data, const char *path, struct span address, struct arena *a)
{
	struct span key;
	struct cdb cdb;
	int err = 0;

	switch (cdb_open(&cdb, path, a, &err)) {
	case BY_NOTHING:
		break;
	case BY_LACK:
		return complain_of(path, ENOENT);
	case BY_GARBLE:
		return complain(path, 0, "not a database");
	default:
		return complain_of(path, err);
	}
	switch (assign_find(data, &key, &cdb, address, a)) {
	case CDB_FOUND:
		return true;
	case CDB_DAMAGED:
		return complain(path, 0, "a damaged database");
	default:
		*data = (struct span){ NULL, 0 };
		return true;
	}
}

/*
 * find_in_text - the same, in lines
 */
static bool
find_in_text(struct span *data, unsigned *line, const char *path,
    struct span address, struct arena *a)
{
	struct span text;
	int err = 0;

	switch (control_read(&text, path, a, &err, line)) {
	case BY_NOTHING:
		break;
	case BY_LACK:
		return complain_of(path, ENOENT);
	case BY_GARBLE:
		return complain(path, *line, "holds a NUL");
	default:
		return complain_of(path, err);
	}
	*data = (struct span){ NULL, 0 };
	if (assign_text_find(data, line, text, address) == ASSIGN_TEXT_BAD)
		return complain(path, *line, "no colon");
	return true;
}

/*
 * make_env - the environment of the child
 */
static bool
make_env(struct env *out, const struct call *c, const struct env *ours,
    struct arena *a)
{
	static const struct settings_defaults defaults = { CONTROLDIR, CERTDIR,
		QUEUEDIR };
	static const char *const none[] = { NULL };
	const char *dir =
	    settings_dir(settings_new(ours, &defaults, a), SET_CONTROLDIR);
	const char *path = path_of(dir, c->file, a);
	struct span address = span_of(c->address);
	struct env before = c->clear ? (struct env){ none } : *ours;
	struct span data, bad;
	unsigned line = 0;

	if (span_ends(span_of(path), SPAN(".sql")))
		return complain(path, 0, "there is no SQL here");
	if (span_ends(span_of(path), SPAN(".cdb"))
	        ? !find_in_database(&data, path, address, a)
	        : !find_in_text(&data, &line, path, address, a))
		return false;
	*out = before;
	if (data.p == NULL)
		return true;
	if (c->variable != NULL)
		*out = env_set(&before, c->variable, arena_string(a, data), a);
	else if (!env_with(out, &before, data, NULL, a, &bad))
		return complain(path, line, "no NAME=VALUE");
	return true;
}

int
main(int argc, char **argv)
{
	struct env ours = { (const char *const *)environ };
	const char *path;
	struct arena *a;
	struct call c;
	struct env e;
	int err = ENOENT;

	if (!take_arguments(&c, argc, argv)) {
		(void)fputs("usage: ctrlenv [-c] -f file [-e env] -a address "
		            "child [arg ...]\n",
		    stderr);
		return EXIT_AGAIN;
	}
	a = arena_new(no_memory);
	if (!make_env(&e, &c, &ours, a))
		return EXIT_AGAIN;
	path = program_find(c.child[0], &ours, a);
	if (path != NULL)
		err = program_become(path, c.child, &e, 0);
	(void)complain_of(c.child[0], err);
	return EXIT_AGAIN;
}
