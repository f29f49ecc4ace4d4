/*
 * fault - a control file that cannot be read, or makes no sense, as a trouble
 */
#ifndef DELIVERY_FAULT_H
#define DELIVERY_FAULT_H

#include "file/settings.h"
#include "mail/trouble.h"

/* Makes *t, AT_CONTROL, of what a setting's reader said.  Always -1. */
int fault_trouble(struct trouble *t, enum cause, const struct fault *);

#endif
