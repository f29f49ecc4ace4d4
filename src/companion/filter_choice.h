/*
 * filter_choice - which filter a message goes through, in which environment
 */
#ifndef COMPANION_FILTER_CHOICE_H
#define COMPANION_FILTER_CHOICE_H

#include "companion/interception.h"
#include "file/words.h"

/*
 * The filter and its arguments; out->n is 0 if there is none.  What the rules
 * of sender, recipients and filter change is changed in the environment.
 * False if the delivery is settled, because a rule makes no sense, or asks for
 * what cannot be done.
 */
bool filter_choose(struct words *out, struct interception *);

#endif
