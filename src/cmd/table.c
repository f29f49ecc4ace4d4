/*
 * table - what qmail-tcpto and qmail-tcpok have in common
 *
 * What is to be printed is gathered first, so that no table is locked while
 * somebody takes their time to read it.
 */
#include "cmd/table.h"

#include "base/buf.h"
#include "base/compiler.h"
#include "base/num.h"
#include "file/env.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern char **environ;

enum {
	EXIT_WRONG = 100,
	EXIT_AGAIN = 111,
	/* More queues than this, or a higher number, are a mistake. */
	QUEUES_MAX = 1000,
	OUTPUT_MAX = 16 * 1024 * 1024,
};

/* One run of a program. */
struct run {
	const struct table_kind *kind;
	struct arena *arena;
	struct buf out;
	int status;
};

/* What is done with each table; returns how that failed. */
typedef enum cause work(struct run *, const char *path, int *err);

/*
 * no_memory - says so, and ends the process
 */
no_return static void
no_memory(void)
{
	(void)fputs("out of memory\n", stderr);
	exit(EXIT_AGAIN);
}

/*
 * complain - says what is wrong with a file or variable; sets the status
 */
static void
complain(struct run *r, int status, const char *about, const char *what)
{
	(void)fprintf(stderr, "%s: %s: %s\n", r->kind->program, about, what);
	r->status = status;
}

/*
 * variable - a variable that is not empty
 */
static bool
variable(struct span *out, const char *name)
{
	struct env e = { (const char *const *)environ };

	return env_get(out, &e, name) && out->n > 0;
}

/*
 * number - a variable that counts queues; unless_given may be 0: it must be
 *
 * Returns 0 if it is wrong, and has then said so.
 */
static uint64_t
number(struct run *r, const char *name, uint64_t unless_given)
{
	uint64_t u = unless_given;
	struct span text;

	if (variable(&text, name) && !num_whole(&u, text))
		u = 0;
	if (u >= 1 && u <= QUEUES_MAX)
		return u;
	complain(r, EXIT_WRONG, name, "is not a number from 1 to 1000");
	return 0;
}

/*
 * numbered - the directory of one of several queues
 */
static const char *
numbered(struct span base, uint64_t number, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, SIZE_MAX);
	buf_put(&b, base);
	buf_puts(&b, "/queue");
	buf_put_number(&b, number);
	buf_putc(&b, '\0');
	return b.p;
}

/*
 * find_queues - the directories of the queues, NULL behind the last; NULL if
 * the environment is wrong
 */
static const char **
find_queues(struct run *r)
{
	const char **dirs =
	    arena_array(r->arena, QUEUES_MAX + 1, sizeof(*dirs));
	uint64_t first, count;
	struct span s;

	dirs[0] = r->kind->queuedir;
	if (variable(&s, "QUEUEDIR")) {
		dirs[0] = s.p;
	} else if (variable(&s, "QUEUE_BASE")) {
		first = number(r, "QUEUE_START", 1);
		count = number(r, "QUEUE_COUNT", 0);
		if (first == 0 || count == 0)
			return NULL;
		for (uint64_t i = 0; i < count; i++)
			dirs[i] = numbered(s, first + i, r->arena);
	}
	return dirs;
}

/*
 * run - the same with each table; returns the exit status
 */
static int
run(const struct table_kind *kind, int argc, work *do_it)
{
	struct run r = { .kind = kind };
	const char **dirs;

	if (argc != 1) {
		(void)fprintf(stderr, "usage: %s\n", kind->program);
		return EXIT_WRONG;
	}
	r.arena = arena_new(no_memory);
	dirs = find_queues(&r);
	buf_init(&r.out, r.arena, OUTPUT_MAX);
	for (; dirs != NULL && *dirs != NULL; dirs++) {
		const char *path = tcpto_path(*dirs, r.arena);
		int err;

		if (do_it(&r, path, &err) != BY_NOTHING)
			complain(&r, EXIT_AGAIN, path, strerrordesc_np(err));
	}
	if (r.out.n > 0 &&
	    (fwrite(r.out.p, r.out.n, 1, stdout) != 1 || fflush(stdout) != 0))
		complain(
		    &r, EXIT_AGAIN, "standard output", strerrordesc_np(errno));
	arena_free(r.arena);
	return r.status;
}

/*
 * put_record - the line of one record
 *
 * A failure that the clock has yet to come to is one of now.
 */
static void
put_record(struct buf *out, const struct tcpto_record *record,
    enum tcpto_layout layout, time_t now)
{
	int64_t age = (int64_t)now - (int64_t)record->time;
	char text[IP_TEXT_MAX];

	buf_put(out, ip_text(text, &record->ip));
	if (layout == TCPTO_WIDE)
		buf_puts(
		    out, record->ip.family == AF_INET6 ? " ipv6" : " ipv4");
	buf_puts(out, " timed out ");
	buf_put_number(out, age > 0 ? (uint64_t)age : 0);
	buf_puts(out, " seconds ago; # recent timeouts: ");
	buf_put_number(out, record->count);
	buf_putc(out, '\n');
}

/*
 * print - one table
 */
static enum cause
print(struct run *r, const char *path, int *err)
{
	struct tcpto_record *records;
	enum cause c;
	size_t n;

	c = tcpto_list(&records, &n, path, r->kind->layout, r->arena, err);
	for (size_t i = 0; i < n; i++)
		put_record(&r->out, &records[i], r->kind->layout, time(NULL));
	return c;
}

/*
 * clear - one table
 */
static enum cause
clear(struct run *r, const char *path, int *err)
{
	return tcpto_clear(path, r->kind->layout, err);
}

/*
 * table_print - prints the records of each table
 */
int
table_print(const struct table_kind *kind, int argc)
{
	return run(kind, argc, print);
}

/*
 * table_clear - forgets what is in each table
 */
int
table_clear(const struct table_kind *kind, int argc)
{
	return run(kind, argc, clear);
}
