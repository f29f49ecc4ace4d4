/*
 * cdb - D. J. Bernstein's constant database, read
 *
 * A header of 256 pairs (position, slots) of hash tables; records of (length
 * of key, length of data, key, data); the tables, of pairs (hash, position
 * of a record).  All numbers are 32 bits, the lowest byte first.
 */
#include "file/cdb.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HEADER = 2048,
	PAIR = 8,
	TABLES = 256,
};

/*
 * cdb_open - maps a database
 */
enum cause
cdb_open(struct cdb *out, const char *path, struct arena *a, int *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	char *p;

	*out = (struct cdb){ .path = arena_copy(a, span_of(path)) };
	if (fd < 0) {
		*err = errno;
		return errno == ENOENT ? BY_LACK : BY_SYSTEM;
	}
	if (fstat(fd, &st) < 0) {
		*err = errno;
		(void)close(fd);
		return BY_SYSTEM;
	}
	if (!S_ISREG(st.st_mode) || st.st_size < HEADER) {
		(void)close(fd);
		return BY_GARBLE;
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	*err = errno;
	(void)close(fd);
	if (p == MAP_FAILED)
		return BY_SYSTEM;
	out->map = (struct span){ p, (size_t)st.st_size };
	return BY_NOTHING;
}

/*
 * cdb_of_memory - a database that is in memory already
 */
bool
cdb_of_memory(struct cdb *out, struct span bytes, struct span path)
{
	*out = (struct cdb){ path, bytes };
	return bytes.n >= HEADER;
}

/*
 * number - four bytes at a position that has been checked
 */
static uint32_t
number(const struct cdb *c, size_t at)
{
	const unsigned char *p = (const unsigned char *)c->map.p + at;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/*
 * hash_of - the hash of a key
 */
static uint32_t
hash_of(struct span key)
{
	uint32_t h = 5381;

	for (size_t i = 0; i < key.n; i++)
		h = (h + (h << 5)) ^ (unsigned char)key.p[i];
	return h;
}

/*
 * compare - whether the record at a position has the key
 */
static enum cdb_result
compare(struct span *data, const struct cdb *c, size_t at, struct span key)
{
	uint64_t key_n, data_n;

	if (at < HEADER || at > c->map.n || c->map.n - at < PAIR)
		return CDB_DAMAGED;
	key_n = number(c, at);
	data_n = number(c, at + 4);
	at += PAIR;
	if (key_n + data_n > c->map.n - at)
		return CDB_DAMAGED;
	if (key_n != key.n ||
	    (key.n > 0 && memcmp(c->map.p + at, key.p, key.n) != 0))
		return CDB_ABSENT;
	*data = (struct span){ c->map.p + at + key_n, (size_t)data_n };
	return CDB_FOUND;
}

/*
 * cdb_find - the data of the first record with this key
 *
 * The slots of a table are looked at from the one that the hash names, round
 * to it again; an empty one ends the search.
 */
enum cdb_result
cdb_find(struct span *data, const struct cdb *c, struct span key)
{
	uint32_t h = hash_of(key);
	size_t header = (size_t)(h % TABLES) * PAIR;
	size_t table = number(c, header), slots = number(c, header + 4);
	size_t slot;

	if (slots == 0)
		return CDB_ABSENT;
	if (table > c->map.n || slots > (c->map.n - table) / PAIR)
		return CDB_DAMAGED;
	slot = (h / TABLES) % slots;
	for (size_t i = 0; i < slots; i++) {
		size_t at = table + slot * PAIR;
		size_t record = number(c, at + 4);

		if (record == 0)
			return CDB_ABSENT;
		if (number(c, at) == h) {
			enum cdb_result r = compare(data, c, record, key);

			if (r != CDB_ABSENT)
				return r;
		}
		slot = slot + 1 < slots ? slot + 1 : 0;
	}
	return CDB_ABSENT;
}

/*
 * cdb_next - the record at *at
 *
 * Records end where the first hash table begins.
 */
enum cdb_result
cdb_next(struct span *key, struct span *data, const struct cdb *c, size_t *at)
{
	size_t end = c->map.n;
	uint64_t key_n, data_n;

	for (size_t i = 0; i < TABLES; i++)
		if (number(c, i * PAIR) < end)
			end = number(c, i * PAIR);
	if (*at < HEADER)
		*at = HEADER;
	if (*at >= end)
		return CDB_ABSENT;
	if (end - *at < PAIR)
		return CDB_DAMAGED;
	key_n = number(c, *at);
	data_n = number(c, *at + 4);
	*at += PAIR;
	if (key_n + data_n > end - *at)
		return CDB_DAMAGED;
	*key = (struct span){ c->map.p + *at, (size_t)key_n };
	*data = (struct span){ c->map.p + *at + key_n, (size_t)data_n };
	*at += (size_t)(key_n + data_n);
	return CDB_FOUND;
}
