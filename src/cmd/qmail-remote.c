/*
 * qmail-remote - delivers a message by SMTP, for indimail-mta's qmail-rspawn
 *
 * usage: qmail-remote host sender qqeh size recip [recip ...] < message
 */
#include "cmd/remote.h"

int
main(int argc, char **argv)
{
	static const struct remote_kind kind = {
		DIALECT_INDIMAIL,
		{ CONTROLDIR, CERTDIR, QUEUEDIR },
		TCPTO_WIDE,
	};

	return remote_main(&kind, argc, argv);
}
