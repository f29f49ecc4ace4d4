/*
 * address - mailboxes as qmail hands them over, and as SMTP wants them
 *
 * qmail's addresses are not quoted: everything before the last '@' is the
 * local part as it is.
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/buf.h"

/* The domain behind the last '@'; empty if there is no '@'. */
struct span address_domain(struct span address);

/* Whether this sender stands for none: empty, or "#@[]" of a double bounce. */
bool address_is_null(struct span sender);

/*
 * Adds the address as it goes on the wire: the local part in double quotes
 * if it is not a dot-string, with backslashes before '"' and '\'.  An address
 * without '@' is a local part alone.                      [5321:4.1.2]
 */
void address_put(struct buf *, struct span address);

/* Adds the address that address_put() made this of, as qmail has it. */
void address_put_unquoted(struct buf *, struct span wire);

#endif
