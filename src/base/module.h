/*
 * module - code that is loaded when it is first needed
 *
 * A program that does not need OpenSSL or libunbound must not pay for them.
 * What uses them is built as shared objects, which are opened from the
 * directory that the build names and from no other.
 */
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

#include "base/arena.h"

/*
 * The symbol qremote_NAME of the module NAME, for as long as the process
 * lives.  NULL if it cannot be had, with words in *why.
 */
const void *module_open(const char *name, struct span *why, struct arena *);

#endif
