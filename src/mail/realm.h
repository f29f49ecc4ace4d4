/*
 * realm - the realms of a DIGEST-MD5 challenge                [2831:2.1.1]
 */
#ifndef MAIL_REALM_H
#define MAIL_REALM_H

#include "base/buf.h"

/*
 * realm_only - adds the challenge to a buf with one realm at most
 *
 * Of several it is the one that equals wanted, else the first.  What is no
 * list of directives is added as it is.
 */
void realm_only(struct buf *, struct span challenge, struct span wanted);

#endif
