/*
 * clock - instants and deadlines
 */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

/*
 * clock_now - milliseconds on the monotonic clock
 */
instant
clock_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (instant)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * clock_in - so many milliseconds from now
 */
instant
clock_in(uint64_t milliseconds)
{
	instant now = clock_now();

	if (milliseconds >= (uint64_t)(NEVER - now))
		return NEVER;
	return now + (instant)milliseconds;
}

/*
 * clock_earlier - the earlier of two
 */
instant
clock_earlier(instant a, instant b)
{
	return a < b ? a : b;
}

/*
 * clock_left - for poll(2)
 */
int
clock_left(instant by)
{
	instant left;

	if (by == NEVER)
		return -1;
	left = by - clock_now();
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
