/*
 * control - what a control file holds
 *
 * Trailing white space does not count; in a list, nor do empty lines and
 * lines that begin with '#'.
 */
#ifndef FILE_CONTROL_H
#define FILE_CONTROL_H

#include "base/arena.h"
#include "base/cause.h"

/*
 * control_read - the whole text of a file, in memory of the arena
 *
 * BY_NOTHING: *out has the text.  BY_LACK: there is no such file.
 * BY_SYSTEM: it is there but cannot be read; *err has errno.  BY_GARBLE: it
 * holds a NUL; *line says on which line.
 */
enum cause control_read(struct span *out, const char *path, struct arena *,
    int *err, unsigned *line);

/* The first line, without white space at its end. */
struct span control_first(struct span text);

/* A walk through the lines of a text.                   value */
struct control {
	struct span rest;
	/* Of the line returned last, counted from 1. */
	unsigned line;
};

/*
 * control_next - the next line that counts, in *out
 *
 * False after the last.
 */
bool control_next(struct span *out, struct control *);

/*
 * control_split - the key of a line "key:rest" of a map
 *
 * *rest, at first the line, becomes what follows the first colon; behind a
 * key in brackets, the first colon after the bracket.  False if there is no
 * colon: the key is then the whole line.
 */
bool control_split(struct span *key, struct span *rest);

#endif
