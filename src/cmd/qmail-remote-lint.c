/*
 * qmail-remote-lint - lines of control files that would be refused or ignored
 *
 * usage: qmail-remote-lint [--classic] [directory]
 */
#include "base/buf.h"
#include "base/compiler.h"
#include "delivery/lint.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

extern char **environ;

enum {
	EXIT_FINDINGS = 1,
	EXIT_USAGE = 100,
	EXIT_AGAIN = 111,
};

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

int
main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "classic", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	struct settings_defaults defaults = { CONTROLDIR, CERTDIR, QUEUEDIR };
	struct env env = { (const char *const *)environ };
	struct arena *a = arena_new(no_memory);
	struct finding *all;
	int c;

	while ((c = getopt_long(argc, argv, "+", names, NULL)) != -1) {
		if (c != 'c') {
			(void)fputs("usage: qmail-remote-lint [--classic] "
			            "[directory]\n",
			    stderr);
			return EXIT_USAGE;
		}
		defaults = (struct settings_defaults){ CLASSIC_CONTROLDIR,
			CLASSIC_CERTDIR, CLASSIC_QUEUEDIR };
	}
	if (argc - optind > 1)
		return EXIT_USAGE;
	if (argc - optind == 1) {
		struct span bad;
		struct buf b;

		buf_init(&b, a, SIZE_MAX);
		buf_puts(&b, "CONTROLDIR=");
		for (const char *p = argv[optind]; *p != '\0'; p++) {
			if (*p == ',')
				buf_putc(&b, '\\');
			buf_putc(&b, *p);
		}
		(void)env_with(&env, &env, buf_span(&b), NULL, a, &bad);
	}
	all = lint(settings_new(&env, &defaults, a), a);
	for (const struct finding *f = all; f != NULL; f = f->next)
		print(f);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("qmail-remote-lint: standard output");
		return EXIT_AGAIN;
	}
	return all == NULL ? EXIT_SUCCESS : EXIT_FINDINGS;
}
