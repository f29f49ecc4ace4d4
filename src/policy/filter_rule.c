/*
 * filter_rule - a line of filterargs
 */
#include "policy/filter_rule.h"

#include "file/pattern.h"

/*
 * take_keyword - whether the rest begins with a field that is this word
 */
static bool
take_keyword(struct span *rest, struct span word)
{
	size_t n = span_find(*rest, ':');

	if (n == rest->n || !span_equal(span_head(*rest, n), word))
		return false;
	*rest = span_tail(*rest, n + 1);
	return true;
}

/*
 * filter_rule_parse - a line, taken apart
 */
bool
filter_rule_parse(struct filter_rule *out, struct span line, struct arena *a,
    const char **wrong)
{
	*out = (struct filter_rule){ 0 };
	if (!pattern_split(&out->pattern, &line)) {
		*wrong = "no colon";
		return false;
	}
	out->is_local = take_keyword(&line, SPAN("local"));
	if (!out->is_local)
		(void)take_keyword(&line, SPAN("remote"));
	if (!words_take(&out->words, &line, true, a, wrong))
		return false;
	if (out->words.n == 0) {
		*wrong = "no filter";
		return false;
	}
	out->changes = line;
	return true;
}
