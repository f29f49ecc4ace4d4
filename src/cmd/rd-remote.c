/*
 * rd-remote - sends mail elsewhere, for indimail-mta's qmail-rspawn
 *
 * usage: rd-remote host sender qqeh size recip < message
 */
#include "cmd/interceptor.h"
#include "companion/redirect_mail.h"

int
main(int argc, char **argv)
{
	static const struct interceptor kind = {
		"rd-remote",
		redirect_mail,
		{ CONTROLDIR, CERTDIR, QUEUEDIR },
		SBINDIR "/qmail-remote",
	};

	return interceptor_main(&kind, argc, argv);
}
