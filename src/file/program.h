/*
 * program - what another program says in one line
 */
#ifndef FILE_PROGRAM_H
#define FILE_PROGRAM_H

#include "base/cause.h"
#include "base/clock.h"
#include "file/env.h"

enum {
	/* Of the line. */
	PROGRAM_LINE_MAX = 64 * 1024,
};

/*
 * program_line - the first line that a program prints
 *
 * path is executed without shell or search, with no arguments, in a process
 * group of its own, which is killed when the deadline passes.  It gets fd 0
 * and 2 on /dev/null, and none of ours.  BY_NOTHING: it ended with status 0,
 * and *out has its line, without white space at its end, in memory of the
 * arena.  BY_SYSTEM: it cannot be run; *err has errno.  BY_TIMEOUT.
 * BY_GARBLE: it failed.  BY_LACK: it printed nothing.
 */
enum cause program_line(struct span *out, const char *path, const struct env *,
    instant by, struct arena *, int *err);

#endif
