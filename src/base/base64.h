/*
 * base64 - bytes as letters, and back                          [4648:4]
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* Adds the bytes in base64, padded. */
void base64_put(struct buf *, struct span bytes);

/*
 * base64_get - adds the bytes that the text stands for
 *
 * False if it is not base64 to the letter: another character, a length that
 * is no multiple of four, padding in its midst.  The buf may then have part
 * of it.  Empty text stands for no bytes.
 */
bool base64_get(struct buf *, struct span text);

#endif
