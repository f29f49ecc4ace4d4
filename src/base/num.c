/*
 * num - numbers in and out of text
 */
#include "base/num.h"

/*
 * leading - the number that the first digits of s make, and how many
 */
static size_t
leading(uint64_t *out, struct span s, bool *too_large)
{
	uint64_t u = 0;
	size_t i;

	*too_large = false;
	for (i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
		if (__builtin_mul_overflow(u, UINT64_C(10), &u) ||
		    __builtin_add_overflow(u, (uint64_t)(s.p[i] - '0'), &u))
			*too_large = true;
	}
	*out = *too_large ? UINT64_MAX : u;
	return i;
}

/*
 * num_whole - a number that is all of s
 */
bool
num_whole(uint64_t *out, struct span s)
{
	bool too_large;
	uint64_t u;

	if (s.n == 0 || leading(&u, s, &too_large) != s.n || too_large)
		return false;
	*out = u;
	return true;
}

/*
 * num_leading - the leading digits of s
 */
bool
num_leading(uint64_t *out, struct span s)
{
	bool too_large;
	uint64_t u;

	if (leading(&u, s, &too_large) == 0)
		return false;
	*out = u;
	return true;
}

/*
 * num_text - the decimal digits of u
 */
struct span
num_text(char digits[NUM_MAX], uint64_t u)
{
	size_t at = NUM_MAX;

	do {
		digits[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	return (struct span){ digits + at, NUM_MAX - at };
}
