/*
 * qmail-remote-classic - delivers a message by SMTP, for the qmail-rspawn of
 * netqmail, notqmail and s/qmail
 *
 * usage: qmail-remote-classic host sender recip [recip ...] < message
 */
#include "cmd/remote.h"

int
main(int argc, char **argv)
{
	static const struct remote_kind kind = {
		DIALECT_CLASSIC,
		{ CLASSIC_CONTROLDIR, CLASSIC_CERTDIR, CLASSIC_QUEUEDIR },
		TCPTO_CLASSIC,
	};

	return remote_main(&kind, argc, argv);
}
