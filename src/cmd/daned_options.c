/*
 * daned_options - how qmail-daned is called
 */
#include "cmd/daned_options.h"

#include "base/num.h"

#include <unistd.h>

/*
 * number - a number from 1 to most
 */
static bool
number(uint64_t *out, const char *text, uint64_t most)
{
	return num_whole(out, span_of(text)) && *out >= 1 && *out <= most;
}

/*
 * daned_options_parse - false if they make no sense
 */
bool
daned_options_parse(struct daned_options *o, int argc, char **argv)
{
	bool good = true;
	int c;

	*o = (struct daned_options){ .most = 10000,
		.port = DANED_PORT,
		.days = 7,
		.save = 5,
		.expire = 5 };
	while (good && (c = getopt(argc, argv, "+vh:p:t:w:T:s:f:")) != -1) {
		if (c == 'v')
			o->verbose = true;
		else if (c == 'h')
			good = number(&o->most, optarg, 1000 * 1000);
		else if (c == 'p')
			good = number(&o->port, optarg, UINT16_MAX);
		else if (c == 't')
			good = number(&o->days, optarg, 36500);
		else if (c == 's')
			good = number(&o->save, optarg, 1000 * 1000);
		else if (c == 'f')
			good = number(&o->expire, optarg, 1000 * 1000);
		else if (c == 'w')
			o->whitelist = optarg;
		else if (c == 'T')
			o->tlsadomains = optarg;
		else
			good = false;
	}
	if (!good || argc - optind != 2 ||
	    span_find(span_of(argv[optind]), '@') < span_of(argv[optind]).n ||
	    !daned_endpoint(&o->at, span_of(argv[optind])))
		return false;
	o->at.port = (uint16_t)o->port;
	o->context = argv[optind + 1];
	return true;
}
