/*
 * interceptor - what spawn-filter and rd-remote have in common
 */
#include "cmd/interceptor.h"

#include "cmd/descriptors.h"
#include "cmd/lastwords.h"
#include "cmd/stopping.h"
#include "companion/program.h"
#include "delivery/report.h"

#include <errno.h>

extern char **environ;

/*
 * hand_over - becomes the program that delivers; returns only if that fails
 *
 * QREMOTE is for this program alone: two of them that run one another would
 * do so for ever.
 */
static void
hand_over(const struct interceptor *k, struct interception *i)
{
	struct span remote;
	const char *name = k->remote;
	const char *path;
	struct env env;
	int err = ENOENT;

	if (*i->stop != 0) {
		(void)interception_stop(i);
		return;
	}
	if (env_get(&remote, &i->env, "QREMOTE") && remote.n > 0)
		name = remote.p;
	env = env_set(&i->env, "QREMOTE", NULL, i->arena);
	path = program_find(name, &env, i->arena);
	if (path != NULL)
		err = program_become(path, i->argv, &env, i->message);
	(void)interception_fail_by(i, "Unable to run", span_of(name), err);
}

/*
 * begin - what is to be delivered; false if it is settled already
 */
static bool
begin(struct interception *i, const struct interceptor *k, int argc,
    char **argv, const struct env *env)
{
	struct trouble t;

	if (request_of_argv(
	        &i->request, argc, argv, DIALECT_INDIMAIL, i->arena, &t) == 0) {
		i->settings = settings_new(env, &k->defaults, i->arena);
		i->argv =
		    arena_array(i->arena, (size_t)argc + 1, sizeof(*i->argv));
		for (int n = 0; n < argc; n++)
			i->argv[n] = argv[n];
		return true;
	}
	if (t.stage == AT_USAGE) {
		struct buf words;

		buf_init(&words, i->arena, SIZE_MAX);
		buf_puts(&words, "I (");
		buf_puts(&words, k->name);
		buf_puts(&words, ") was invoked improperly");
		interception_fail(i, 'Z', buf_span(&words), "3.5", SPAN(""));
	} else {
		interception_trouble(i, &t);
	}
	return false;
}

/*
 * interceptor_main - one delivery
 */
int
interceptor_main(const struct interceptor *k, int argc, char **argv)
{
	struct env env = { (const char *const *)environ };
	struct interception i = { .program = k->name, .env = env };

	if (!descriptors_guard())
		return EXIT_AGAIN;
	i.stop = stopping_watch();
	i.arena = arena_new(lastwords_no_memory);
	buf_init(&i.report, i.arena, REPORT_MAX);
	if (begin(&i, k, argc, argv, &env) && k->intercept(&i))
		hand_over(k, &i);
	return descriptors_report(&i.report);
}
