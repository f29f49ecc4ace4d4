/*
 * redirect_mail - a delivery that goes elsewhere
 */
#ifndef COMPANION_REDIRECT_MAIL_H
#define COMPANION_REDIRECT_MAIL_H

#include "companion/interception.h"

/*
 * redirect_mail - rd-remote's part
 *
 * Hands over the delivery, to the address that the first line of
 * redirectremote that matches gives instead, or delivers to the Maildir that
 * it gives.
 */
intercept redirect_mail;

#endif
