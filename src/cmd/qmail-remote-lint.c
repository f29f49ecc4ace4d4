/*
 * qmail-remote-lint - lines of control files that would be refused or ignored
 *
 * usage: qmail-remote-lint [--classic] [directory]
 *        qmail-remote-lint [--classic] --cdb smtproutes | qmtproutes
 */
#include "base/compiler.h"
#include "cmd/routedb.h"
#include "cmd/stopping.h"
#include "delivery/lint.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

enum {
	EXIT_FINDINGS = 1,
	EXIT_USAGE = 100,
	EXIT_AGAIN = 111,
};

/*
 * usage - says how it is called
 */
static int
usage(void)
{
	(void)fputs("usage: qmail-remote-lint [--classic] [directory]\n"
	            "       qmail-remote-lint [--classic] "
	            "--cdb smtproutes | qmtproutes\n",
	    stderr);
	return EXIT_USAGE;
}

/*
 * no_memory - says so, and ends the process
 */
no_return static void
no_memory(void)
{
	(void)fputs("qmail-remote-lint: out of memory\n", stderr);
	exit(EXIT_AGAIN);
}

/*
 * print - a finding: "file:line: what is wrong"
 */
static void
print(const struct finding *f)
{
	(void)printf("%.*s:", (int)f->file.n, f->file.p);
	if (f->line > 0)
		(void)printf("%u:", f->line);
	(void)printf(" %.*s\n", (int)f->text.n, f->text.p);
}

/*
 * printed - whether all findings could be written; else says why not
 */
static bool
printed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	perror("qmail-remote-lint: standard output");
	return false;
}

/*
 * check - prints all findings; returns the exit status
 */
static int
check(struct settings *s, struct arena *a)
{
	const struct finding *all;
	struct names names;

	if (!settings_names(&names, s)) {
		(void)fprintf(stderr, "qmail-remote-lint: %s: %s\n",
		    settings_dir(s, SET_CONTROLDIR), stopping_words(errno));
		return EXIT_AGAIN;
	}
	settings_end_names(&names);
	all = lint(s, a);
	for (const struct finding *f = all; f != NULL; f = f->next)
		print(f);
	if (!printed())
		return EXIT_AGAIN;
	return all == NULL ? EXIT_SUCCESS : EXIT_FINDINGS;
}

/*
 * make_database - unless a line would be refused; returns the exit status
 */
static int
make_database(struct settings *s, const char *name, struct arena *a)
{
	static const struct {
		const char *name;
		enum setting id;
	} files[] = {
		{ "smtproutes", SET_SMTPROUTES },
		{ "qmtproutes", SET_QMTPROUTES },
	};

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		const struct finding *all;
		bool refused = false;
		int status;

		if (strcmp(name, files[i].name) != 0)
			continue;
		all = lint_file(s, files[i].id, a);
		for (const struct finding *f = all; f != NULL; f = f->next) {
			print(f);
			refused =
			    refused || span_begins(f->text, SPAN("refused"));
		}
		if (!printed())
			return EXIT_AGAIN;
		status =
		    refused ? EXIT_FINDINGS : routedb_make(s, files[i].id, a);
		return status == EXIT_SUCCESS && all != NULL ? EXIT_FINDINGS
		                                             : status;
	}
	return usage();
}

/*
 * with_directory - the environment, with another control directory
 */
static struct env
with_directory(const char *directory, struct arena *a)
{
	struct env env = { (const char *const *)environ };
	size_t n = strlen(directory), count = 0;
	const char **vars;
	char *var;

	while (env.vars[count] != NULL)
		count++;
	vars = arena_array(a, count + 2, sizeof(*vars));
	var = arena_take(a, sizeof("CONTROLDIR=") + n);
	memcpy(var, "CONTROLDIR=", sizeof("CONTROLDIR=") - 1);
	memcpy(var + sizeof("CONTROLDIR=") - 1, directory, n + 1);
	/* The first of two variables with one name is the one that counts. */
	vars[0] = var;
	memcpy(vars + 1, env.vars, count * sizeof(*vars));
	return (struct env){ vars };
}

int
main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "classic", no_argument, NULL, 'c' },
		{ "cdb", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct settings_defaults defaults = { CONTROLDIR, CERTDIR, QUEUEDIR };
	struct env env = { (const char *const *)environ };
	struct arena *a = arena_new(no_memory);
	const char *database = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "+", names, NULL)) != -1) {
		if (c == 'c')
			defaults =
			    (struct settings_defaults){ CLASSIC_CONTROLDIR,
				    CLASSIC_CERTDIR, CLASSIC_QUEUEDIR };
		else if (c == 'd')
			database = optarg;
		else
			return usage();
	}
	if (argc - optind > (database == NULL ? 1 : 0))
		return usage();
	if (argc - optind == 1)
		env = with_directory(argv[optind], a);
	if (database != NULL)
		return make_database(
		    settings_new(&env, &defaults, a), database, a);
	return check(settings_new(&env, &defaults, a), a);
}
