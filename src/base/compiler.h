/*
 * compiler - what C11 cannot say
 */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#define must_use __attribute__((warn_unused_result))
#define no_return _Noreturn

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
