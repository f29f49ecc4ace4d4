/*
 * rules - lines of control files that begin with a pattern
 */
#include "companion/rules.h"

#include "delivery/fault.h"

/*
 * rules_begin - begins the walk
 */
int
rules_begin(struct rules *out, struct settings *s, enum setting id,
    struct arena *a, struct trouble *t)
{
	struct fault fault;
	enum cause c;

	*out = (struct rules){ .arena = a,
		.kind = pattern_kind(
		    settings_env(s), settings_row(SET_QREGEX)->env) };
	c = settings_list(&out->lines, &out->why.file, s, id, &fault);
	return c == BY_NOTHING ? 0 : fault_trouble(t, c, &fault);
}

/*
 * rules_next - the next line
 */
bool
rules_next(struct span *line, struct rules *r)
{
	bool found = control_next(line, &r->lines);

	r->why.line = r->lines.line;
	return found;
}

/*
 * rules_bad - a line that makes no sense
 */
int
rules_bad(const struct rules *r, const char *wrong, struct trouble *t)
{
	*t = (struct trouble){
		.stage = AT_CONTROL, .cause = BY_GARBLE, .why = r->why
	};
	t->why.rule = span_of(wrong);
	return -1;
}

/*
 * rules_match - whether the pattern is the text
 */
int
rules_match(const struct rules *r, struct span pattern, struct span text,
    struct trouble *t)
{
	switch (pattern_match(pattern, text, r->kind, r->arena)) {
	case PATTERN_MATCHES:
		return 1;
	case PATTERN_DIFFERS:
		return 0;
	default:
		return rules_bad(r, "not a regular expression", t);
	}
}

/*
 * rules_environment - what the first line that matches makes of it
 */
int
rules_environment(struct env *out, unsigned *line, const struct env *old,
    struct settings *s, enum setting id, struct span address, struct arena *a,
    struct trouble *t)
{
	struct span rest, pattern, bad;
	struct rules r;

	*out = *old;
	*line = 0;
	if (rules_begin(&r, s, id, a, t) < 0)
		return -1;
	while (rules_next(&rest, &r)) {
		bool has_colon = pattern_split(&pattern, &rest);
		int matches = rules_match(&r, pattern, address, t);

		if (matches < 0)
			return -1;
		if (matches == 0)
			continue;
		*line = r.why.line;
		if (!has_colon)
			return rules_bad(&r, "no colon", t);
		/* What is no change may be a part of a secret. */
		if (!env_with(out, old, rest, NULL, a, &bad))
			return rules_bad(&r, "no NAME=VALUE", t);
		break;
	}
	return 0;
}
