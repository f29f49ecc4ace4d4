/*
 * daned_table - the verdicts that qmail-daned remembers, and their file
 */
#include "cmd/daned_table.h"

#include "base/buf.h"
#include "base/num.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * hash - a place for a name
 */
static uint32_t
hash(const struct daned_table *t, struct span name)
{
	uint32_t h = t->seed;

	for (size_t i = 0; i < name.n; i++) {
		h = (h ^ (unsigned char)name.p[i]) * 0x01000193;
		h ^= h >> 15;
	}
	return h & (t->places - 1);
}

/*
 * name_of - the name of a verdict
 */
static struct span
name_of(const struct daned_verdict *v)
{
	return (struct span){ v->name, v->length };
}

/*
 * place_of - where a name is in the index, or would be
 */
static uint32_t
place_of(const struct daned_table *t, struct span name)
{
	uint32_t place = hash(t, name);

	/* At most half of the places are taken, so this ends. */
	while (t->index[place] != 0 &&
	       !span_equal(name_of(&t->verdicts[t->index[place] - 1]), name))
		place = (place + 1) & (t->places - 1);
	return place;
}

/*
 * daned_table_init - an empty table
 */
void
daned_table_init(struct daned_table *t, uint32_t most, struct arena *a)
{
	*t = (struct daned_table){ .most = most, .places = 2 };
	while (t->places / 2 < most)
		t->places *= 2;
	t->verdicts = arena_array(a, most, sizeof(*t->verdicts));
	t->heap = arena_array(a, most, sizeof(*t->heap));
	t->index = arena_array(a, t->places, sizeof(*t->index));
	t->seed = random_below(UINT32_MAX);
}

/*
 * daned_table_find - the verdict on a name
 */
const struct daned_verdict *
daned_table_find(const struct daned_table *t, struct span name)
{
	uint32_t i = t->index[place_of(t, name)];

	return i == 0 ? NULL : &t->verdicts[i - 1];
}

/*
 * stand - puts a verdict at a place of the heap
 */
static void
stand(struct daned_table *t, uint32_t at, uint32_t i)
{
	t->heap[at] = i;
	t->verdicts[i].at = at;
}

/*
 * time_at - how old the verdict at a place of the heap is
 */
static int64_t
time_at(const struct daned_table *t, uint32_t at)
{
	return t->verdicts[t->heap[at]].time;
}

/*
 * settle - moves a verdict to where its time belongs, up or down the heap
 */
