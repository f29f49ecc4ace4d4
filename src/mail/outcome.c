/*
 * outcome - what became of each recipient, and of the message
 */
#include "mail/outcome.h"

/*
 * outcome_judge - the verdict when no recipient was accepted
 */
void
outcome_judge(struct outcome *out, size_t heard)
{
	const struct verdict *last = NULL;

	for (size_t i = 0; i < heard; i++) {
		const struct verdict *v = &out->rcpt[i];

		if (last == NULL || v->fate == DEFERRED ||
		    last->fate == REFUSED)
			last = v;
	}
	if (last != NULL)
		out->trouble = (struct trouble){ .stage = AT_RCPT,
			.cause = last->fate == DEFERRED ? BY_4XX : BY_5XX,
			.reply = last->reply };
}
