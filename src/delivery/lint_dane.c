/*
 * lint_dane - what is wrong with what DANE and DNSSEC go by
 */
#include "delivery/linting.h"
#include "proto/daned.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/*
 * first_line - what a setting that is a line has; empty if that is nothing
 */
static struct span
first_line(struct linting *l, struct span *source, enum setting id)
{
	struct span text;
	struct fault f;

	return settings_show(&text, source, l->settings, id, &f) == BY_NOTHING
	           ? control_first(text)
	           : SPAN("");
}

/*
 * check_daemon - DANE_VERIFICATION may say where qmail-daned is
 */
static void
check_daemon(struct linting *l)
{
	struct span source;
	struct span value = first_line(l, &source, SET_DANE_VERIFICATION);
	struct endpoint at;

	if (span_find(value, '@') < value.n && !daned_endpoint(&at, value))
		linting_say(l, source, 0, "refused, not address@port", value);
}

/*
 * check_dnssec - dnssec has one of two words
 */
static void
check_dnssec(struct linting *l)
{
	struct span source;
	struct span word = first_line(l, &source, SET_DNSSEC);

	if (!span_equal_nocase(word, SPAN("validate")) &&
	    !span_equal_nocase(word, SPAN("trust-ad")) && word.n > 0)
		linting_say(l, source, 1,
		    "refused, neither validate nor trust-ad", word);
}

/*
 * check_anchor - the file of trust anchors
 */
static void
check_anchor(struct linting *l)
{
	struct span source;
	struct span path = first_line(l, &source, SET_TRUSTANCHOR);

	if (path.n > 0 && access(arena_string(l->arena, path), R_OK) < 0)
		linting_say(l, path, 0, "refused, cannot be read",
		    span_of(strerrordesc_np(errno)));
}

/*
 * linting_dane - what DANE and DNSSEC go by
 */
void
linting_dane(struct linting *l)
{
	check_daemon(l);
	check_dnssec(l);
	check_anchor(l);
}
