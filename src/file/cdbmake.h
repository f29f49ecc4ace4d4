/*
 * cdbmake - writes a constant database
 *
 * It is made in a temporary file beside its place, which nobody but its owner
 * can read, and takes that place at once when all of it is on the disk.  Until
 * then, and if anything fails, what was there before stays.
 */
#ifndef FILE_CDBMAKE_H
#define FILE_CDBMAKE_H

#include "base/arena.h"
#include "base/cause.h"

#include <signal.h>

/* confined */
struct cdbmake;

/*
 * cdbmake_begin - a database that will stand at path
 *
 * It will have the owner, group and mode of the database that is there, else
 * of the file source.  When *stop is not 0, as a signal handler may set it,
 * every later call fails with EINTR.  BY_SYSTEM: *err has errno.
 */
enum cause cdbmake_begin(struct cdbmake **out, const char *path,
    const char *source, const volatile sig_atomic_t *stop, struct arena *,
    int *err);

/*
 * cdbmake_add - one record
 *
 * Of several with one key, the first is found.  BY_SYSTEM: *err has errno;
 * only cdbmake_abandon() is left to do.
 */
enum cause cdbmake_add(
    struct cdbmake *, struct span key, struct span data, int *err);

/*
 * cdbmake_end - puts the database in its place
 *
 * BY_SYSTEM: it could not be done, *err has errno, and the temporary file is
 * gone.  Either way this is the last call.
 */
enum cause cdbmake_end(struct cdbmake *, int *err);

/* Removes the temporary file; the last call. */
void cdbmake_abandon(struct cdbmake *);

#endif
