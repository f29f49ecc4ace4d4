/*
 * store - a file without a name, for what must be read before it is sent
 */
#include "proto/store.h"

#include "base/compiler.h"
#include "base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	/* What memory may hold. */
	IN_MEMORY = 64 * 1024 * 1024,
};

/*
 * store_open - an empty one
 */
enum cause
store_open(struct store *s, const char *directory, int *err)
{
	const char *places[] = { directory, "/tmp" };

	s->room = INT64_MAX;
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		s->fd = open(places[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (s->fd >= 0)
			return BY_NOTHING;
	}
	s->room = IN_MEMORY;
	s->fd = memfd_create("message", MFD_CLOEXEC);
	if (s->fd >= 0)
		return BY_NOTHING;
	*err = errno;
	return BY_SYSTEM;
}

/*
 * store_put - adds bytes
 */
enum cause
store_put(struct store *s, struct span bytes, int *err)
{
	*err = EFBIG;
	if (bytes.n > s->room)
		return BY_SYSTEM;
	s->room -= bytes.n;
	return whole_write(s->fd, bytes, err) ? BY_NOTHING : BY_SYSTEM;
}
