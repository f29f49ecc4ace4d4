/*
 * random - chance
 */
#include "base/random.h"

#include <sys/random.h>

/*
 * random_below - a number from 0 to n - 1
 *
 * The slight preference of small numbers does not matter for shuffling.
 * Without the system's entropy the answer is 0, which is an order too.
 */
uint32_t
random_below(uint32_t n)
{
	uint64_t u = 0;

	if (getrandom(&u, sizeof(u), 0) != sizeof(u))
		return 0;
	return (uint32_t)(u % n);
}
