/*
 * json - JSON text being built                                   [8259:2]
 *
 * Values are written in order; commas and quotes are seen to.  confined
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

struct json {
	struct buf *out;
	/* A value has been written at this level. */
	bool comma;
};

/* Begins JSON text at the end of a buf. */
void json_init(struct json *, struct buf *);

/*
 * Opens an object '{' or an array '[', and closes it with '}' or ']'.  key
 * names it within an object; NULL within an array, or for the whole text.
 */
void json_open(struct json *, const char *key, char bracket);
void json_close(struct json *, char bracket);

/*
 * One value, named likewise.  A string's bytes that are not UTF-8 are shown
 * as if they were Latin-1.                                     [8259:8.1]
 */
void json_string(struct json *, const char *key, struct span);
void json_number(struct json *, const char *key, uint64_t);
void json_bool(struct json *, const char *key, bool);
void json_null(struct json *, const char *key);

#endif
