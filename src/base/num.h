/*
 * num - numbers in and out of text
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/span.h"

#include <stdint.h>

enum {
	/* Digits of the largest number. */
	NUM_MAX = 20,
};

/* A number that is all of s.  False if s is empty, has anything but digits,
 * or passes UINT64_MAX; *out is then unchanged. */
bool num_whole(uint64_t *out, struct span s);

/* The leading digits of s, cut at UINT64_MAX.  False if there are none. */
bool num_leading(uint64_t *out, struct span s);

/* The decimal digits of u, written into the array. */
struct span num_text(char digits[NUM_MAX], uint64_t u);

#endif
