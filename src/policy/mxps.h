/*
 * mxps - what the preference of a mail exchanger says of its protocol
 */
#ifndef POLICY_MXPS_H
#define POLICY_MXPS_H

#include <stdbool.h>

/* Whether an exchanger of this preference takes mail by QMTP as well; -1 is
 * the preference of a server that is no exchanger. */
bool mxps_is_qmtp(int preference);

#endif
