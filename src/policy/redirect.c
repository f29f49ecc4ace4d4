/*
 * redirect - a line of redirectremote
 */
#include "policy/redirect.h"

#include "file/pattern.h"
#include "mail/address.h"

/*
 * take_type - what the line looks at
 */
static bool
take_type(enum redirect_by *by, struct span *rest)
{
	struct span type = span_cut(rest, ':');

	if (span_equal_nocase(type, SPAN("d")))
		*by = REDIRECT_DOMAIN;
	else if (span_equal_nocase(type, SPAN("r")))
		*by = REDIRECT_RECIPIENT;
	else if (span_equal_nocase(type, SPAN("s")))
		*by = REDIRECT_SENDER;
	else
		return false;
	return true;
}

/*
 * redirect_parse - a line, taken apart
 */
bool
redirect_parse(struct redirect *out, struct span line, const char **wrong)
{
	*out = (struct redirect){ 0 };
	if (!pattern_split(&out->pattern, &line)) {
		*wrong = "no colon";
		return false;
	}
	if (!take_type(&out->by, &line)) {
		*wrong = "neither d, nor r, nor s";
		return false;
	}
	if (span_has_control(line)) {
		*wrong = "a control character";
		return false;
	}
	(void)pattern_split(&out->dest, &line);
	out->prefix = line;
	out->is_maildir = out->dest.n > 0 && out->dest.p[0] == '/';
	if (!out->is_maildir && address_domain(out->dest).n == 0) {
		*wrong = "its destination is no address, nor begins with '/'";
		return false;
	}
	return true;
}
