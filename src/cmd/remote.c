/*
 * remote - what qmail-remote and qmail-remote-classic have in common
 *
 * argv and environment make a request; the request and the control files
 * make a plan; the plan meets a server and has an outcome; the outcome is
 * the report.  Nothing runs the other way.
 */
#include "cmd/remote.h"

#include "base/num.h"
#include "cmd/descriptors.h"
#include "cmd/lastwords.h"
#include "delivery/deliver.h"
#include "delivery/hook.h"
#include "delivery/report.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/*
 * is_same - whether two descriptors are one file, or one of them is none
 */
static bool
is_same(int a, int b)
{
	struct stat sa, sb;

	if (fstat(a, &sa) < 0 || fstat(b, &sb) < 0)
		return true;
	return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/*
 * open_trace - the trace that QMAIL_REMOTE_TRACE asks for
 *
 * None if it cannot be had, and none into the report: qmail-rspawn reads
 * all that comes before the first record, and on fd 2 as well, as part of it.
 */
static const struct trace *
open_trace(struct trace *t, struct settings *s)
{
	struct span where;
	struct fault f;
	uint64_t fd;

	if (settings_text(&where, s, SET_TRACE, &f) != BY_NOTHING ||
	    where.n == 0)
		return NULL;
	if (num_whole(&fd, where) && fd <= INT16_MAX)
		t->fd = (int)fd;
	else
		t->fd = open(where.p,
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY |
		        O_NONBLOCK,
		    0600);
	t->born = clock_now();
	return t->fd <= 2 || is_same(t->fd, 1) || is_same(t->fd, 2) ? NULL : t;
}

/*
 * run - the request, as far as it goes
 */
static void
run(struct outcome *out, struct plan *plan, struct message **m,
    const struct request *r, struct settings *s, const struct shared *shared,
    struct arena *a)
{
	struct trouble t = { .stage = AT_MESSAGE };
	instant by;

	outcome_begin(out, r->nrcpt, a);
	t.cause = message_open(m, 0, a, &t.err);
	if (t.cause == BY_NOTHING &&
	    plan_deadline(&by, r, s, message_length(*m), &t) == 0)
		t.cause = message_begin(*m, by, &t.err);
	if (t.cause == BY_NOTHING && message_is_partial(*m))
		t = (struct trouble){ .stage = AT_PARTIAL_LINE,
			.cause = BY_LACK };
	if (t.cause != BY_NOTHING ||
	    plan_make(plan, r, s, by, shared, a, &t) < 0) {
		outcome_trouble(out, &t);
		return;
	}
	/* What a login is made with must not be found in a core. */
	if (plan->login.wanted)
		(void)prctl(PR_SET_DUMPABLE, 0);
	deliver(out, plan, *m, shared, a);
}

/*
 * remote_main - one delivery
 */
int
remote_main(const struct remote_kind *kind, int argc, char **argv)
{
	struct env env = { (const char *const *)environ };
	struct shared shared = { 0 };
	struct request request;
	struct settings *settings;
	struct message *message = NULL;
	struct outcome out;
	struct plan plan = { 0 };
	struct hook hook;
	struct trouble t;
	struct trace trace;
	struct arena *a;
	struct buf report;

	if (!descriptors_guard())
		return EXIT_AGAIN;
	shared.progress = lastwords_begin();
	a = arena_new(lastwords_no_memory);
	buf_init(&report, a, REPORT_MAX);
	settings = settings_new(&env, &kind->defaults, a);
	shared.trace = open_trace(&trace, settings);
	shared.tcpto_layout = kind->tcpto;
	if (request_of_argv(&request, argc, argv, kind->dialect, a, &t) < 0) {
		outcome_begin(&out, 0, a);
		outcome_trouble(&out, &t);
	} else {
		run(&out, &plan, &message, &request, settings, &shared, a);
	}
	*shared.progress = PROGRESS_DECIDED;
	TRACE(shared.trace, "outcome",
	    { "fate", out.fate == ACCEPTED  ? SPAN("accepted")
	              : out.fate == REFUSED ? SPAN("refused")
	                                    : SPAN("deferred") });
	report_put(&report, kind->dialect, &plan.envelope, &out);
	if (descriptors_report(&report) != 0)
		return EXIT_AGAIN;
	hook = (struct hook){ argv, &out, buf_span(&report), message,
		shared.trace };
	return hook_run(
	    &hook, plan.settings != NULL ? plan.settings : settings);
}
