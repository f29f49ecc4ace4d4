/*
 * lint - lines of control files that would be refused or ignored
 */
#include "delivery/lint.h"

#include "base/compiler.h"
#include "base/num.h"
#include "delivery/linting.h"
#include "net/ip.h"

#include <string.h>

enum {
	/* Resolvers that are asked. */
	SERVERS_MAX = 3,
};

/*
 * check_number - a file that holds a number
 */
static void
check_number(struct linting *l, enum setting id)
{
	struct span text, source;
	struct control lines;
	uint64_t u;

	if (!linting_lines(l, &lines, &source, id))
		return;
	text = control_first(lines.rest);
	/* Nothing there: the default counts. */
	if (text.n == 0)
		return;
	if (!num_leading(&u, text))
		/* A hook never stands in the way of mail. */
		linting_say(l, source, 1,
		    id == SET_HOOK_TIMEOUT ? "ignored, not a number"
		                           : "refused, not a number",
		    text);
	else if (!num_whole(&u, text))
		linting_say(
		    l, source, 1, "only the leading digits count", text);
}

/*
 * check_line - a file of which the first line counts
 */
static void
check_line(struct linting *l, enum setting id)
{
	struct span text, source, line;
	struct control lines;

	if (!linting_lines(l, &lines, &source, id))
		return;
	text = control_first(lines.rest);
	if (span_has_control(text))
		linting_say(l, source, 1, "refused, a control character", text);
	(void)span_cut(&lines.rest, '\n');
	lines.line = 1;
	if (settings_row(id)->file != NULL && control_next(&line, &lines))
		linting_say(l, source, lines.line,
		    "ignored, only the first line counts", line);
}

/*
 * check_name - there must be something to say hello with
 */
static void
check_name(struct linting *l)
{
	struct span name;
	struct fault f;

	if (settings_text(&name, l->settings, SET_HELOHOST, &f) == BY_NOTHING &&
	    name.n == 0)
		linting_say(l,
		    span_of(settings_dir(l->settings, SET_CONTROLDIR)), 0,
		    "neither helohost nor me is there, so no mail is sent",
		    SPAN(""));
}

/*
 * check_family - ipfamily has one of five words
 */
static void
check_family(struct linting *l)
{
	static const char *const words[] = { "any", "ipv4", "ipv6",
		"prefer-ipv4", "prefer-ipv6" };
	struct span text, source;
	struct fault f;

	if (settings_show(&text, &source, l->settings, SET_IPFAMILY, &f) !=
	    BY_NOTHING)
		return;
	text = control_first(text);
	if (text.n == 0)
		return;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (span_equal_nocase(text, span_of(words[i])))
			return;
	linting_say(l, source, 1, "refused, not a family", text);
}

/*
 * check_ips - a list of addresses
 */
static void
check_ips(struct linting *l, enum setting id)
{
	struct span source, line;
	struct control lines;
	struct ip ip;

	if (!linting_lines(l, &lines, &source, id))
		return;
	while (control_next(&line, &lines))
		if (!ip_parse(&ip, line) && !ip_parse_literal(&ip, line))
			linting_say(l, source, lines.line,
			    "refused, not an address", line);
}

/*
 * check_servers - the resolvers of dnsservers
 */
static void
check_servers(struct linting *l)
{
	struct span source, line;
	struct control lines;
	struct ip ip;
	uint64_t port;
	int n = 0;

	if (!linting_lines(l, &lines, &source, SET_DNSSERVERS))
		return;
	while (control_next(&line, &lines)) {
		struct span rest = line;
		struct span address = span_cut(&rest, '@');

		if (!ip_parse(&ip, address) ||
		    (rest.n > 0 && (!num_whole(&port, rest) || port == 0 ||
		                       port > UINT16_MAX)))
			linting_say(l, source, lines.line,
			    "refused, not address or address@port", line);
		else if (++n > SERVERS_MAX)
			linting_say(l, source, lines.line,
			    "ignored, three resolvers are asked", line);
	}
}

/*
 * lint - all findings of a control directory
 */
struct finding *
lint(struct settings *s, struct arena *a)
{
	struct linting l = { .settings = s, .arena = a };

	l.end = &l.findings;
	check_name(&l);
	for (enum setting id = 0; id < SETTINGS; id++) {
		const struct setting_row *row = settings_row(id);

		if (strcmp(row->type, "number") == 0)
			check_number(&l, id);
		else if (strcmp(row->type, "line") == 0)
			check_line(&l, id);
	}
	check_family(&l);
	check_servers(&l);
	check_ips(&l, SET_NOTIPME);
	check_ips(&l, SET_MOREIPME);
	linting_tls(&l);
	linting_dane(&l);
	linting_routes(&l);
	linting_addresses(&l);
	linting_sender(&l);
	linting_hooks(&l);
	linting_login(&l);
	linting_companions(&l);
	return l.findings;
}

/*
 * lint_file - the findings of one file of routes
 */
struct finding *
lint_file(struct settings *s, enum setting id, struct arena *a)
{
	struct linting l = { .settings = s, .arena = a };

	l.end = &l.findings;
	linting_route_file(&l, id);
	return l.findings;
}
