/*
 * hook - a program that hears what became of a message
 */
#include "delivery/hook.h"

#include "base/compiler.h"
#include "base/num.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Each fate, its hook, and the letter of its report. */
static const struct {
	enum setting id;
	const char *letter;
} hooks[] = {
	[ACCEPTED] = { SET_ONSUCCESS_REMOTE, "K" },
	[DEFERRED] = { SET_ONTEMPORARY_REMOTE, "Z" },
	[REFUSED] = { SET_ONFAILURE_REMOTE, "D" },
};

enum {
	/* Of what one of them says. */
	TEXT_MAX = REPLY_TEXT_MAX,
};

/*
 * hook_path - the hook for a fate
 */
struct span
hook_path(const char **variable, struct settings *s, enum fate fate)
{
	struct span path;
	struct fault f;

	*variable = settings_row(hooks[fate].id)->env;
	/* A variable can always be read. */
	(void)settings_text(&path, s, hooks[fate].id, &f);
	return path;
}

/*
 * problem - a hook that did not do what it is there for
 */
static void
problem(const struct hook *h, struct span path, const char *what, int err)
{
	TRACE(h->trace, "hook", { "path", path }, { "problem", span_of(what) },
	    { "reason", span_of(err != 0 ? strerrordesc_np(err) : NULL) });
}

/*
 * let_go - gives up the pipe of the report, and goes back in the message
 *
 * From here on nothing that is written to fd 1 reaches anybody, be it last
 * words.
 */
static bool
let_go(const struct message *m)
{
	(void)close(1);
	/* The lowest that is free, for fd 0 is never closed. */
	if (open("/dev/null", O_RDWR) != 1 || dup2(1, 2) < 0)
		return false;
	if ((fcntl(0, F_GETFL) & O_ACCMODE) != O_WRONLY && message_rewind(0, m))
		return true;
	return dup2(1, 0) == 0;
}

/*
 * text_of - the last reply; without one, what the report says
 */
static struct span
text_of(const struct hook *h, const struct reply *r)
{
	struct span text = span_head(h->report, h->report.n - 1);
	size_t before = span_find_last(text, '\0');

	if (r != NULL)
		return reply_text(r);
	/* The last record, without its letter. */
	text = span_tail(text, before < text.n ? before + 2 : 1);
	return span_trim(text);
}

/*
 * set - one more variable, cut if it is long
 */
static void
set(struct env *e, const char *name, struct span value, struct arena *a)
{
	*e = env_set(e, name, arena_string(a, span_head(value, TEXT_MAX)), a);
}

/*
 * make_environment - ours, and what became of the message
 */
static struct env
make_environment(const struct hook *h, const struct settings *s)
{
	static const char *const anew[] = { "SMTPTEXT", "SMTPCODE", "SMTPHOST",
		"SMTPSTATUS", "QMTPTEXT", "QMTPCODE" };
	const struct outcome *out = h->outcome;
	const struct reply *r =
	    out->fate == ACCEPTED ? out->reply : out->trouble.reply;
	struct span letter = span_of(hooks[out->fate].letter);
	struct env others = settings_env_for_others(s), e;
	struct span text = text_of(h, r);
	struct arena *a = settings_arena(s);
	char code[NUM_MAX];

	env_without(&e, &others, anew, COUNT_OF(anew), a);
	for (enum fate f = ACCEPTED; f <= REFUSED; f++)
		if (f != out->fate)
			e = env_set(
			    &e, settings_row(hooks[f].id)->env, NULL, a);
	set(&e, "SMTPSTATUS", letter, a);
	set(&e, "SMTPTEXT", text, a);
	set(&e, "SMTPCODE", num_text(code, r != NULL ? r->code : 0), a);
	if (out->peer.n > 0)
		set(&e, "SMTPHOST", out->peer, a);
	if (span_equal(out->protocol, SPAN("QMTP"))) {
		set(&e, "QMTPTEXT", text, a);
		set(&e, "QMTPCODE", r != NULL ? letter : SPAN("0"), a);
	}
	return e;
}

