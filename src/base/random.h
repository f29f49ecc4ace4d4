/*
 * random - chance, where the order must not be guessed or always the same
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/* A number from 0 to n - 1; n must not be 0. */
uint32_t random_below(uint32_t n);

#endif
