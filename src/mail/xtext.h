/*
 * xtext - bytes as printable characters, in parameters of SMTP     [3461:4]
 */
#ifndef MAIL_XTEXT_H
#define MAIL_XTEXT_H

#include "base/buf.h"

/* Adds the bytes; those that may not stand as they are as "+2B". */
void xtext_put(struct buf *, struct span);

#endif
