/*
 * cause - how a thing failed
 *
 * The layer that notices a failure says only how it failed; the layer above
 * adds where, and policy/ruling says what that means.
 */
#ifndef BASE_CAUSE_H
#define BASE_CAUSE_H

enum cause {
	/* It did not fail. */
	BY_NOTHING,
	/* A system call failed; its errno has the reason. */
	BY_SYSTEM,
	/* A deadline passed. */
	BY_TIMEOUT,
	/* The peer closed or reset the connection. */
	BY_CLOSE,
	/* What came makes no sense. */
	BY_GARBLE,
	/* The peer answered 4xx. */
	BY_4XX,
	/* The peer answered 5xx. */
	BY_5XX,
	/* Something that is needed is not there. */
	BY_LACK,
	/* The peer could not prove who it is. */
	BY_DISTRUST,
};

#endif
