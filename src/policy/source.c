/*
 * source - which local address a connection comes from, and whose name it
 * says hello with
 */
#include "policy/source.h"

#include "mail/address.h"

#include <sys/socket.h>

/*
 * parse - an address, in brackets or not
 */
static bool
parse(struct ip *out, struct span text)
{
	return ip_parse(out, text) || ip_parse_literal(out, text);
}

/*
 * is_any - 0.0.0.0 or ::, which leave the choice to the system
 */
static bool
is_any(const struct ip *ip)
{
	for (size_t i = 0; i < sizeof(ip->b); i++)
		if (ip->b[i] != 0)
			return false;
	return true;
}

/*
 * bind_or_system - what a valid address means for this peer
 */
static enum source_result
bind_or_system(const struct ip *ip, const struct ip *peer)
{
	return is_any(ip) || ip->family != peer->family ? SOURCE_SYSTEM
	                                                : SOURCE_BIND;
}

/*
 * peer_weight - how well a key of bindroutes fits the text of an address
 *
 * The whole address, or a prefix that ends at a dot or colon; the empty key
 * fits every address.  0: not at all.
 */
static size_t
peer_weight(struct span key, struct span peer)
{
	char last;

	if (key.n >= 2 && key.p[0] == '[' && key.p[key.n - 1] == ']')
		key = span_head(span_tail(key, 1), key.n - 2);
	if (key.n == 0)
		return 1;
	last = key.p[key.n - 1];
	if (!span_begins(peer, key) ||
	    (key.n < peer.n && last != '.' && last != ':'))
		return 0;
	return key.n + 1;
}

/*
 * sender_weight - how well a key of domainbindings fits the sender
 *
 * The address, then the domain, then the longest ".suffix" of it, then the
 * empty key.
 */
static size_t
sender_weight(struct span key, struct span sender)
{
	struct span domain = address_domain(sender);

	if (key.n == 0)
		return 1;
	if (sender.n == 0)
		return 0;
	if (span_equal_nocase(key, sender))
		return SIZE_MAX;
	if (domain.n == 0)
		return 0;
	if (span_equal_nocase(key, domain))
		return SIZE_MAX - 1;
	return key.p[0] == '.' && domain.n > key.n && span_ends(domain, key)
	           ? key.n + 1
	           : 0;
}

/*
 * best - the value of the key that fits best, the first of equals
 *
 * Returns its weight, 0 if none fits.
 */
static size_t
best(struct span *value, struct why *why, const struct source_file *f,
    size_t (*weight)(struct span, struct span), struct span subject)
{
	struct control lines = f->lines;
	struct span line, key;
	size_t most = 0;

	while (control_next(&line, &lines)) {
		struct span rest = line;
		size_t w;

		if (!control_split(&key, &rest))
			continue;
		w = weight(key, subject);
		if (w > most) {
			most = w;
			*value = rest;
			*why = (struct why){ f->name, lines.line, key };
		}
	}
	return most;
}

/*
 * by_peer - what bindroutes says; false if it says nothing
 */
static bool
by_peer(enum source_result *result, struct ip *out, struct why *why,
    const struct source_facts *f, const struct ip *peer)
{
	char text[IP_TEXT_MAX];
	struct span value;

	if (best(&value, why, &f->bindroutes, peer_weight,
	        ip_text(text, peer)) == 0 ||
	    value.n == 0)
		return false;
	*result =
	    parse(out, value) ? bind_or_system(out, peer) : SOURCE_FORBIDDEN;
	return true;
}

/*
 * count - how many addresses of a family a file lists; of any if it is 0
 *
 * *lines is set to how many lines there are, good or bad.
 */
static size_t
count(const struct source_file *f, int family, size_t *lines)
{
	struct control c = f->lines;
	struct span line;
	struct ip ip;
	size_t n = 0;

	*lines = 0;
	while (control_next(&line, &c)) {
		++*lines;
		if (parse(&ip, line) && (family == 0 || ip.family == family))
			n++;
	}
	return n;
}

/*
 * by_list - one of the addresses that a file lists; false if it lists none
 *
 * A line that is no address is passed over, unless there is no other.
 */
