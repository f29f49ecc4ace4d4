/*
 * ehlo - what a server says it can do                    [5321:4.1.1.1]
 *
 * The reply to EHLO, line by line; keywords that we make no use of are
 * passed over.
 */
#ifndef MAIL_EHLO_H
#define MAIL_EHLO_H

#include "base/span.h"

#include <stdint.h>

/* value */
struct ehlo {
	/* [2920] [3030] [6152] [1870]; with enhanced status codes the first
	 * word of a reply's text is one.                           [2034] */
	bool pipelining, chunking, eightbitmime, size, enhancedstatuscodes;
	/* [3207] [6531] */
	bool starttls, smtputf8;
	/* [3461] [8689] */
	bool dsn, requiretls;
	/* Ways to log in; see mail/mechanism.                    [4954:3] */
	uint32_t mechanisms;
	/* The largest message it takes, in bytes; 0 if it did not say. */
	uint64_t size_max;
};

/*
 * ehlo_add - one line of the reply, code and all
 *
 * The first line of a reply is the greeting and must not be given.
 * discard lists keywords, separated by commas or white space, that are to be
 * taken as not offered.
 */
void ehlo_add(struct ehlo *, struct span line, struct span discard);

#endif
