/*
 * lint_login - what is wrong with how logins are to be made
 */
#include "delivery/linting.h"
#include "mail/mechanism.h"

/*
 * linting_login_of - AUTH_SMTP in an environment that a line makes
 */
void
linting_login_of(
    struct linting *l, const struct env *env, struct span file, unsigned line)
{
	struct span variable = span_of(settings_row(SET_AUTH_SMTP)->env);
	struct settings *s = settings_with(l->settings, env);
	struct span name;
	struct fault f;

	/* A variable can always be read. */
	(void)settings_text(&name, s, SET_AUTH_SMTP, &f);
	if (name.n == 0 || span_equal_nocase(name, SPAN("any")) ||
	    mechanism_find(name) < MECHANISMS)
		return;
	/* The value of a variable is not shown if a route sets it. */
	if (file.n > 0)
		linting_say(l, file, line, "names no way to log in", variable);
	else
		linting_say(l, variable, 0, "names no way to log in", name);
}

/*
 * linting_login - AUTH_SMTP in our environment
 */
void
linting_login(struct linting *l)
{
	linting_login_of(l, settings_env(l->settings), SPAN(""), 0);
}
