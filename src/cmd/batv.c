/*
 * batv - signs senders, and verifies the addresses of bounces
 *
 * usage: batv [-k key] [-m method] [-t days] -s | -v address
 */
#include "mail/batv.h"
#include "base/compiler.h"
#include "base/module.h"
#include "base/num.h"
#include "file/env.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
	EXIT_NO_TAG = 1,
	EXIT_BAD = 2,
	EXIT_STALE = 3,
	EXIT_USAGE = 100,
	EXIT_AGAIN = 111,
	SECONDS_PER_DAY = 24 * 60 * 60,
};

/* What is asked for. */
struct call {
	bool sign, verify;
	enum batv_method method;
	struct batv_terms terms;
	struct span address;
};

/*
 * no_memory - says so, and ends the process
 */
no_return static void
no_memory(void)
{
	(void)fputs("batv: out of memory\n", stderr);
	exit(EXIT_AGAIN);
}

/*
 * take_option - one of the arguments; false if it makes no sense
 */
static bool
take_option(struct call *c, int option, struct span value)
{
	uint64_t days;

	switch (option) {
	case 'k':
		c->terms.key = value;
		return true;
	case 'm':
		return batv_method(&c->method, value);
	case 's':
		return c->sign = true;
	case 't':
		if (!num_whole(&days, value) || days > BATV_DAYS_MAX)
			return false;
		c->terms.days = (unsigned)days;
		return true;
	case 'v':
		return c->verify = true;
	default:
		return false;
	}
}

/*
 * take_arguments - what is asked for; false if it makes no sense
 */
static bool
take_arguments(struct call *c, int argc, char **argv)
{
	struct env env = { (const char *const *)environ };
	int option;

	*c = (struct call){ .method = BATV_MD5, .terms.days = BATV_DAYS };
	(void)env_get(&c->terms.key, &env, "SIGNKEY");
	while ((option = getopt(argc, argv, "k:m:st:v")) != -1)
		if (!take_option(c, option, span_of(optarg)))
			return false;
	c->address = span_of(argv[optind]);
	return argc - optind == 1 && c->sign != c->verify &&
	       c->terms.key.n > 0 && c->address.n > 0;
}

/*
 * say - prints an address; returns the exit status
 */
static int
say(struct span address)
{
	bool written = fwrite(address.p, 1, address.n, stdout) == address.n &&
	               putchar('\n') != EOF && fflush(stdout) == 0;

	return written ? EXIT_SUCCESS : EXIT_AGAIN;
}

/*
 * complain - says why not; returns the exit status
 */
static int
complain(const struct call *c, const char *what, int status)
{
	(void)fprintf(
	    stderr, "batv: %.*s: %s\n", (int)c->address.n, c->address.p, what);
	return status;
}

/*
 * sign - prints the address with a tag, or as it is if it has one
 */
static int
sign(const struct call *c, struct arena *a)
{
	struct buf b;

	if (batv_is_signed(c->address))
		return say(c->address);
	buf_init(&b, a, SIZE_MAX);
	if (!batv_put(&b, c->address, c->method, &c->terms))
		return complain(c, "OpenSSL has no such digest", EXIT_AGAIN);
	return say(buf_span(&b));
}

/*
 * verify - prints the address without its tag, if that is good
 */
static int
verify(const struct call *c, struct arena *a)
{
	struct span sender;
	unsigned since;

	switch (batv_verify(&sender, &since, c->address, &c->terms, a)) {
	case BATV_GOOD:
		return say(sender);
	case BATV_NONE:
		return complain(c, "no tag", EXIT_NO_TAG);
	case BATV_STALE:
		(void)fprintf(stderr,
		    "batv: %.*s: stale, its day was %u days ago\n",
		    (int)c->address.n, c->address.p, since);
		return EXIT_STALE;
	case BATV_UNKNOWN:
		return complain(c, "OpenSSL has no such digest", EXIT_AGAIN);
	case BATV_BAD:
		break;
	}
	return complain(c, "a bad tag", EXIT_BAD);
}

int
main(int argc, char **argv)
{
	struct span why = SPAN("");
	struct arena *a;
	struct call c;

	if (!take_arguments(&c, argc, argv)) {
		(void)fputs("usage: batv [-k key] [-m method] [-t days] "
		            "-s | -v address\n",
		    stderr);
		return EXIT_USAGE;
	}
	a = arena_new(no_memory);
	c.terms.today = (uint64_t)time(NULL) / SECONDS_PER_DAY;
	c.terms.digest = module_open("digest", &why, a);
	if (c.terms.digest == NULL) {
		(void)fprintf(stderr, "batv: %.*s\n", (int)why.n, why.p);
		return EXIT_AGAIN;
	}
	return c.sign ? sign(&c, a) : verify(&c, a);
}
