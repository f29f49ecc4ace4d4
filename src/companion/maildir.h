/*
 * maildir - delivers a message to a Maildir
 *
 * The message is written below tmp under a name that no other has, brought to
 * the disk, and only then appears below new.
 */
#ifndef COMPANION_MAILDIR_H
#define COMPANION_MAILDIR_H

#include "base/arena.h"
#include "base/cause.h"

#include <signal.h>

/*
 * maildir_deliver - the head, then what the message's descriptor holds
 *
 * BY_NOTHING: it is there, on the disk; *name is its name below the Maildir.
 * BY_SYSTEM: it is not there; *what says what failed, and *err has errno.
 * BY_CLOSE: *stop is not 0, so it is not there.  A Maildir is never made.
 */
enum cause maildir_deliver(struct span *name, const char *path,
    struct span head, int message, const volatile sig_atomic_t *stop,
    struct arena *, const char **what, int *err);

#endif
