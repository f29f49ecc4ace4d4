/*
 * filter_choice - which filter a message goes through, in which environment
 */
#include "companion/filter_choice.h"

#include "companion/rules.h"
#include "mail/address.h"
#include "policy/filter_rule.h"

/*
 * split_recipients - a rule holds for some recipients, and not for others
 */
static bool
split_recipients(struct interception *i)
{
	return interception_fail(i, 'Z',
	    SPAN("The recipients need different filters or variables"), "3.5",
	    SPAN(""));
}

/*
 * apply_rules - the environment as the rules for the sender, and then those
 * for the recipients, make it
 */
static bool
apply_rules(struct interception *i)
{
	const struct request *r = &i->request;
	struct env by_sender, env;
	unsigned line, first;
	struct trouble t;

	if (rules_environment(&by_sender, &line, &i->env, i->settings,
	        SET_FROMD_ENVRULES, r->sender, i->arena, &t) < 0)
		return interception_trouble(i, &t);
	i->env = by_sender;
	i->settings = settings_with(i->settings, &i->env);
	for (size_t n = 0; n < r->nrcpt; n++) {
		if (rules_environment(&env, &line, &by_sender, i->settings,
		        SET_RCPT_ENVRULES, r->rcpt[n], i->arena, &t) < 0)
			return interception_trouble(i, &t);
		if (n > 0 && line != first)
			return split_recipients(i);
		first = line;
	}
	i->env = env;
	return true;
}

/*
 * find_rule - the first line of filters for a domain; *line is 0 if there is
 * none
 */
static bool
find_rule(struct filter_rule *out, unsigned *line, struct interception *i,
    enum setting id, struct span domain)
{
	struct span text, pattern, rest;
	const char *wrong;
	struct trouble t;
	struct rules r;

	*line = 0;
	if (rules_begin(&r, i->settings, id, i->arena, &t) < 0)
		return interception_trouble(i, &t);
	while (rules_next(&text, &r)) {
		bool is_sound;
		int matches;

		rest = text;
		(void)pattern_split(&pattern, &rest);
		matches = rules_match(&r, pattern, domain, &t);
		if (matches < 0)
			return interception_trouble(i, &t);
		if (matches == 0)
			continue;
		is_sound = filter_rule_parse(out, text, i->arena, &wrong);
		if (out->is_local)
			continue;
		*line = r.why.line;
		if (is_sound)
			return true;
		(void)rules_bad(&r, wrong, &t);
		return interception_trouble(i, &t);
	}
	return true;
}

/*
 * find_rule_of_all - the line for the domains of all recipients
 */
static bool
find_rule_of_all(struct filter_rule *out, unsigned *line,
    struct interception *i, enum setting id)
{
	unsigned first = 0;

	for (size_t n = 0; n < i->request.nrcpt; n++) {
		if (!find_rule(
		        out, line, i, id, address_domain(i->request.rcpt[n])))
			return false;
		if (n > 0 && *line != first)
			return split_recipients(i);
		first = *line;
	}
	return true;
}

/*
 * refuse_spamfilter - a spam filter is asked for, which is not run here
 *
 * Nobody may believe that mail went through it.
 */
static bool
refuse_spamfilter(struct interception *i)
{
	const char *name = settings_row(SET_SPAMFILTER)->env;
	struct filter_rule rule;
	struct span value;
	unsigned line;

	if (env_get(&value, &i->env, name) && value.n > 0)
		line = 1;
	else if (!find_rule_of_all(&rule, &line, i, SET_SPAMFILTER))
		return false;
	if (line == 0)
		return true;
	return interception_fail(i, 'Z',
	    SPAN("A spam filter is asked for, which spawn-filter does not run"),
	    "3.5", SPAN(""));
}

/*
 * find_filter - the filter, and what is changed in the environment for it;
 * words->n is 0 if there is none
 */
static bool
find_filter(struct words *words, struct interception *i)
{
	struct filter_rule rule = { 0 };
	struct span command, bad;
	const char *wrong;
	unsigned line = 1;
	struct trouble t;
	struct rules r;

	if (env_get(&command, &i->env,
	        settings_row(SET_FILTERARGS_VARIABLE)->env) &&
	    command.n > 0) {
		r.why = (struct why){ SPAN("FILTERARGS"), 0, SPAN("") };
		if (!words_take(
		        &rule.words, &command, false, i->arena, &wrong)) {
			(void)rules_bad(&r, wrong, &t);
			return interception_trouble(i, &t);
		}
		/* An empty variable would be none; this is no filter. */
		if (rule.words.n == 0) {
			(void)rules_bad(&r, "no filter", &t);
			return interception_trouble(i, &t);
		}
	} else if (settings_flag(i->settings, SET_MATCH_RECIPIENT_DOMAIN)) {
		if (!find_rule_of_all(&rule, &line, i, SET_FILTERARGS))
			return false;
	} else if (!find_rule(&rule, &line, i, SET_FILTERARGS,
	               address_domain(i->request.sender))) {
		return false;
	}
	*words = line > 0 ? rule.words : (struct words){ 0 };
	if (line > 0 &&
	    !env_with(&i->env, &i->env, rule.changes, NULL, i->arena, &bad)) {
		r.why =
		    (struct why){ span_of(settings_row(SET_FILTERARGS)->file),
			    line, SPAN("") };
		(void)rules_bad(&r, "no NAME=VALUE", &t);
		return interception_trouble(i, &t);
	}
	return true;
}

/*
 * filter_choose - which filter, in which environment
 */
bool
filter_choose(struct words *out, struct interception *i)
{
	return apply_rules(i) && refuse_spamfilter(i) && find_filter(out, i);
}
