/*
 * trace - who wants to hear what happened
 *
 * One JSON object a line, written at once, so that a reader sees each step
 * when it happens.  Neither message bytes nor secrets are given to it.
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include "base/clock.h"
#include "base/compiler.h"
#include "base/span.h"

/* immutable after birth */
struct trace {
	int fd;
	instant born;
};

/* One member of the object. */
struct trace_item {
	const char *key;
	struct span value;
};

/*
 * trace_say - one event with its items
 *
 * Does nothing if t is NULL.  A line that cannot be written at once is lost,
 * or what is left of it: a trace never changes a delivery, nor holds it up.  A value is cut at 1000 bytes.
 */
void trace_say(const struct trace *t, const char *event,
    const struct trace_item *items, size_t n);

/* TRACE(t, "connect", { "ip", ip }, { "port", port }); */
#define TRACE(t, event, ...)                                                   \
	do {                                                                   \
		if ((t) != NULL) {                                             \
			const struct trace_item items_[] = { __VA_ARGS__ };    \
			trace_say((t), (event), items_, COUNT_OF(items_));     \
		}                                                              \
	} while (0)

#endif
