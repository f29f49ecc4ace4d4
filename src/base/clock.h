/*
 * clock - instants and deadlines
 *
 * A deadline is an instant, never an interval handed down: whoever waits
 * twice cannot wait twice as long.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds on the monotonic clock. */
typedef int64_t instant;

/* A deadline that never comes. */
#define NEVER INT64_MAX

/* Now; and the instant so many milliseconds from now. */
instant clock_now(void);
instant clock_in(uint64_t milliseconds);

/* The earlier of two. */
instant clock_earlier(instant, instant);

/* Milliseconds until the instant, rounded to what poll(2) takes: 0 if it is
 * past, -1 if it never comes. */
int clock_left(instant);

#endif
