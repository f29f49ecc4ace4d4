/*
 * qmail-daned - remembers which servers DANE has verified
 *
 * usage: qmail-daned [-v] [-h most] [-p port] [-t days] [-w whitelist]
 *        [-T tlsadomains] [-s minutes] [-f minutes] ipaddr contextfile
 */
#include "base/compiler.h"
#include "cmd/daned_serve.h"
#include "net/datagram.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

enum {
	EXIT_USAGE = 100,
};

/*
 * usage - says how it is called
 */
static int
usage(void)
{
	(void)fputs("usage: qmail-daned [-v] [-h most] [-p port] [-t days] "
	            "[-w whitelist]\n"
	            "       [-T tlsadomains] [-s minutes] [-f minutes] ipaddr "
	            "contextfile\n",
	    stderr);
	return EXIT_USAGE;
}

/*
 * no_memory - says so, and ends the process
 */
no_return static void
no_memory(void)
{
	(void)fputs("qmail-daned: out of memory\n", stderr);
	exit(DANED_EXIT_AGAIN);
}

/*
 * load - what was known when the last one ended; false if it cannot be read
 */
static bool
load(struct daned *d)
{
	bool whole;
	int err;

	daned_table_init(&d->table, (uint32_t)d->options.most, d->arena);
	err = daned_table_load(&d->table, d->options.context, &whole);
	if (err != 0)
		daned_complain(d->options.context, err);
	else if (!whole)
		(void)fprintf(stderr,
		    "qmail-daned: %s: damaged; %u verdicts were read\n",
		    d->options.context, d->table.count);
	return err == 0;
}

/*
 * begin - all that may fail before it serves; false if it did, and was said
 */
static bool
begin(struct daned *d, const char *address)
{
	struct env env = { (const char *const *)environ };
	int err = 0;

	daned_sources_init(&d->sources, &env, d->options.whitelist,
	    d->options.tlsadomains, d->arena);
	if (!daned_watch(d)) {
		daned_complain("signals", errno);
		return false;
	}
	if (!daned_lists_read(&d->lists, &d->sources, d->arena))
		return false;
	if (load(d)) {
		if (datagram_listen(&d->fd, &d->options.at, &err) == BY_NOTHING)
			return true;
		daned_complain(address, err);
	}
	daned_lists_free(&d->lists);
	return false;
}

int
main(int argc, char **argv)
{
	struct daned_options options;
	struct daned *d;
	struct arena *a;
	int status = DANED_EXIT_AGAIN;

	if (!daned_options_parse(&options, argc, argv))
		return usage();
	a = arena_new(no_memory);
	d = arena_zero(a, sizeof(*d));
	d->arena = a;
	d->options = options;
	if (begin(d, argv[optind])) {
		status = daned_serve(d);
		daned_lists_free(&d->lists);
	}
	arena_free(a);
	return status;
}
