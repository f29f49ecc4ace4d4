/*
 * lint_companions - what is wrong with the files of spawn-filter and rd-remote
 */
#include "delivery/linting.h"
#include "file/pattern.h"
#include "policy/filter_rule.h"
#include "policy/redirect.h"

#include <sys/stat.h>
#include <unistd.h>

/* The line that is looked at. */
struct place {
	struct linting *lint;
	struct span file;
	unsigned line;
};

/*
 * say - a finding about the line
 */
static void
say(const struct place *p, const char *text, struct span about)
{
	linting_say(p->lint, p->file, p->line, text, about);
}

/*
 * check_pattern - a pattern must be one
 */
static void
check_pattern(const struct place *p, struct span pattern)
{
	const struct env *e = settings_env(p->lint->settings);

	if (pattern_match(pattern, SPAN(""),
	        pattern_kind(e, settings_row(SET_QREGEX)->env),
	        p->lint->arena) == PATTERN_BAD)
		say(p, "refused, not a regular expression", pattern);
}

/*
 * check_changes - changes to the environment, whose values are not shown
 */
static void
check_changes(const struct place *p, struct span changes)
{
	static const char *const none[] = { NULL };
	const struct env empty = { none };
	struct span bad;
	struct env e;

	if (!env_with(&e, &empty, changes, NULL, p->lint->arena, &bad))
		say(p, "refused, no NAME=VALUE", SPAN(""));
}

/*
 * check_program - a filter that is named by its path must be there
 */
static void
check_program(const struct place *p, const struct words *w)
{
	if (w->n > 0 && w->argv[0][0] == '/' && access(w->argv[0], X_OK) < 0)
		say(p, "refused, this cannot be run", span_of(w->argv[0]));
}

/*
 * check_filter - a line of filterargs
 *
 * Its arguments may hold a secret.
 */
static void
check_filter(const struct place *p, struct span line)
{
	struct filter_rule rule;
	const char *wrong;

	if (!filter_rule_parse(&rule, line, p->lint->arena, &wrong)) {
		check_pattern(p, rule.pattern);
		if (!rule.is_local)
			say(p, "refused", span_of(wrong));
		return;
	}
	check_pattern(p, rule.pattern);
	if (rule.is_local)
		return;
	check_program(p, &rule.words);
	check_changes(p, rule.changes);
}

/*
 * check_spam_filter - a line of spamfilter, which puts mail off
 */
static void
check_spam_filter(const struct place *p, struct span line)
{
	struct filter_rule rule;
	const char *wrong;

	(void)filter_rule_parse(&rule, line, p->lint->arena, &wrong);
	if (!rule.is_local)
		say(p, "refused, spawn-filter runs no spam filter",
		    rule.pattern);
}

/*
 * check_rule - a line of fromd.envrules or rcpt.envrules
 */
static void
check_rule(const struct place *p, struct span line)
{
	struct span pattern;

	if (!pattern_split(&pattern, &line))
		say(p, "refused, no colon", SPAN(""));
	else
		check_changes(p, line);
	check_pattern(p, pattern);
}

/*
 * check_redirection - a line of redirectremote
 */
static void
check_redirection(const struct place *p, struct span line)
{
	struct redirect r;
	const char *wrong;
	struct stat st;

	if (!redirect_parse(&r, line, &wrong)) {
		say(p, "refused", span_of(wrong));
		return;
	}
	check_pattern(p, r.pattern);
	if (r.is_maildir &&
	    (stat(arena_string(p->lint->arena, r.dest), &st) < 0 ||
	        !S_ISDIR(st.st_mode)))
		say(p, "refused, there is no such Maildir", r.dest);
}

/*
 * check_lines - every line of a setting's file
 */
static void
check_lines(struct linting *l, enum setting id,
    void (*check)(const struct place *, struct span))
{
	struct place p = { .lint = l };
	struct control lines;
	struct span line;

	if (!linting_lines(l, &lines, &p.file, id))
		return;
	while (control_next(&line, &lines)) {
		p.line = lines.line;
		check(&p, line);
	}
}

/*
 * check_command - the filter that a variable names
 */
static void
check_command(struct linting *l)
{
	const char *name = settings_row(SET_FILTERARGS_VARIABLE)->env;
	struct place p = { l, span_of(name), 0 };
	struct span command;
	const char *wrong;
	struct words w;

	if (!env_get(&command, settings_env(l->settings), name))
		return;
	if (!words_take(&w, &command, false, l->arena, &wrong))
		say(&p, "refused", span_of(wrong));
	else
		check_program(&p, &w);
}

/*
 * linting_companions - the files of spawn-filter and rd-remote
 */
void
linting_companions(struct linting *l)
{
	check_command(l);
	check_lines(l, SET_FILTERARGS, check_filter);
	check_lines(l, SET_SPAMFILTER, check_spam_filter);
	check_lines(l, SET_FROMD_ENVRULES, check_rule);
	check_lines(l, SET_RCPT_ENVRULES, check_rule);
	check_lines(l, SET_REDIRECTREMOTE, check_redirection);
}