/*
 * make_arguments - ours, behind the path of the hook
 */
static const char *const *
make_arguments(const struct hook *h, const char *path, struct arena *a)
{
	size_t n = 0;
	const char **argv;

	while (h->argv[n] != NULL)
		n++;
	argv = arena_array(a, n + 2, sizeof(*argv));
	argv[0] = path;
	for (size_t i = 1; i < n; i++)
		argv[i] = h->argv[i];
	return argv;
}

/*
 * hear_of_children - has SIGCHLD wait until it is asked for
 *
 * Who started us may have had it ignored; then a status would be lost.
 */
static void
hear_of_children(sigset_t *child)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	(void)sigaction(SIGCHLD, &sa, NULL);
	(void)sigemptyset(child);
	(void)sigaddset(child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, child, NULL);
}

/*
 * wait_for - the status of a process; false if it does not end in time
 */
static bool
wait_for(int *status, pid_t pid, const sigset_t *child, instant by)
{
	while (waitpid(pid, status, WNOHANG) != pid) {
		int left = clock_left(by);
		struct timespec t = { left / 1000, left % 1000 * 1000000L };

		if (left == 0)
			return false;
		(void)sigtimedwait(child, NULL, left < 0 ? NULL : &t);
	}
	return true;
}

/*
 * deadline - when a hook must have ended
 */
static instant
deadline(struct settings *s)
{
	struct span usual =
	    span_of(settings_row(SET_HOOK_TIMEOUT)->unless_given);
	uint64_t seconds = 0;
	struct fault f;

	if (settings_number(&seconds, s, SET_HOOK_TIMEOUT, &f) != BY_NOTHING)
		(void)num_whole(&seconds, usual);
	return seconds == 0 || seconds > INT64_MAX / 1000
	           ? NEVER
	           : clock_in(seconds * 1000);
}

/*
 * ignores_exit - whether the exit status of hooks does not matter
 */
static bool
ignores_exit(struct settings *s)
{
	struct span text;
	struct fault f;

	return settings_text(&text, s, SET_HOOK_EXIT, &f) == BY_NOTHING &&
	       span_equal_nocase(text, SPAN("ignore"));
}

/*
 * await - the exit status of a hook that was started
 */
static int
await(const struct hook *h, struct span path, pid_t pid, const sigset_t *child,
    struct settings *s)
{
	char digits[NUM_MAX];
	int status, code;

	if (!wait_for(&status, pid, child, deadline(s))) {
		(void)kill(-pid, SIGKILL);
		problem(h, path, "takes too long, and is killed", 0);
		return 0;
	}
	if (!WIFEXITED(status)) {
		problem(h, path, "was ended by a signal", 0);
		return 0;
	}
	code = WEXITSTATUS(status);
	TRACE(h->trace, "hook", { "path", path },
	    { "status", num_text(digits, (uint64_t)code) });
	return ignores_exit(s) ? 0 : code;
}

/*
 * hook_run - runs the hook for what became of the message
 *
 * A call that makes no sense is no message, and has none.
 */
int
hook_run(const struct hook *h, struct settings *s)
{
	const struct trouble *t = &h->outcome->trouble;
	const char *name;
	struct span path = hook_path(&name, s, h->outcome->fate);
	sigset_t child;
	const char *program;
	pid_t pid;
	int err;

	if (path.n == 0 || (t->cause != BY_NOTHING && t->stage == AT_USAGE))
		return 0;
	if (!let_go(h->message)) {
		problem(h, path, "cannot be run without /dev/null", errno);
		return 0;
	}
	program = arena_string(settings_arena(s), path);
	hear_of_children(&child);
	err = spawn_apart(&pid, program,
	    make_arguments(h, program, settings_arena(s)),
	    make_environment(h, s).vars, (const int[]){ 0, 1, 2 });
	if (err != 0) {
		problem(h, path, "cannot be run", err);
		return 0;
	}
	return await(h, path, pid, &child, s);
}
