/*
 * qmtp - a session with a QMTP server
 *
 * A package has the message, the sender and all recipients, each behind its
 * length; the server answers it with a word on each recipient.  There is no
 * greeting, no TLS and no login.
 */
#ifndef PROTO_QMTP_H
#define PROTO_QMTP_H

#include "proto/protocol.h"

/*
 * The message must have been measured.  A session opens without a word, so
 * it always does.  What goes wrong is at AT_PACKAGE while the server cannot
 * have all of the package, at AT_ANSWER from then on, or at AT_MESSAGE.
 */
extern const struct protocol qmtp_protocol;

#endif
