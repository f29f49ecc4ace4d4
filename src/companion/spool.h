/*
 * spool - a message in a file without a name
 */
#ifndef COMPANION_SPOOL_H
#define COMPANION_SPOOL_H

#include "base/cause.h"
#include "base/span.h"

#include <signal.h>
#include <stdint.h>

/*
 * A new file in a directory, open to read and write, that is gone when it is
 * closed; owned by the caller.  -1: it cannot be had; *err has errno.
 */
int spool_open(const char *dir, int *err);

/*
 * spool_copy - copies what one descriptor holds, from where it stands to its
 * end, to another, in bounded memory
 *
 * BY_NOTHING: all of it.  BY_SYSTEM: it cannot be read, or written if
 * *writing is true; *err has errno.  BY_CLOSE: *stop is not 0, so we gave up.
 */
enum cause spool_copy(int to, int from, const volatile sig_atomic_t *stop,
    bool *writing, int *err);

#endif
