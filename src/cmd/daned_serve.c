/*
 * daned_serve - qmail-daned at work: questions, signals, and what is due
 */
#include "cmd/daned_serve.h"

#include "base/compiler.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	/* Questions that are answered before anything else is looked at. */
	BURST = 64,
	MINUTE = 60 * 1000,
	DAY = 24 * 60 * 60,
};

/*
 * daned_complain - says what failed
 */
void
daned_complain(const char *about, int err)
{
	const char *words = strerrordesc_np(err);

	(void)fprintf(stderr, "qmail-daned: %s: %s\n", about,
	    words != NULL ? words : "unknown error");
}

/*
 * oldest - the time of verdicts that are not too old
 */
static int64_t
oldest(const struct daned *d)
{
	return (int64_t)time(NULL) - (int64_t)d->options.days * DAY;
}

/*
 * known - what is known of a name
 */
static struct daned_answer
known(const struct daned *d, struct span name)
{
	const struct daned_verdict *v = daned_table_find(&d->table, name);

	if (v == NULL)
		return (struct daned_answer){ false, DANED_NEW };
	if (v->time < oldest(d))
		return (struct daned_answer){ true, DANED_STALE };
	return (struct daned_answer){ true, (enum daned_status)v->status };
}

/*
 * remember - takes a verdict in
 */
static struct daned_answer
remember(struct daned *d, struct span name, enum daned_status s)
{
	daned_table_put(&d->table, name, s, time(NULL));
	return (struct daned_answer){ true, s };
}

/*
 * answer - sends an answer, and says so if that is wanted
 */
static void
answer(const struct daned *d, const struct daned_peer *to, char verb,
    struct span name, struct daned_answer a)
{
	char bytes[DANED_ANSWER];

	daned_answer_put(bytes, a);
	(void)sendto(d->fd, bytes, sizeof(bytes), MSG_NOSIGNAL,
	    (const struct sockaddr *)&to->address, to->n);
	if (d->options.verbose)
		(void)fprintf(stderr, "qmail-daned: %c %.*s: %d %s\n", verb,
		    (int)name.n, name.p, bytes[0], daned_status_name(a.status));
}

/*
 * begin_job - begins a verification; its answer comes later
 */
static bool
begin_job(struct daned *d, const struct daned_peer *from, struct span name)
{
	for (size_t i = 0; i < COUNT_OF(d->jobs); i++)
		if (d->jobs[i].pid == 0)
			return daned_verify_begin(
			    &d->jobs[i], name, from, &d->sources);
	return false;
}

/*
 * handle - one datagram
 */
static void
handle(struct daned *d, const struct daned_peer *from, struct span packet)
{
	struct daned_answer a = { false, DANED_NEW };
	char room[DANED_NAME_MAX];
	enum daned_verb verb;
	struct span name;

	/* What is no longer than an answer may be one: two daemons whom somebody
	 * makes believe that the other asks would never end. */
	if (packet.n <= DANED_ANSWER)
		return;
	if (!daned_parse(&verb, &name, room, packet)) {
		answer(d, from, '?', SPAN("no question"), a);
		return;
	}
	a.status = daned_lists_find(&d->lists, name);
	if (a.status != DANED_NEW) {
		a.known = true;
	} else if (verb == DANED_SUCCESS) {
		a = remember(d, name, DANED_VERIFIED);
	} else if (verb == DANED_FAILURE) {
		a = remember(d, name, DANED_FAILED);
	} else if (verb == DANED_QUERY) {
		a = known(d, name);
	} else if (begin_job(d, from, name)) {
		return;
	}
	answer(d, from, (char)verb, name, a);
}

/*
 * hear - the datagrams that wait
 */
static void
hear(struct daned *d)
{
	/* One byte more than a question has: a longer one is none. */
	char packet[DANED_QUESTION_MAX + 1];

	for (int i = 0; i < BURST; i++) {
		struct daned_peer from = { .n = sizeof(from.address) };
		ssize_t n = recvfrom(d->fd, packet, sizeof(packet), 0,
		    (struct sockaddr *)&from.address, &from.n);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n >= 0)
			handle(d, &from, (struct span){ packet, (size_t)n });
	}
}

/*
 * save - writes the context file; false if that failed, which was then said
 */
static bool
save(struct daned *d)
{
	int err = daned_table_save(&d->table, d->options.context, d->arena);

	if (err != 0)
		daned_complain(d->options.context, err);
	return err == 0;
}

/*
 * save_now - the same, for who asks for it and hears no more
 */
static void
save_now(struct daned *d)
{
	(void)save(d);
}

/*
 * reread - reads the lists again; those that cannot be read stay as they were
 */
