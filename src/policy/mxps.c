/*
 * mxps - what the preference of a mail exchanger says of its protocol
 */
#include "policy/mxps.h"

enum {
	/* The preferences that stand for QMTP. */
	LOWEST = 12801,
	HIGHEST = 13041,
	STEP = 16,
};

/*
 * mxps_is_qmtp - whether it is one of those that stand for QMTP
 */
bool
mxps_is_qmtp(int preference)
{
	return preference >= LOWEST && preference <= HIGHEST &&
	       (preference - LOWEST) % STEP == 0;
}
