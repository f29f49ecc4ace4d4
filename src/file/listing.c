/*
 * listing - which names a directory may hold
 */
#include "file/listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
	/* Reads of a directory's entries before it counts as too large. */
	READS_MAX = 16,
};

/*
 * bit_of - where a name's bit is                 FNV-1a, folded to 9 bits
 */
static unsigned
bit_of(struct span name)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 16777619U;
	return (h ^ h >> 9 ^ h >> 18) & 511;
}

/*
 * add_entries - the names in one buffer full of directory entries
 */
static void
add_entries(struct listing *l, const char *entries, size_t n)
{
	for (size_t at = 0; at < n;) {
		const struct dirent64 *d = (const void *)(entries + at);
		unsigned bit = bit_of(span_of(d->d_name));

		l->bits[bit / 64] |= UINT64_C(1) << bit % 64;
		at += d->d_reclen;
	}
}

/*
 * listing_read - one look at a directory
 */
void
listing_read(struct listing *l, const char *path)
{
	_Alignas(struct dirent64) char entries[4096];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	memset(l, 0, sizeof(*l));
	l->unknown = true;
	if (fd < 0)
		return;
	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = getdents64(fd, entries, sizeof(entries));

		if (n == 0)
			l->unknown = false;
		if (n <= 0)
			break;
		add_entries(l, entries, (size_t)n);
	}
	(void)close(fd);
}

/*
 * listing_may_have - false only if there is no such name
 */
bool
listing_may_have(const struct listing *l, struct span name)
{
	unsigned bit = bit_of(name);

	return l->unknown || (l->bits[bit / 64] >> bit % 64 & 1) != 0;
}
