/*
 * realm - the realms of a DIGEST-MD5 challenge                [2831:2.1.1]
 */
#include "mail/realm.h"

static const struct span name = { "realm=\"", 7 };

/*
 * take_directive - up to the comma that ends it, which no quotes enclose
 */
static struct span
take_directive(struct span *rest)
{
	bool quoted = false;
	struct span s;
	size_t n;

	for (n = 0; n < rest->n; n++) {
		char c = rest->p[n];

		if (c == '"')
			quoted = !quoted;
		else if (c == '\\' && quoted && n + 1 < rest->n)
			n++;
		else if (c == ',' && !quoted)
			break;
	}
	s = span_head(*rest, n);
	*rest = span_tail(*rest, n + 1);
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_tail(s, 1);
	return s;
}

/*
 * is_realm - whether a directive names a realm, and which
 */
static bool
is_realm(struct span directive, struct span *realm)
{
	*realm = span_trim(span_tail(directive, name.n));
	if (!span_equal_nocase(span_head(directive, name.n), name) ||
	    realm->n == 0 || realm->p[realm->n - 1] != '"')
		return false;
	*realm = span_head(*realm, realm->n - 1);
	return true;
}

/*
 * realm_only - the challenge with one realm at most
 */
void
realm_only(struct buf *b, struct span challenge, struct span wanted)
{
	struct span rest, realm, chosen = SPAN("");
	bool found = false, several = false, first = true;

	for (rest = challenge; rest.n > 0;) {
		if (!is_realm(take_directive(&rest), &realm))
			continue;
		several = found;
		if (!found || span_equal_nocase(realm, wanted))
			chosen = realm;
		found = true;
	}
	if (!several) {
		buf_put(b, challenge);
		return;
	}
	for (rest = challenge; rest.n > 0;) {
		struct span directive = take_directive(&rest);

		/* The very one: its bytes, not what they say. */
		if (is_realm(directive, &realm) && realm.p != chosen.p)
			continue;
		if (!first)
			buf_putc(b, ',');
		buf_put(b, directive);
		first = false;
	}
}
