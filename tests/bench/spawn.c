/*
 * spawn - runs a program many times, and times each run
 *
 * usage: bench-spawn runs at-once message reports program [argument...]
 *
 * Each run has the file `message` as its fd 0, and appends what it writes on
 * fd 1 to the file `reports`.  Prints a line for each run:
 *
 *	microseconds from start to end
 *	microseconds of processor time, in the program and for it
 *	0 if it ended with status 0, else 1
 *
 * and last the microseconds from the first start to the last end.  There is
 * no shell, and nothing is printed before all runs are over.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

struct run {
	pid_t pid;
	/* Microseconds. */
	long long began, took, cpu;
	int failed;
};

struct bench {
	struct run *runs;
	long n, started, running;
	const char *message, *reports;
	char **argv;
};

/*
 * now - microseconds on the clock that is never set
 */
static long long
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/*
 * micros - an interval as one number
 */
static long long
micros(struct timeval t)
{
	return t.tv_sec * 1000000LL + t.tv_usec;
}

/*
 * start - begins the next run; 0 if it cannot be
 */
static int
start(struct bench *b)
{
	struct run *r = &b->runs[b->started];
	posix_spawn_file_actions_t files;
	int err;

	if (posix_spawn_file_actions_init(&files) != 0)
		return 0;
	r->began = now();
	err = posix_spawn_file_actions_addopen(
	    &files, 0, b->message, O_RDONLY, 0);
	if (err == 0)
		err = posix_spawn_file_actions_addopen(
		    &files, 1, b->reports, O_WRONLY | O_APPEND, 0);
	if (err == 0)
		err = posix_spawn(
		    &r->pid, b->argv[0], &files, NULL, b->argv, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	if (err != 0)
		return 0;
	b->started++;
	b->running++;
	return 1;
}

/*
 * reap - waits for one run to end; 0 if there is none
 */
static int
reap(struct bench *b)
{
	struct rusage used;
	int status;
	pid_t pid = wait4(-1, &status, 0, &used);

	for (long i = b->started - 1; i >= 0; i--) {
		struct run *r = &b->runs[i];

		if (r->pid != pid)
			continue;
		r->took = now() - r->began;
		r->cpu = micros(used.ru_utime) + micros(used.ru_stime);
		r->failed = status != 0;
		/* The next process may get the same number. */
		r->pid = 0;
		b->running--;
		return 1;
	}
	return 0;
}

/*
 * run_all - every run, so many at once; 0 if one could not be had
 */
static int
run_all(struct bench *b, long at_once)
{
	while (b->started < b->n || b->running > 0) {
		if (b->started < b->n && b->running < at_once) {
			if (!start(b))
				return 0;
		} else if (!reap(b)) {
			return 0;
		}
	}
	return 1;
}

int
main(int argc, char **argv)
{
	struct bench b = { 0 };
	long at_once = argc > 5 ? strtol(argv[2], NULL, 10) : 0;
	long long began, took;

	b.n = argc > 5 ? strtol(argv[1], NULL, 10) : 0;
	if (b.n <= 0 || at_once <= 0) {
		(void)fprintf(stderr,
		    "usage: bench-spawn runs at-once message reports "
		    "program [argument...]\n");
		return 2;
	}
	b.runs = calloc((size_t)b.n, sizeof(*b.runs));
	if (b.runs == NULL)
		return 1;
	b.message = argv[3];
	b.reports = argv[4];
	b.argv = argv + 5;
	began = now();
	if (!run_all(&b, at_once)) {
		(void)fprintf(stderr, "bench-spawn: cannot run %s\n", argv[5]);
		return 1;
	}
	took = now() - began;
	for (long i = 0; i < b.n; i++)
		(void)printf("%lld %lld %d\n", b.runs[i].took, b.runs[i].cpu,
		    b.runs[i].failed);
	(void)printf("%lld\n", took);
	free(b.runs);
	return 0;
}
