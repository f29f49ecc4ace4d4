/*
 * trouble - where a delivery went wrong, and how
 *
 * It holds no opinion: what a trouble means is in policy/ruling.
 */
#ifndef MAIL_TROUBLE_H
#define MAIL_TROUBLE_H

#include "base/cause.h"
#include "base/span.h"
#include "base/why.h"
#include "mail/reply.h"

enum stage {
	/* Before anything is sent: the call, the files, the names. */
	AT_USAGE,
	AT_MEMORY,
	AT_ADDRESS,
	AT_MESSAGE,
	AT_PARTIAL_LINE,
	AT_CONTROL,
	AT_ROUTE,
	AT_SPLIT,
	AT_IDN,
	AT_SIGNING,
	AT_DEMAND,
	AT_SECRET,
	AT_OWN_ADDRESSES,
	AT_DNSSEC,
	AT_CNAME,
	AT_DNS,
	AT_NO_SUCH_HOST,
	AT_NO_ADDRESS,
	AT_FAMILY,
	AT_NULL_MX,
	AT_OURSELVES,
	AT_RELAY,
	AT_ALL_SKIPPED,
	/* One candidate, in the order of a session. */
	AT_TLSA,
	AT_CLEAR,
	AT_UNPROVEN,
	AT_FORBIDDEN,
	AT_BIND,
	/* By QMTP. */
	AT_CONNECT_QMTP,
	AT_PACKAGE,
	AT_ANSWER,
	/* By SMTP. */
	AT_CONNECT,
	AT_GREETING,
	AT_HELLO,
	AT_STARTTLS,
	AT_HANDSHAKE,
	AT_REQUIRETLS,
	AT_SMTPUTF8,
	AT_AUTH,
	AT_MAIL,
	AT_RCPT,
	AT_DATA,
	AT_BODY,
	AT_DOT,
	STAGES,
};

/* value; its spans live as long as the delivery */
struct trouble {
	enum stage stage;
	enum cause cause;
	/* errno, when cause is BY_SYSTEM. */
	int err;
	/* The host, address or file it is about. */
	struct span about;
	/* The line of a control file that led here. */
	struct why why;
	/* When the peer said it; NULL if nothing was heard. */
	const struct reply *reply;
};

#endif
