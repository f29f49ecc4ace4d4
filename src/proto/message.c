/*
 * message - the message, as blocks of bytes
 */
#include "proto/message.h"

#include "proto/store.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BLOCK = 64 * 1024,
};

struct message {
	int fd;
	struct arena *arena;
	/* It never makes us wait. */
	bool is_file;
	/* When the last block must have come. */
	instant by;
	/* The first block; all of it if whole. */
	struct span first;
	bool first_taken;
	/* first is all there is. */
	bool whole;
	/* It is known that the last byte is not a newline. */
	bool partial;
	/* Of a file; 0 if not known. */
	uint64_t length;
	/* Bytes read from the descriptor so far; a mapping reads none. */
	off_t taken;
	/* Where it is read to, unless it is mapped. */
	char *block;
	size_t room;
};

/*
 * wait_for - waits until there is something to read, or its end
 */
static enum cause
wait_for(const struct message *m)
{
	struct pollfd p = { .fd = m->fd, .events = POLLIN };
	int left, n;

	if (m->is_file)
		return BY_NOTHING;
	do {
		left = clock_left(m->by);
		n = left == 0 ? 0 : poll(&p, 1, left);
	} while (n < 0 && errno == EINTR);
	/* If poll() cannot say, read() will. */
	return n == 0 ? BY_TIMEOUT : BY_NOTHING;
}

/*
 * fill - reads until the block is full or nothing more comes
 */
static enum cause
fill(struct span *out, struct message *m, int *err)
{
	size_t n = 0;

	while (n < m->room) {
		ssize_t r;

		if (wait_for(m) != BY_NOTHING)
			return BY_TIMEOUT;
		r = read(m->fd, m->block + n, m->room - n);
		if (r == 0)
			break;
		if (r > 0) {
			n += (size_t)r;
			m->taken += r;
		} else if (errno != EINTR && errno != EAGAIN) {
			*err = errno;
			return BY_SYSTEM;
		}
	}
	*out = (struct span){ m->block, n };
	return BY_NOTHING;
}

/*
 * map - the file from its offset on, in memory; false if that cannot be
 */
static bool
map(struct message *m, off_t offset)
{
	off_t page = sysconf(_SC_PAGESIZE);
	off_t begin = offset - offset % page;
	size_t skip = (size_t)(offset - begin);
	char *p;

	p = mmap(NULL, (size_t)m->length + skip, PROT_READ, MAP_PRIVATE, m->fd,
	    begin);
	if (p == MAP_FAILED)
		return false;
	(void)madvise(p, (size_t)m->length + skip, MADV_SEQUENTIAL);
	m->first = (struct span){ p + skip, (size_t)m->length };
	m->whole = true;
	return true;
}

/*
 * look - finds out about a regular file
 *
 * One that a block holds is read from wherever it stands; its size is then
 * only the most that can come.
 */
static void
look(struct message *m, off_t size)
{
	off_t offset = 0;
	char last;

	if (size > BLOCK)
		offset = lseek(m->fd, 0, SEEK_CUR);
	if (offset < 0 || size <= offset)
		return;
	m->length = (uint64_t)(size - offset);
	if (m->length <= BLOCK || map(m, offset))
		return;
	if (pread(m->fd, &last, 1, size - 1) == 1)
		m->partial = last != '\n';
}

/*
 * message_open - looks at what a descriptor holds
 */
enum cause
message_open(struct message **out, int fd, struct arena *a, int *err)
{
	struct message *m = arena_zero(a, sizeof(*m));
	struct stat st;

	*out = m;
	m->fd = fd;
	m->arena = a;
	if (fstat(fd, &st) < 0) {
		*err = errno;
		return BY_SYSTEM;
	}
	m->is_file = S_ISREG(st.st_mode);
	if (m->is_file)
		look(m, st.st_size);
	return BY_NOTHING;
}

/*
 * message_begin - reads the first block
 */