static void
settle(struct daned_table *t, uint32_t i)
{
	uint32_t at = t->verdicts[i].at;
	int64_t when = t->verdicts[i].time;

	while (at > 0 && time_at(t, (at - 1) / 2) > when) {
		stand(t, at, t->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (uint32_t next = 2 * at + 1; next < t->count; next = 2 * at + 1) {
		if (next + 1 < t->count &&
		    time_at(t, next + 1) < time_at(t, next))
			next++;
		if (time_at(t, next) >= when)
			break;
		stand(t, at, t->heap[next]);
		at = next;
	}
	stand(t, at, i);
}

/*
 * vacate - takes a place out of the index
 *
 * What others found taken they stand behind; each of those moves up that may.
 */
static void
vacate(struct daned_table *t, uint32_t place)
{
	uint32_t mask = t->places - 1, next = place;

	t->index[place] = 0;
	while (t->index[next = (next + 1) & mask] != 0) {
		uint32_t i = t->index[next] - 1;
		uint32_t home = hash(t, name_of(&t->verdicts[i]));

		if (((next - home) & mask) < ((next - place) & mask))
			continue;
		t->index[place] = i + 1;
		t->index[next] = 0;
		place = next;
	}
}

/*
 * forget_oldest - makes room for one
 */
static void
forget_oldest(struct daned_table *t)
{
	uint32_t oldest = t->heap[0], last = t->count - 1;

	vacate(t, place_of(t, name_of(&t->verdicts[oldest])));
	t->count = last;
	if (last == 0)
		return;
	stand(t, 0, t->heap[last]);
	settle(t, t->heap[0]);
	/* So that those that are left are the first. */
	if (oldest != last) {
		uint32_t place = place_of(t, name_of(&t->verdicts[last]));

		t->verdicts[oldest] = t->verdicts[last];
		t->index[place] = oldest + 1;
		t->heap[t->verdicts[oldest].at] = oldest;
	}
}

/*
 * daned_table_put - remembers a verdict
 */
void
daned_table_put(struct daned_table *t, struct span name,
    enum daned_status status, int64_t now)
{
	uint32_t place = place_of(t, name), i;
	struct daned_verdict *v;

	if (t->index[place] == 0) {
		if (t->count == t->most) {
			forget_oldest(t);
			place = place_of(t, name);
		}
		i = t->count++;
		v = &t->verdicts[i];
		memcpy(v->name, name.p, name.n);
		v->length = (uint8_t)name.n;
		t->index[place] = i + 1;
		stand(t, i, i);
	}
	i = t->index[place] - 1;
	v = &t->verdicts[i];
	v->status = (uint8_t)status;
	v->time = now;
	settle(t, i);
	t->changed = true;
}

/*
 * daned_table_expire - forgets what is too old
 */
uint32_t
daned_table_expire(struct daned_table *t, int64_t oldest)
{
	uint32_t before = t->count;

	while (t->count > 0 && time_at(t, 0) < oldest)
		forget_oldest(t);
	if (t->count < before)
		t->changed = true;
	return before - t->count;
}

/*
 * read_text - the bytes of a record up to its next NUL; false at the end
 *
 * Longer ones are no part of a record.
 */
static bool
read_text(struct span *out, char *room, size_t size, FILE *f)
{
	size_t n = 0;
	int c;

	while ((c = getc(f)) != EOF && c != '\0') {
		if (n == size)
			return false;
		room[n++] = (char)c;
	}
	*out = (struct span){ room, n };
	return c == '\0';
}

/*
 * skip - the data of a record, and the line feed behind it
 */
static bool
skip(FILE *f, uint64_t length)
{
	while (length-- > 0)
		if (getc(f) == EOF)
			return false;
	return getc(f) == '\n';
}

/*
 * load_record - one record: name, status, time, length, data
 *
 * A status that is no verdict is passed over: others write 3 for a failure,
 * which must not be taken for leave to go without DANE.
 */
static bool
load_record(struct daned_table *t, FILE *f)
{
	char room[DANED_NAME_MAX + 1], digits[NUM_MAX], lower[DANED_NAME_MAX];
	struct span name, text;
	int64_t now = (int64_t)time(NULL);
	uint64_t when, length;
	int status;

	if (!read_text(&name, room, sizeof(room), f) ||
	    !daned_name(&name, lower, name) || (status = getc(f)) == EOF ||
	    getc(f) != '\0' || !read_text(&text, digits, sizeof(digits), f) ||
	    !num_whole(&when, text) ||
	    !read_text(&text, digits, sizeof(digits), f) ||
	    !num_whole(&length, text) || !skip(f, length))
		return false;
	/* What a wrong clock has put into the future would never be stale. */
	if (when > (uint64_t)now)
		when = (uint64_t)now;
	/* Nor does an old one drive out a newer one, in whatever order. */
	if ((status == DANED_VERIFIED || status == DANED_FAILED) &&
	    (t->count < t->most || time_at(t, 0) <= (int64_t)when))
		daned_table_put(
		    t, name, (enum daned_status)status, (int64_t)when);
	return true;
}

/*
 * daned_table_load - reads the context file
 */
int
daned_table_load(struct daned_table *t, const char *path, bool *whole)
{
	FILE *f = fopen(path, "re");
	int c, err = 0;

	*whole = true;
	if (f == NULL)
		return errno == ENOENT ? 0 : errno;
	while (*whole && (c = getc(f)) != EOF) {
		(void)ungetc(c, f);
		*whole = load_record(t, f);
	}
	if (ferror(f))
		err = errno;
	(void)fclose(f);
	t->changed = false;
	return err;
}

/*
 * write_verdicts - every verdict, to a file that is then on the disk
 *
 * Takes the file.  Returns 0, or errno.
 */
static int
write_verdicts(const struct daned_table *t, FILE *f)
{
	int err = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct daned_verdict *v = &t->verdicts[i];

		(void)fwrite(v->name, 1, v->length, f);
		(void)fprintf(f, "%c%c%c%lld%c0%c\n", 0, v->status, 0,
		    (long long)v->time, 0, 0);
	}
	/* What an earlier write could not do, this one cannot either. */
	if (fflush(f) != 0 || fsync(fileno(f)) != 0)
		err = errno;
	else if (ferror(f))
		err = EIO;
	if (fclose(f) != 0 && err == 0)
		err = errno;
	return err;
}

/*
 * sync_directory - makes a rename last; 0, or errno
 */
static int
sync_directory(struct span path, struct arena *a)
{
	size_t slash = span_find_last(path, '/');
	const char *directory = ".";
	int fd, err = 0;

	if (slash < path.n)
		directory = arena_string(a, span_head(path, slash + 1));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (fsync(fd) != 0)
		err = errno;
	(void)close(fd);
	return err;
}

/*
 * replace - writes a new file, and puts it in the old one's place
 */
static int
replace(const struct daned_table *t, const char *path, struct arena *a)
{
	struct buf temporary;
	FILE *f;
	int err;

	buf_init(&temporary, a, SIZE_MAX);
	buf_puts(&temporary, path);
	buf_puts(&temporary, ".new");
	buf_putc(&temporary, '\0');
	f = fopen(temporary.p, "we");
	if (f == NULL)
		return errno;
	err = write_verdicts(t, f);
	if (err == 0 && rename(temporary.p, path) != 0)
		err = errno;
	if (err == 0)
		return sync_directory(span_of(path), a);
	/* A part of one is of no use, and takes what space there was. */
	(void)unlink(temporary.p);
	return err;
}

/*
 * daned_table_save - writes the context file
 */
int
daned_table_save(
    struct daned_table *t, const char *path, const struct arena *beside)
{
	struct arena *own = arena_beside(beside);
	int err = replace(t, path, own);

	if (err == 0)
		t->changed = false;
	arena_free(own);
	return err;
}