static void
reread(struct daned *d)
{
	struct daned_lists fresh;

	if (!daned_lists_read(&fresh, &d->sources, d->arena))
		return;
	daned_lists_free(&d->lists);
	d->lists = fresh;
}

/*
 * reap - takes in what verifications have found
 */
static void
reap(struct daned *d)
{
	for (size_t i = 0; i < COUNT_OF(d->jobs); i++) {
		struct daned_job *job = &d->jobs[i];
		struct daned_answer a = { false, DANED_NEW };
		int status;

		if (job->pid == 0 ||
		    waitpid(job->pid, &status, WNOHANG) != job->pid)
			continue;
		a.status = daned_verify_end(status);
		a.known = a.status != DANED_NEW;
		/* That there is nothing to verify may change at any time. */
		if (a.status == DANED_VERIFIED || a.status == DANED_FAILED)
			a = remember(d, job->name, a.status);
		answer(d, &job->peer, DANED_VERIFY, job->name, a);
		job->pid = 0;
	}
}

/*
 * expire - forgets what is too old
 */
static void
expire(struct daned *d)
{
	(void)daned_table_expire(&d->table, oldest(d));
}

/*
 * finish - lets it stop
 */
static void
finish(struct daned *d)
{
	d->stopped = true;
}

/* What each signal is for.  The kernel keeps no order of those that come
 * together: they are obeyed in this one. */
static const struct deed {
	int signal;
	void (*act)(struct daned *);
} deeds[] = {
	{ SIGHUP, reread },
	{ SIGCHLD, reap },
	{ SIGUSR2, expire },
	{ SIGUSR1, save_now },
	{ SIGTERM, finish },
	{ SIGINT, finish },
};

/*
 * obey - the signals that have come
 */
static void
obey(struct daned *d)
{
	struct signalfd_siginfo what;
	sigset_t come;

	(void)sigemptyset(&come);
	while (read(d->signals, &what, sizeof(what)) == sizeof(what))
		(void)sigaddset(&come, (int)what.ssi_signo);
	for (size_t i = 0; i < COUNT_OF(deeds); i++)
		if (sigismember(&come, deeds[i].signal) == 1)
			deeds[i].act(d);
}

/*
 * do_what_is_due - what the time has come for; returns when it next has
 */
static instant
do_what_is_due(struct daned *d)
{
	instant now = clock_now(), next;

	if (now >= d->expire_at) {
		expire(d);
		d->expire_at = now + (instant)d->options.expire * MINUTE;
	}
	if (now >= d->save_at) {
		if (d->table.changed)
			(void)save(d);
		d->save_at = now + (instant)d->options.save * MINUTE;
	}
	next = clock_earlier(d->expire_at, d->save_at);
	for (size_t i = 0; i < COUNT_OF(d->jobs); i++) {
		if (d->jobs[i].pid == 0)
			continue;
		if (now >= d->jobs[i].by) {
			/* Its end is a signal, as that of any other. */
			(void)kill(d->jobs[i].pid, SIGKILL);
			d->jobs[i].by = NEVER;
		}
		next = clock_earlier(next, d->jobs[i].by);
	}
	return next;
}

/*
 * stop - ends what still runs, and saves
 */
static int
stop(struct daned *d)
{
	for (size_t i = 0; i < COUNT_OF(d->jobs); i++)
		if (d->jobs[i].pid != 0)
			(void)kill(d->jobs[i].pid, SIGKILL);
	return save(d) ? EXIT_SUCCESS : DANED_EXIT_AGAIN;
}

/*
 * daned_serve - until it is told to stop; returns the exit status
 */
int
daned_serve(struct daned *d)
{
	struct pollfd p[] = { { .fd = d->fd, .events = POLLIN },
		{ .fd = d->signals, .events = POLLIN } };

	d->save_at = clock_in(d->options.save * MINUTE);
	d->expire_at = clock_in(d->options.expire * MINUTE);
	while (!d->stopped) {
		instant next = do_what_is_due(d);

		if (poll(p, COUNT_OF(p), clock_left(next)) < 0 &&
		    errno != EINTR) {
			daned_complain("poll", errno);
			(void)stop(d);
			return DANED_EXIT_AGAIN;
		}
		if (p[0].revents != 0)
			hear(d);
		if (p[1].revents != 0)
			obey(d);
	}
	return stop(d);
}

/*
 * daned_watch - makes signals something to read; false if it cannot
 */
bool
daned_watch(struct daned *d)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < COUNT_OF(deeds); i++)
		(void)sigaddset(&set, deeds[i].signal);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	d->signals = -1;
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return d->signals >= 0;
}
