/*
 * program - another program, found and started without a shell
 */
#ifndef COMPANION_PROGRAM_H
#define COMPANION_PROGRAM_H

#include "base/clock.h"
#include "file/env.h"

#include <signal.h>

/*
 * The path of a program: the name itself if it has a slash, else the first
 * executable file of that name in the directories of PATH.  NULL: there is
 * none.  An empty part of PATH is no directory.
 */
const char *program_find(const char *name, const struct env *, struct arena *);

/*
 * Becomes another program, whose path and argv[0] may differ; what is in fd
 * becomes its fd 0.  Returns only if that fails, with errno.
 */
int program_become(
    const char *path, const char *const *argv, const struct env *, int fd);

/* A program to run.                                      value */
struct program {
	const char *path;
	/* NULL behind the last. */
	const char *const *argv;
	const struct env *env;
	/* Its fd 0; and what gets the bytes it writes to fd 1. */
	int in, out;
	/* When it must have ended. */
	instant by;
	/* Not 0 once we are told to stop. */
	const volatile sig_atomic_t *stop;
};

/* How it ended. */
enum ended {
	/* By itself, with an exit status. */
	ENDED,
	/* By a signal. */
	ENDED_CRASHED,
	/* Not begun, or nobody knows how it ended; err has errno. */
	ENDED_ABSENT,
	/* It took too long, and was killed. */
	ENDED_LATE,
	/* We were told to stop, and killed it. */
	ENDED_STOPPED,
	/* Its bytes could not be kept, so it was killed; err has errno. */
	ENDED_FULL,
};

enum {
	/* What is kept of its words on fd 2. */
	PROGRAM_WORDS_MAX = 1000,
};

struct ending {
	enum ended how;
	/* The exit status, or the signal. */
	int status;
	int err;
	/* What it said on fd 2, as far as there is room. */
	struct span words;
};

/*
 * program_run - runs a program to its end
 *
 * It has fd 0, 1 and 2 and no other descriptor: none of ours, nor what we
 * have inherited.  It is a process group of its own, with signals as they are
 * by default.  Once it has ended by itself, what it has written by then is
 * all it has written, and what it left running in its group is killed.
 */
void program_run(struct ending *out, const struct program *, struct arena *);

#endif
