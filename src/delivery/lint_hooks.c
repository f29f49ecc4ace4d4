/*
 * lint_hooks - what is wrong with the hooks of deliveries
 */
#include "delivery/hook.h"
#include "delivery/linting.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * fault_of - why a hook would not be run; NULL if it would
 */
static const char *
fault_of(const char *path)
{
	struct stat st;

	if (path[0] != '/')
		return "names a hook by no absolute path";
	if (stat(path, &st) < 0 && errno == ENOENT)
		return "names a hook that is not there";
	if (access(path, X_OK) < 0 || S_ISDIR(st.st_mode))
		return "names a hook that cannot be run";
	return NULL;
}

/*
 * check_exit - HOOK_EXIT has one word
 */
static void
check_exit(struct linting *l)
{
	struct span text, source;
	struct fault f;

	if (settings_show(&text, &source, l->settings, SET_HOOK_EXIT, &f) ==
	        BY_NOTHING &&
	    !span_equal_nocase(control_first(text), SPAN("ignore")))
		linting_say(l, source, 0, "ignored, the one word is ignore",
		    control_first(text));
}

/*
 * linting_hooks_of - the hooks in an environment that a line makes
 */
void
linting_hooks_of(
    struct linting *l, const struct env *env, struct span file, unsigned line)
{
	struct settings *s = settings_with(l->settings, env);

	for (enum fate fate = ACCEPTED; fate <= REFUSED; fate++) {
		const char *name, *fault;
		struct span path = hook_path(&name, s, fate);

		if (path.n == 0)
			continue;
		fault = fault_of(arena_string(l->arena, path));
		if (fault == NULL)
			continue;
		/* The value of a variable is not shown if a route sets it. */
		if (file.n > 0)
			linting_say(l, file, line, fault, span_of(name));
		else
			linting_say(l, span_of(name), 0, fault, path);
	}
}

/*
 * linting_hooks - the hooks in our own environment
 */
void
linting_hooks(struct linting *l)
{
	linting_hooks_of(l, settings_env(l->settings), SPAN(""), 0);
	check_exit(l);
}
