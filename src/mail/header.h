/*
 * header - what can be seen of a message's header without parsing it
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "base/span.h"

/*
 * header_needs_utf8 - whether a header may only go to servers that offer
 * SMTPUTF8                                             [6531:3.6] [6532:3]
 *
 * The header is all of extra and text, one after the other, up to the first
 * empty line.  It is UTF-8 as a whole and not only ASCII; or a Received field
 * says that it came by a protocol whose name begins with UTF8.  [6531:3.7.3]
 */
bool header_needs_utf8(struct span extra, struct span text);

#endif
