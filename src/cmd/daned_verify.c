/*
 * daned_verify - verifications that qmail-daned makes beside its answers
 */
#include "cmd/daned_verify.h"

#include "base/compiler.h"
#include "delivery/explain.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit statuses; a crash must not look like any of them. */
enum {
	FOUND = 40,
};

/*
 * no_memory - nothing can be said
 */
no_return static void
no_memory(void)
{
	exit(EXIT_FAILURE);
}

/*
 * verdict_on - what a server that was asked has shown
 */
static enum daned_status
verdict_on(const struct server *s)
{
	bool worked = s->trouble.cause == BY_NOTHING;

	if (!worked && s->trouble.stage == AT_TLSA)
		return DANED_NEW;
	return dane_verdict(&s->want, worked ? &s->proof : NULL, &s->trouble);
}

/*
 * sum_up - what all servers have shown
 */
static enum daned_status
sum_up(const struct explanation *x)
{
	bool seen[DANED_STATUSES] = { false };

	for (const struct server *s = x->servers; s != NULL; s = s->next)
		seen[verdict_on(s)] = true;
	if (seen[DANED_FAILED])
		return DANED_FAILED;
	if (seen[DANED_VERIFIED])
		return DANED_VERIFIED;
	return seen[DANED_NOT_VERIFIED] && !seen[DANED_NEW] && !x->unsure
	           ? DANED_NOT_VERIFIED
	           : DANED_NEW;
}

/*
 * verify - makes the plan of a delivery to postmaster, and asks its servers
 */
static enum daned_status
verify(struct span name, const struct daned_sources *from)
{
	progress how_far = PROGRESS_NOT_SENT;
	struct shared shared = { .tcpto_layout = TCPTO_WIDE,
		.progress = &how_far };
	struct arena *a = arena_new(no_memory);
	struct explanation x;
	struct request r = { .host = name, .nrcpt = 1 };
	struct span rcpt;
	struct buf b;

	buf_init(&b, a, SIZE_MAX);
	buf_puts(&b, "postmaster@");
	buf_put(&b, name);
	rcpt = buf_span(&b);
	r.rcpt = &rcpt;
	explain_make(&x, &r, settings_new(&from->env, &from->defaults, a),
	    &shared, true, a);
	return sum_up(&x);
}

/*
 * daned_verify_begin - begins a verification
 */
bool
daned_verify_begin(struct daned_job *job, struct span name,
    const struct daned_peer *peer, const struct daned_sources *from)
{
	sigset_t none;
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (pid == 0) {
		/* It must not hold the daemon's address longer than that. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		exit(FOUND + (int)verify(name, from));
	}
	job->pid = pid;
	job->peer = *peer;
	memcpy(job->room, name.p, name.n);
	job->name = (struct span){ job->room, name.n };
	job->by = clock_in(DANED_PATIENCE);
	return true;
}

/*
 * daned_verify_end - what a process that has ended found
 */
enum daned_status
daned_verify_end(int status)
{
	int found = WIFEXITED(status) ? WEXITSTATUS(status) - FOUND : DANED_NEW;

	return found >= 0 && found < DANED_STATUSES ? (enum daned_status)found
	                                            : DANED_NEW;
}
