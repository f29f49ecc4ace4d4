/*
 * spawn-filter - runs a filter, then qmail-remote, for indimail-mta's
 * qmail-rspawn
 *
 * usage: spawn-filter host sender qqeh size recip [recip ...] < message
 */
#include "cmd/interceptor.h"
#include "companion/filter.h"

int
main(int argc, char **argv)
{
	static const struct interceptor kind = {
		"spawn-filter",
		filter_mail,
		{ CONTROLDIR, CERTDIR, QUEUEDIR },
		SBINDIR "/qmail-remote",
	};

	return interceptor_main(&kind, argc, argv);
}
