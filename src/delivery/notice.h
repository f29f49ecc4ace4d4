/*
 * notice - which notifications of its delivery a message asks for      [3461]
 */
#ifndef DELIVERY_NOTICE_H
#define DELIVERY_NOTICE_H

#include "file/settings.h"
#include "mail/dsn.h"

/*
 * notice_read - what the variables say
 *
 * False if one of them makes no sense: *bad is which, and *value what it has.
 */
bool notice_read(struct dsn *out, enum setting *bad, struct span *value,
    const struct settings *, struct arena *);

#endif
