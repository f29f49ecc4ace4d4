/*
 * fuzz - what every fuzz target shares
 *
 * A target parses the bytes it is given and checks what must hold whatever
 * they are.  Under libFuzzer the bytes are made up; in the test suite they
 * are the files of tests/corpus (see tests/fuzz/replay.c).
 */
#ifndef BASE_FUZZ_H
#define BASE_FUZZ_H

#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts, which the fuzzer takes for a finding. */
#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition))                                              \
			abort();                                               \
	} while (0)

/* The bytes as a span. */
static inline struct span
fuzz_span(const uint8_t *data, size_t size)
{
	return (struct span){ (const char *)data, size };
}

#endif
