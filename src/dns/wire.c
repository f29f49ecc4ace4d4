/*
 * wire - DNS answers as they come                             [1035:4.1]
 */
#include "dns/wire.h"

#include <string.h>

enum {
	HEADER = 12,
	LABEL_MAX = 63,
	CLASS_IN = 1,
};

/* A cursor that stays put once it ran past the end. */
struct cursor {
	struct span packet;
	size_t at;
	bool bad;
};

/* A record, its data not looked into. */
struct raw {
	struct span owner;
	unsigned type, class;
	size_t data, length;
};

/*
 * get - the next n bytes as a number; 0 behind the end
 */
static unsigned
get(struct cursor *c, size_t n)
{
	unsigned u = 0;

	if (c->bad || n > c->packet.n - c->at) {
		c->bad = true;
		return 0;
	}
	while (n-- > 0)
		u = u << 8 | (unsigned char)c->packet.p[c->at++];
	return u;
}

/*
 * put_label - adds a label to a name, in lower case
 *
 * A byte that would not survive as text (a dot, a control, a space) becomes
 * '?': no host has such a name, so none will be found by it.
 */
static bool
put_label(char *name, size_t *n, const char *label, size_t length)
{
	if (*n + length + 1 > WIRE_NAME_MAX)
		return false;
	if (*n > 0)
		name[(*n)++] = '.';
	for (size_t i = 0; i < length; i++) {
		char c = ascii_lower(label[i]);

		name[(*n)++] = c == '.' || (unsigned char)c <= ' ' ||
		                       c == 0x7f || c == '\\' || c == '<' ||
		                       c == '>' || c == '"'
		                   ? '?'
		                   : c;
	}
	return true;
}

/*
 * get_name - a name, pointers followed                      [1035:4.1.4]
 *
 * A pointer must point backwards, so there can be no circle.
 */
static struct span
get_name(struct cursor *c, struct arena *a)
{
	struct cursor at = *c;
	char name[WIRE_NAME_MAX];
	size_t n = 0, earliest = c->at;
	bool jumped = false;
	unsigned length;

	while ((length = get(&at, 1)) != 0) {
		if ((length & 0xc0) == 0xc0) {
			size_t to = (length & 0x3f) << 8 | get(&at, 1);

			if (at.bad || to >= earliest)
				break;
			if (!jumped)
				c->at = at.at;
			jumped = true;
			at.at = earliest = to;
			continue;
		}
		if (length > LABEL_MAX || length > at.packet.n - at.at ||
		    !put_label(name, &n, at.packet.p + at.at, length))
			break;
		at.at += length;
	}
	if (length != 0 || at.bad)
		c->bad = true;
	else if (!jumped)
		c->at = at.at;
	return c->bad ? SPAN("") : arena_copy(a, (struct span){ name, n });
}

/*
 * get_raw - a record, but for its data
 */
static void
get_raw(struct raw *r, struct cursor *c, struct arena *a)
{
	r->owner = get_name(c, a);
	r->type = get(c, 2);
	r->class = get(c, 2);
	(void)get(c, 4);
	r->length = get(c, 2);
	r->data = c->at;
	if (c->bad || r->length > c->packet.n - c->at)
		c->bad = true;
	else
		c->at += r->length;
}

/*
 * get_record - the data of a record of a type we know
 */
static bool
get_record(struct wire_record *out, const struct raw *r, struct span packet,
    struct arena *a)
{
	struct cursor c = { packet, r->data, false };
	size_t size = r->type == WIRE_A ? 4 : 16;

	memset(out, 0, sizeof(*out));
	switch (r->type) {
	case WIRE_A:
	case WIRE_AAAA:
		if (r->length != size)
			return false;
		memcpy(out->address, packet.p + r->data, size);
		return true;
	case WIRE_TLSA:
		out->usage = (uint8_t)get(&c, 1);
		out->selector = (uint8_t)get(&c, 1);
		out->matching = (uint8_t)get(&c, 1);
		if (r->length < 3)
			return false;
		out->data = span_head(span_tail(packet, c.at), r->length - 3);
		return true;
	case WIRE_MX:
		out->preference = (uint16_t)get(&c, 2);
		out->name = get_name(&c, a);
		break;
	case WIRE_CNAME:
		out->name = get_name(&c, a);
		break;
	default:
		return false;
	}
	return !c.bad && c.at == r->data + r->length;
}

/*
 * follow - the name that CNAMEs lead to from *name; false for a circle
 */
static bool
follow(struct span *name, const struct raw *all, size_t n, struct span packet,
    struct arena *a)
{
	struct wire_record alias;

	for (int hops = 0; hops <= WIRE_CNAMES_MAX; hops++) {
		bool moved = false;

		for (size_t i = 0; i < n && !moved; i++) {
			if (all[i].type == WIRE_CNAME &&
			    span_equal(all[i].owner, *name)) {
				if (!get_record(&alias, &all[i], packet, a))
					return false;
				*name = alias.name;
				moved = true;
			}
		}
		if (!moved)
			return true;
	}
	return false;
}

/*
 * wire_answers - the records of one type, behind any CNAMEs
 */
int
wire_answers(struct wire_record **out, struct span *canonical,
    struct span packet, enum wire_type type, struct arena *a)
{
	struct cursor c = { packet, 4, packet.n < HEADER };
	unsigned questions = get(&c, 2), answers = get(&c, 2);
	struct raw *all;
	size_t n = 0;
	int count = 0;

	(void)get(&c, 4);
	if (questions != 1 || answers > packet.n / 11)
		return -1;
	*canonical = get_name(&c, a);
	(void)get(&c, 4);
	all = arena_array(a, answers, sizeof(*all));
	while (n < answers && !c.bad) {
		get_raw(&all[n], &c, a);
		if (all[n].class == CLASS_IN)
			n++;
		else
			answers--;
	}
	if (c.bad ||
	    (type != WIRE_CNAME && !follow(canonical, all, n, packet, a)))
		return -1;
	*out = arena_array(a, n, sizeof(**out));
	for (size_t i = 0; i < n; i++) {
		if (all[i].type != type ||
		    !span_equal(all[i].owner, *canonical))
			continue;
		if (!get_record(&(*out)[count], &all[i], packet, a))
			return -1;
		count++;
	}
	return count;
}

/*
 * wire_truncated - whether the answer was cut
 */
bool
wire_truncated(struct span packet)
{
	return packet.n >= HEADER && (packet.p[2] & 2) != 0;
}

/*
 * wire_authentic - whether the server validated the answer
 */
bool
wire_authentic(struct span packet)
{
	return packet.n >= HEADER && (packet.p[3] & 0x20) != 0;
}

/*
 * wire_rcode - the response code
 */
int
wire_rcode(struct span packet)
{
	return packet.n >= HEADER ? packet.p[3] & 15 : -1;
}

/*
 * wire_name_ok - whether the text can be a domain name
 */
bool
wire_name_ok(struct span name)
{
	size_t label = 0;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || name.n > WIRE_NAME_MAX - 2 ||
	    name.p[name.n - 1] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		label = name.p[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MAX ||
		    (name.p[i] == '.' && (i == 0 || name.p[i - 1] == '.')))
			return false;
	}
	return true;
}
