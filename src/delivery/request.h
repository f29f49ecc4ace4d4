/*
 * request - what we are asked to do, from the arguments
 */
#ifndef DELIVERY_REQUEST_H
#define DELIVERY_REQUEST_H

#include "base/arena.h"
#include "mail/trouble.h"

/* How the caller speaks to us. */
enum dialect {
	/* host sender qqeh size recip... */
	DIALECT_INDIMAIL,
	/* host sender recip... */
	DIALECT_CLASSIC,
};

/* value; its spans are the arguments */
struct request {
	enum dialect dialect;
	struct span host, sender;
	/* Extra header lines, and the digits of the size; may be empty. */
	struct span extra, size;
	const struct span *rcpt;
	size_t nrcpt;
};

/*
 * request_of_argv - a request, checked
 *
 * Returns 0, or -1 with *t: AT_USAGE for a call that cannot be meant,
 * AT_ADDRESS for a character that must not reach a server.  *out
 * is filled in either way, as far as there are arguments.
 */
int request_of_argv(struct request *out, int argc, char *const *argv,
    enum dialect, struct arena *, struct trouble *t);

#endif
