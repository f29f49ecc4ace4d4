/*
 * arena - memory with the lifetime of one delivery, or of one session
 *
 * Nothing taken from an arena is freed alone; arena_free() frees all of it.
 * A call never returns NULL: exhaustion calls what the arena was given at
 * birth, which must not return.                         confined
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena;

/*
 * A new arena, owned by the caller.  exhausted is called when memory runs
 * out, now or later, and must end the process.
 */
struct arena *arena_new(void (*exhausted)(void));

/* A new arena with the same exhausted(), for a shorter life. */
struct arena *arena_beside(const struct arena *);

/* Frees the arena and all that was taken from it; NULL is allowed. */
void arena_free(struct arena *);

/* The same, for secrets: all of it is wiped first. */
void arena_burn(struct arena *);

/* size bytes, aligned for any type, not initialised; zeroed. */
void *arena_take(struct arena *, size_t size);
void *arena_zero(struct arena *, size_t size);

/* An array of count members of the given size each, zeroed. */
void *arena_array(struct arena *, size_t count, size_t size);

/* A copy of the bytes, with a NUL behind them that n does not count. */
struct span arena_copy(struct arena *, struct span);

/* The same as a C string; the span must not contain a NUL. */
char *arena_string(struct arena *, struct span);

#endif
