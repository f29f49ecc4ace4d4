/*
 * whole - writes that do not stop half way
 */
#ifndef BASE_WHOLE_H
#define BASE_WHOLE_H

#include "base/span.h"

/*
 * whole_write - all of the bytes, to a descriptor that blocks
 *
 * False, with *err, if they could not all be written.
 */
bool whole_write(int fd, struct span bytes, int *err);

#endif
