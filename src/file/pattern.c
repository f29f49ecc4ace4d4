/*
 * pattern - whether an address is what the postmaster wrote
 */
#include "file/pattern.h"

#include <regex.h>

/*
 * pattern_kind - how a variable says that patterns are read
 */
enum pattern_kind
pattern_kind(const struct env *e, const char *variable)
{
	struct span value;

	if (env_get(&value, e, variable) && !span_equal(value, SPAN("0")))
		return PATTERN_REGEX;
	return PATTERN_WILDCARDS;
}

/*
 * bracket_end - the index of the ']' that ends a bracket expression which
 * begins at i; p.n if it has no end
 *
 * A ']' that comes first, and one that ends a class such as "[:alpha:]", is a
 * part of it.
 */
static size_t
bracket_end(struct span p, size_t i)
{
	i++;
	if (i < p.n && (p.p[i] == '!' || p.p[i] == '^'))
		i++;
	if (i < p.n && p.p[i] == ']')
		i++;
	while (i < p.n && p.p[i] != ']') {
		if (p.p[i] == '[' && i + 1 < p.n && p.p[i + 1] == ':') {
			struct span rest = span_tail(p, i + 2);
			size_t end = span_find(rest, ':');

			if (end + 1 < rest.n && rest.p[end + 1] == ']')
				i += end + 3;
		}
		i++;
	}
	return i < p.n ? i : p.n;
}

/*
 * is_in_set - whether a byte is in the set between the brackets of a wildcard
 */
static bool
is_in_set(struct span set, char c)
{
	bool wanted = true, found = false;
	size_t i = 0;

	if (set.n > 0 && (set.p[0] == '!' || set.p[0] == '^')) {
		wanted = false;
		i++;
	}
	while (i < set.n) {
		unsigned char low = (unsigned char)ascii_lower(set.p[i]);
		unsigned char high = low;

		if (i + 2 < set.n && set.p[i + 1] == '-') {
			high = (unsigned char)ascii_lower(set.p[i + 2]);
			i += 2;
		}
		i++;
		if ((unsigned char)c >= low && (unsigned char)c <= high)
			found = true;
	}
	return found == wanted;
}

/*
 * takes - whether the part of a pattern at *i, which is no '*', takes a byte;
 * *i moves behind it
 */
static bool
takes(struct span p, size_t *i, char c)
{
	size_t end;

	switch (p.p[*i]) {
	case '?':
		(*i)++;
		return true;
	case '[':
		end = bracket_end(p, *i);
		if (end == p.n)
			break;
		p = span_tail(span_head(p, end), *i + 1);
		*i = end + 1;
		return is_in_set(p, c);
	case '\\':
		if (*i + 1 < p.n)
			(*i)++;
		break;
	default:
		break;
	}
	return ascii_lower(p.p[(*i)++]) == c;
}

/*
 * match_wildcards - whether the text is the pattern
 *
 * Only the last '*' is ever gone back to: what an earlier one would take
 * besides, the last can take as well.
 */
static bool
match_wildcards(struct span p, struct span text)
{
	size_t i = 0, j = 0, star = p.n, star_took = 0;

	while (j < text.n) {
		if (i < p.n && p.p[i] == '*') {
			star = i++;
			star_took = j;
		} else if (i < p.n && takes(p, &i, ascii_lower(text.p[j]))) {
			j++;
		} else if (star < p.n) {
			i = star + 1;
			j = ++star_took;
		} else {
			return false;
		}
	}
	while (i < p.n && p.p[i] == '*')
		i++;
	return i == p.n;
}

/*
 * match_regex - whether the regular expression is found in the text
 */
static enum pattern_result
match_regex(struct span p, struct span text, struct arena *a)
{
	regex_t compiled;
	int r;

	if (regcomp(&compiled, arena_string(a, p),
	        REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
		return PATTERN_BAD;
	r = regexec(&compiled, arena_string(a, text), 0, NULL, 0);
	regfree(&compiled);
	if (r == REG_NOMATCH)
		return PATTERN_DIFFERS;
	return r == 0 ? PATTERN_MATCHES : PATTERN_BAD;
}

/*
 * pattern_match - whether the text is the pattern
 */
enum pattern_result
pattern_match(struct span pattern, struct span text, enum pattern_kind kind,
    struct arena *a)
{
	if (kind == PATTERN_REGEX)
		return match_regex(pattern, text, a);
	if (span_equal_nocase(pattern, text) || match_wildcards(pattern, text))
		return PATTERN_MATCHES;
	return PATTERN_DIFFERS;
}

/*
 * pattern_split - the pattern of a line
 */
bool
pattern_split(struct span *pattern, struct span *rest)
{
	struct span line = *rest;
	size_t i = 0, end;

	while (i < line.n && line.p[i] != ':') {
		if (line.p[i] == '\\' && i + 1 < line.n) {
			i++;
		} else if (line.p[i] == '[') {
			end = bracket_end(line, i);
			if (end < line.n)
				i = end;
		}
		i++;
	}
	*pattern = span_head(line, i);
	*rest = span_tail(line, i + 1);
	return i < line.n;
}
