/*
 * arena - memory with one lifetime
 *
 * A chain of chunks.  A request that does not fit the newest chunk gets a
 * new one, as large as it needs; what is left of the old one is lost.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	ALIGNMENT = 16,
	/* Usual size of a chunk; most deliveries need one or two. */
	CHUNK = 16 * 1024,
};

struct chunk {
	struct chunk *older;
	size_t used, size;
	_Alignas(ALIGNMENT) char bytes[];
};

struct arena {
	void (*exhausted)(void);
	struct chunk *newest;
};

/*
 * chunk_new - a chunk with room for size bytes
 */
static struct chunk *
chunk_new(size_t size, struct chunk *older, void (*exhausted)(void))
{
	struct chunk *c = NULL;

	if (size < CHUNK)
		size = CHUNK;
	if (size <= SIZE_MAX - sizeof(*c))
		c = malloc(sizeof(*c) + size);
	while (c == NULL)
		exhausted();
	c->older = older;
	c->used = 0;
	c->size = size;
	return c;
}

/*
 * arena_new - an arena that lives in its own first chunk
 */
struct arena *
arena_new(void (*exhausted)(void))
{
	struct chunk *c = chunk_new(CHUNK, NULL, exhausted);
	struct arena *a = (struct arena *)(void *)c->bytes;

	c->used = (sizeof(*a) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	a->exhausted = exhausted;
	a->newest = c;
	return a;
}

/*
 * arena_beside - an arena with the same exhausted()
 */
struct arena *
arena_beside(const struct arena *a)
{
	return arena_new(a->exhausted);
}

/*
 * arena_free - all of it at once
 */
void
arena_free(struct arena *a)
{
	struct chunk *c, *older;

	if (a == NULL)
		return;
	for (c = a->newest; c != NULL; c = older) {
		older = c->older;
		free(c);
	}
}

/*
 * arena_burn - all of it wiped, then freed
 */
void
arena_burn(struct arena *a)
{
	struct chunk *c, *older;

	for (c = a->newest; c != NULL; c = older) {
		older = c->older;
		explicit_bzero(c, sizeof(*c) + c->size);
		free(c);
	}
}

/*
 * arena_take - size bytes, not initialised
 */
void *
arena_take(struct arena *a, size_t size)
{
	struct chunk *c = a->newest;
	void *p;

	if (size > SIZE_MAX - ALIGNMENT)
		size = SIZE_MAX - ALIGNMENT;
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (size > c->size - c->used) {
		c = chunk_new(size, c, a->exhausted);
		a->newest = c;
	}
	p = c->bytes + c->used;
	c->used += size;
	return p;
}

/*
 * arena_zero - size bytes of zero
 */
void *
arena_zero(struct arena *a, size_t size)
{
	return memset(arena_take(a, size), 0, size);
}

/*
 * arena_array - count zeroed members
 */
void *
arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX;
	return arena_zero(a, bytes);
}

/*
 * arena_copy - the bytes, and a NUL behind them
 */
struct span
arena_copy(struct arena *a, struct span s)
{
	char *p = arena_take(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct span){ p, s.n };
}

/*
 * arena_string - the bytes as a C string
 */
char *
arena_string(struct arena *a, struct span s)
{
	char *p = arena_take(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}
