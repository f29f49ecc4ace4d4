/*
 * filter - a delivery whose message goes through a filter first
 */
#ifndef COMPANION_FILTER_H
#define COMPANION_FILTER_H

#include "companion/interception.h"

/*
 * filter_mail - spawn-filter's part
 *
 * Hands over what the filter made of the message, unless the filter, or a
 * fault, settles the delivery.  A message that is no file becomes one.
 */
intercept filter_mail;

#endif
