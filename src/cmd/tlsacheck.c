/*
 * tlsacheck - asks qmail-daned what it knows of a server
 *
 * usage: tlsacheck [-DqSF] [-t seconds] name [host@port]
 */
#include "base/compiler.h"
#include "base/num.h"
#include "file/env.h"
#include "proto/daned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum {
	EXIT_FAILED = 1,
	EXIT_NOT_KNOWN = 2,
	EXIT_USAGE = 100,
	EXIT_AGAIN = 111,
	/* Seconds to wait; a verification takes its time. */
	PATIENCE = 10,
	VERIFY_PATIENCE = 130,
};

/*
 * usage - says how it is called
 */
static int
usage(void)
{
	(void)fputs(
	    "usage: tlsacheck [-DqSF] [-t seconds] name [host@port]\n", stderr);
	return EXIT_USAGE;
}

/*
 * status_of - the exit status that an answer means
 */
static int
status_of(struct daned_answer a)
{
	if (a.status == DANED_FAILED)
		return EXIT_FAILED;
	return daned_excuses(a) || (a.known && a.status == DANED_VERIFIED)
	           ? EXIT_SUCCESS
	           : EXIT_NOT_KNOWN;
}

/*
 * where - the daemon: the argument, else DANE_VERIFICATION, else the usual one
 */
static struct span
where(const char *argument)
{
	struct env env = { (const char *const *)environ };
	struct span value;

	if (argument != NULL)
		return span_of(argument);
	if (env_get(&value, &env, "DANE_VERIFICATION") &&
	    span_find(value, '@') < value.n)
		return value;
	return SPAN("@");
}

/*
 * patience - seconds to wait: DANETIMEOUT, else the usual; 0 if it makes no
 * sense
 */
static uint64_t
patience(enum daned_verb verb)
{
	struct env env = { (const char *const *)environ };
	struct span value;
	uint64_t seconds;

	if (verb == DANED_VERIFY)
		return VERIFY_PATIENCE;
	if (!env_get(&value, &env, "DANETIMEOUT") || value.n == 0)
		return PATIENCE;
	return num_whole(&seconds, value) && seconds <= UINT32_MAX ? seconds
	                                                           : 0;
}

/*
 * ask - asks, and prints the answer; returns the exit status
 */
static int
ask(const struct endpoint *to, enum daned_verb verb, const char *name,
    uint64_t seconds)
{
	struct daned_answer a;
	int err = 0;

	switch (daned_ask(
	    &a, to, verb, span_of(name), clock_in(seconds * 1000), &err)) {
	case BY_NOTHING:
		break;
	case BY_SYSTEM:
		(void)fprintf(stderr, "tlsacheck: %s\n", strerrordesc_np(err));
		return EXIT_AGAIN;
	default:
		(void)fputs("tlsacheck: no answer\n", stderr);
		return EXIT_AGAIN;
	}
	(void)printf("%s: %s\n", name, daned_status_name(a.status));
	return fflush(stdout) == 0 ? status_of(a) : EXIT_AGAIN;
}

int
main(int argc, char **argv)
{
	enum daned_verb verb = DANED_QUERY;
	char packet[DANED_QUESTION_MAX];
	uint64_t seconds = 0;
	struct endpoint to;
	int c;

	while ((c = getopt(argc, argv, "+DqSFt:")) != -1) {
		if (c == 't' && (!num_whole(&seconds, span_of(optarg)) ||
		                    seconds == 0 || seconds > UINT32_MAX))
			return usage();
		if (c == '?')
			return usage();
		if (c != 't')
			verb = (enum daned_verb)c;
	}
	if (argc - optind < 1 || argc - optind > 2 ||
	    !daned_endpoint(&to, where(argv[optind + 1])))
		return usage();
	if (daned_put(packet, verb, span_of(argv[optind])).n == 0) {
		(void)fputs("tlsacheck: not a name\n", stderr);
		return EXIT_USAGE;
	}
	if (seconds == 0)
		seconds = patience(verb);
	if (seconds == 0) {
		(void)fputs("tlsacheck: DANETIMEOUT makes no sense\n", stderr);
		return EXIT_USAGE;
	}
	return ask(&to, verb, argv[optind], seconds);
}
