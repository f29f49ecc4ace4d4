/*
 * safename - names from outside that become part of a file name
 */
#include "file/safename.h"

/*
 * safename - a name that may be part of a path
 */
bool
safename(struct span *out, struct span name, bool lower, struct arena *a)
{
	char *safe;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || name.p[0] == '.')
		return false;
	safe = arena_take(a, name.n);
	for (size_t i = 0; i < name.n; i++) {
		char c = ascii_lower(name.p[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_' && c != '.')
			return false;
		safe[i] = lower ? c : name.p[i];
	}
	*out = (struct span){ safe, name.n };
	return true;
}