enum cause
message_begin(struct message *m, instant by, int *err)
{
	bool small = m->length > 0 && m->length <= BLOCK;
	enum cause c;

	m->by = by;
	if (!m->whole) {
		m->room = small ? (size_t)m->length : BLOCK;
		m->block = arena_take(m->arena, m->room);
		c = fill(&m->first, m, err);
		if (c != BY_NOTHING)
			return c;
		m->whole = small || m->first.n < BLOCK;
	}
	if (m->whole)
		m->partial =
		    m->first.n > 0 && m->first.p[m->first.n - 1] != '\n';
	return BY_NOTHING;
}

/*
 * message_next - the next block
 */
enum cause
message_next(struct span *block, struct message *m, int *err)
{
	if (!m->first_taken) {
		m->first_taken = true;
		*block = m->first;
		return BY_NOTHING;
	}
	if (m->whole) {
		*block = SPAN("");
		return BY_NOTHING;
	}
	return fill(block, m, err);
}

/*
 * message_is_partial - whether it is known to end within a line
 */
bool
message_is_partial(const struct message *m)
{
	return m->partial;
}

/*
 * message_has_8bit - whether any byte is above 127
 *
 * Eight words at a time: this looks at every byte of a large message.
 */
bool
message_has_8bit(struct span s)
{
	const char *p = s.p, *end = s.p + s.n;
	uint64_t w[8];
	char any = 0;

	for (; end - p >= (ptrdiff_t)sizeof(w); p += sizeof(w)) {
		memcpy(w, p, sizeof(w));
		if (((w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7]) &
		        UINT64_C(0x8080808080808080)) != 0)
			return true;
	}
	while (p < end)
		any |= *p++;
	return (any & 0x80) != 0;
}

/*
 * message_may_be_8bit - whether it has, or may have, a byte above 127
 */
bool
message_may_be_8bit(const struct message *m)
{
	return !m->whole || message_has_8bit(m->first);
}

/*
 * message_first - the first block
 */
struct span
message_first(const struct message *m)
{
	return m->first;
}

/*
 * message_is_whole - whether its first block is all of it
 */
bool
message_is_whole(const struct message *m)
{
	return m->whole;
}

/*
 * message_length - its length, if known
 */
uint64_t
message_length(const struct message *m)
{
	return m->whole ? m->first.n : m->length;
}

/*
 * keep - reads the rest into a store, behind the first block
 */
static enum cause
keep(struct message *m, struct store *s, int *err)
{
	struct span block = m->first;
	enum cause c = BY_NOTHING;

	while (c == BY_NOTHING && block.n > 0) {
		m->length += block.n;
		m->partial = block.p[block.n - 1] != '\n';
		c = store_put(s, block, err);
		if (c == BY_NOTHING)
			c = fill(&block, m, err);
	}
	return c;
}

/*
 * message_measure - finds out its length
 *
 * The store takes the place of the descriptor; its own is never closed, as
 * the message lasts as long as the process.
 */
enum cause
message_measure(struct message *m, const char *directory, int *err)
{
	struct store s;
	enum cause c;

	if (m->whole || m->length > 0)
		return BY_NOTHING;
	c = store_open(&s, directory, err);
	if (c != BY_NOTHING)
		return c;
	c = keep(m, &s, err);
	if (c != BY_NOTHING) {
		(void)close(s.fd);
		return c;
	}
	m->fd = s.fd;
	m->is_file = true;
	if (map(m, 0))
		return BY_NOTHING;
	if (lseek(m->fd, 0, SEEK_SET) == 0)
		return fill(&m->first, m, err);
	*err = errno;
	return BY_SYSTEM;
}

/*
 * message_rewind - puts the descriptor back to where it was
 */
bool
message_rewind(int fd, const struct message *m)
{
	return lseek(fd, m != NULL ? -m->taken : 0, SEEK_CUR) >= 0;
}