static bool
by_list(enum source_result *result, struct ip *out, struct why *why,
    const struct source_file *f, const struct ip *peer, int64_t now)
{
	struct control c = f->lines;
	size_t lines, good = count(f, 0, &lines);
	size_t n = count(f, peer->family, &lines);
	size_t pick = n > 0 ? (size_t)(now % (int64_t)n) : 0;
	struct span line;

	if (lines == 0)
		return false;
	*result = good > 0 ? SOURCE_SYSTEM : SOURCE_BAD;
	*why = (struct why){ f->name, 0, SPAN("") };
	while (control_next(&line, &c)) {
		bool fits = good == 0 ||
		            (n > 0 && parse(out, line) &&
		                out->family == peer->family && pick-- == 0);

		if (!fits)
			continue;
		*why = (struct why){ f->name, c.line, line };
		if (good > 0)
			*result = bind_or_system(out, peer);
		break;
	}
	return true;
}

/*
 * one - a rule that names a single address
 */
static enum source_result
one(struct ip *out, struct span text, const struct ip *peer)
{
	return parse(out, text) ? bind_or_system(out, peer) : SOURCE_BAD;
}

/*
 * source_for - the local address for a connection to a peer
 */
enum source_result
source_for(struct ip *out, struct why *why, const struct source_facts *f,
    const struct ip *peer)
{
	enum source_result r;
	struct span value;

	if (by_peer(&r, out, why, f, peer))
		return r;
	if (best(&value, why, &f->domainbindings, sender_weight, f->sender) > 0)
		return value.n == 0 ? SOURCE_SYSTEM : one(out, value, peer);
	if (f->outgoingip_variable.n > 0) {
		*why = (struct why){ SPAN("OUTGOINGIP"), 0,
			f->outgoingip_variable };
		return one(out, f->outgoingip_variable, peer);
	}
	if (by_list(&r, out, why, &f->outgoingip_host, peer, f->now) ||
	    by_list(&r, out, why, &f->outgoingip, peer, f->now))
		return r;
	*why = (struct why){ SPAN("default"), 0, SPAN("") };
	return SOURCE_SYSTEM;
}

/*
 * family_of - the family of an address that is not 0.0.0.0 or ::; else 0
 */
static int
family_of(struct span text)
{
	struct ip ip;

	return parse(&ip, text) && !is_any(&ip) ? ip.family : 0;
}

/*
 * family_of_all - the family of the addresses that a file lists, if it is one
 *
 * 0 also if one of them leaves the choice to the system.  False if the file
 * lists nothing.
 */
static bool
family_of_all(int *family, const struct source_file *f)
{
	struct control c = f->lines;
	bool lists = false, first = true, mixed = false;
	struct span line;
	struct ip ip;

	*family = 0;
	while (control_next(&line, &c)) {
		lists = true;
		if (!parse(&ip, line))
			continue;
		if (is_any(&ip) || (!first && ip.family != *family))
			mixed = true;
		*family = ip.family;
		first = false;
	}
	if (mixed)
		*family = 0;
	return lists;
}

/*
 * for_every_peer - what bindroutes says of all peers alike
 *
 * A line with a key is for some peers only, and leaves the others to the
 * rules behind it.
 */
static bool
for_every_peer(struct span *value, const struct source_file *f)
{
	struct control c = f->lines;
	struct span line, key;

	while (control_next(&line, &c)) {
		*value = line;
		if (control_split(&key, value) && key.n == 0)
			return value->n > 0;
	}
	return false;
}

/*
 * source_family - the one family that the rule that applies names
 */
int
source_family(const struct source_facts *f)
{
	struct span value;
	struct why why;
	int family;

	if (for_every_peer(&value, &f->bindroutes))
		return family_of(value);
	if (best(&value, &why, &f->domainbindings, sender_weight, f->sender) >
	    0)
		return family_of(value);
	if (f->outgoingip_variable.n > 0)
		return family_of(f->outgoingip_variable);
	if (!family_of_all(&family, &f->outgoingip_host))
		(void)family_of_all(&family, &f->outgoingip);
	return family;
}

/*
 * source_names_sender - whether the sender's domain is the name for hello
 */
bool
source_names_sender(struct why *why, const struct source_facts *f)
{
	struct span value;

	return address_domain(f->sender).n > 0 &&
	       best(&value, why, &f->domainbindings, sender_weight, f->sender) >
	           1;
}

/*
 * source_name_of - the name that helohostbyip has for a local address
 */
bool
source_name_of(struct span *name, struct why *why, const struct source_facts *f,
    const struct ip *local)
{
	struct control lines = f->helohostbyip.lines;
	struct span line, key;
	struct ip ip;

	while (control_next(&line, &lines)) {
		struct span rest = line;

		if (control_split(&key, &rest) && parse(&ip, key) &&
		    ip_equal(&ip, local) && rest.n > 0) {
			*name = rest;
			*why = (struct why){ f->helohostbyip.name, lines.line,
				key };
			return true;
		}
	}
	return false;
}
