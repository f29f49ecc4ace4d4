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

/* What is wrong with an entry of a map; NULL if nothing is. */
struct wrong {
	const char *text;
	struct span about;
};

/*
 * check_map - the lines of a map, each by its key and value
 */
static void
check_map(struct linting *l, enum setting id,
    struct wrong (*check)(struct span key, struct span value))
{
	struct span source, line, key;
	struct control lines;

	if (!linting_lines(l, &lines, &source, id))
		return;
	while (control_next(&line, &lines)) {
		struct span value = line;
		struct wrong w = { "ignored, no colon", line };

		if (control_split(&key, &value))
			w = check(key, value);
		if (w.text != NULL)
			linting_say(l, source, lines.line, w.text, w.about);
	}
}

/*
 * check_bindroute - a value that is no address is a way to forbid a server,
 * so it is only pointed out
 */
static struct wrong
check_bindroute(struct span key, struct span value)
{
	if (!is_prefix(key))
		return (struct wrong){ "matches no address", key };
	if (value.n > 0 && !is_address(value))
		return (struct wrong){ "forbids connections to these servers",
			value };
	return (struct wrong){ NULL, value };
}

/*
 * check_domainbinding - a value that is no address puts mail off
 */
static struct wrong
check_domainbinding(struct span key, struct span value)
{
	(void)key;
	return (struct wrong){ value.n > 0 && !is_address(value)
		                   ? "refused, not an address"
		                   : NULL,
		value };
}

/*
 * check_helo - a name by address
 */
static struct wrong
check_helo(struct span key, struct span value)
{
	if (!is_address(key))
		return (struct wrong){ "ignored, not an address", key };
	if (value.n == 0)
		return (struct wrong){ "ignored, no name", key };
	return (struct wrong){
		span_has_control(value) ? "refused, a control character" : NULL,
		value
	};
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
 * linting_addresses - the files of local addresses
 */
void
linting_addresses(struct linting *l)
{
	check_map(l, SET_BINDROUTES, check_bindroute);
	check_map(l, SET_DOMAINBINDINGS, check_domainbinding);
	check_outgoingip(l);
	check_map(l, SET_HELOHOSTBYIP, check_helo);
}
