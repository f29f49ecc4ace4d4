/*
 * lint_addresses - what is wrong with the files of local addresses
 */
#include "delivery/linting.h"
#include "net/ip.h"

/*
 * is_address - an address, in brackets or not
 */
static bool
is_address(struct span text)
{
	struct ip ip;

	return ip_parse(&ip, text) || ip_parse_literal(&ip, text);
}

/*
 * is_prefix - whether a key of bindroutes can match any address
 *
 * A whole address, or the beginning of one up to a dot or colon.
 */
static bool
is_prefix(struct span key)
{
	if (key.n >= 2 && key.p[0] == '[' && key.p[key.n - 1] == ']')
		key = span_head(span_tail(key, 1), key.n - 2);
	if (key.n == 0 || is_address(key))
		return true;
	if (key.p[key.n - 1] != '.' && key.p[key.n - 1] != ':')
		return false;
	for (size_t i = 0; i < key.n; i++) {
		char c = ascii_lower(key.p[i]);

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') &&
		    c != '.' && c != ':')
			return false;
	}
	return true;
}

/*
 * check_bindroutes - a value that is no address is a way to forbid a server,
 * so it is only pointed out
 */
static void
check_bindroutes(struct linting *l)
{
	struct span source, line, key;
	struct control lines;

	if (!linting_lines(l, &lines, &source, SET_BINDROUTES))
		return;
	while (control_next(&line, &lines)) {
		struct span value = line;

		if (!control_split(&key, &value))
			linting_say(
			    l, source, lines.line, "ignored, no colon", line);
		else if (!is_prefix(key))
			linting_say(
			    l, source, lines.line, "matches no address", key);
		else if (value.n > 0 && !is_address(value))
			linting_say(l, source, lines.line,
			    "forbids connections to these servers", value);
	}
}

/*
 * check_domainbindings - a value that is no address puts mail off
 */
static void
check_domainbindings(struct linting *l)
{
	struct span source, line, key;
	struct control lines;

	if (!linting_lines(l, &lines, &source, SET_DOMAINBINDINGS))
		return;
	while (control_next(&line, &lines)) {
		struct span value = line;

		if (!control_split(&key, &value))
			linting_say(
			    l, source, lines.line, "ignored, no colon", line);
		else if (value.n > 0 && !is_address(value))
			linting_say(l, source, lines.line,
			    "refused, not an address", value);
	}
}

/*
 * check_list - the lines of one file of local addresses
 */
static void
check_list(struct linting *l, struct span source, struct control lines)
{
	struct span line;
	size_t bad = 0, good = 0;

	while (control_next(&line, &lines)) {
		if (is_address(line)) {
			good++;
		} else {
			bad++;
			linting_say(l, source, lines.line,
			    "ignored, not an address", line);
		}
	}
	if (bad > 0 && good == 0)
		linting_say(
		    l, source, 0, "refused, no line is an address", SPAN(""));
}

/*
 * check_outgoingip - outgoingip, and those of each host
 */
static void
check_outgoingip(struct linting *l)
{
	struct span source, name, stem = SPAN("outgoingip.");
	struct control lines;
	struct names names;
	struct fault f;

	if (linting_lines(l, &lines, &source, SET_OUTGOINGIP))
		check_list(l, source, lines);
	if (!settings_names(&names, l->settings))
		return;
	while (settings_next_name(&name, &names)) {
		struct span host = span_tail(name, stem.n);

		if (!span_begins(name, stem) || host.n == 0)
			continue;
		if (settings_list_of(&lines, &source, l->settings,
		        SET_OUTGOINGIP_HOST, host, &f) == BY_NOTHING)
			check_list(l, source, lines);
		else
			linting_say_fault(l, &f);
	}
	settings_end_names(&names);
}

/*
 * check_helohostbyip - names by address
 */
static void
check_helohostbyip(struct linting *l)
{
	struct span source, line, key;
	struct control lines;

	if (!linting_lines(l, &lines, &source, SET_HELOHOSTBYIP))
		return;
	while (control_next(&line, &lines)) {
		struct span value = line;

		if (!control_split(&key, &value))
			linting_say(
			    l, source, lines.line, "ignored, no colon", line);
		else if (!is_address(key))
			linting_say(l, source, lines.line,
			    "ignored, not an address", key);
		else if (value.n == 0)
			linting_say(
			    l, source, lines.line, "ignored, no name", line);
		else if (span_has_control(value))
			linting_say(l, source, lines.line,
			    "refused, a control character", value);
	}
}

/*
 * linting_addresses - the files of local addresses
 */
void
linting_addresses(struct linting *l)
{
	check_bindroutes(l);
	check_domainbindings(l);
	check_outgoingip(l);
	check_helohostbyip(l);
}
