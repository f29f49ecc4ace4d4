/*
 * qmail-remote-explain - what would happen to a message, and why
 *
 * usage: qmail-remote-explain [--json] [--probe] [--classic] sender recip
 *        qmail-remote-explain [--json] [--classic] --settings
 */
#include "base/compiler.h"
#include "delivery/explain.h"
#include "mail/address.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

extern char **environ;

enum {
	EXIT_USAGE = 100,
	EXIT_AGAIN = 111,
	OUTPUT_MAX = 64 * 1024 * 1024,
};

static progress not_sending = PROGRESS_NOT_SENT;

/* What the options say. */
struct options {
	bool json, probe, settings;
	const struct settings_defaults *defaults;
	enum tcpto_layout tcpto;
};

static const struct settings_defaults defaults = { CONTROLDIR, CERTDIR,
	QUEUEDIR };
static const struct settings_defaults classic = { CLASSIC_CONTROLDIR,
	CLASSIC_CERTDIR, CLASSIC_QUEUEDIR };

/*
 * usage - says how it is called
 */
static int
usage(void)
{
	(void)fputs("usage: qmail-remote-explain [--json] [--probe] "
	            "[--classic] sender recip\n"
	            "       qmail-remote-explain [--json] [--classic] "
	            "--settings\n",
	    stderr);
	return EXIT_USAGE;
}

/*
 * no_memory - says so, and ends the process
 */
no_return static void
no_memory(void)
{
	(void)fputs("qmail-remote-explain: out of memory\n", stderr);
	exit(EXIT_AGAIN);
}

/*
 * parse_options - false for an option that there is not
 */
static bool
parse_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "probe", no_argument, NULL, 'p' },
		{ "settings", no_argument, NULL, 's' },
		{ "classic", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .defaults = &defaults, .tcpto = TCPTO_WIDE };
	while ((c = getopt_long(argc, argv, "+", names, NULL)) != -1) {
		switch (c) {
		case 'j':
			o->json = true;
			break;
		case 'p':
			o->probe = true;
			break;
		case 's':
			o->settings = true;
			break;
		case 'c':
			o->defaults = &classic;
			o->tcpto = TCPTO_CLASSIC;
			break;
		default:
			return false;
		}
	}
	return true;
}

/*
 * explain - one message; returns the exit status
 */
static int
explain(struct buf *out, const struct options *o, struct settings *settings,
    struct span sender, struct span rcpt, struct arena *a)
{
	struct shared shared = { .tcpto_layout = o->tcpto,
		.progress = &not_sending };
	struct request r = { .host = address_domain(rcpt),
		.sender = sender,
		.rcpt = &rcpt,
		.nrcpt = 1 };
	struct explanation x;

	if (span_has_control(sender) || span_has_control(rcpt) ||
	    r.host.n == rcpt.n || r.host.n == 0) {
		(void)fputs("qmail-remote-explain: not an address\n", stderr);
		return EXIT_USAGE;
	}
	/* As a delivery is asked for it. */
	r.host = span_undotted(r.host);
	explain_make(&x, &r, settings, &shared, o->probe, a);
	if (o->json)
		explain_put_json(out, &x);
	else
		explain_put_text(out, &x);
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	struct env env = { (const char *const *)environ };
	struct arena *a = arena_new(no_memory);
	struct settings *settings;
	struct options o;
	struct buf out;
	int status = EXIT_SUCCESS;

	if (!parse_options(&o, argc, argv) ||
	    argc - optind != (o.settings ? 0 : 2))
		return usage();
	(void)signal(SIGPIPE, SIG_IGN);
	buf_init(&out, a, OUTPUT_MAX);
	settings = settings_new(&env, o.defaults, a);
	if (o.settings && o.json)
		explain_put_settings_json(&out, settings);
	else if (o.settings)
		explain_put_settings(&out, settings);
	else
		status = explain(&out, &o, settings, span_of(argv[optind]),
		    span_of(argv[optind + 1]), a);
	if (status == EXIT_SUCCESS &&
	    (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) != 0)) {
		perror("qmail-remote-explain: standard output");
		status = EXIT_AGAIN;
	}
	return status;
}
