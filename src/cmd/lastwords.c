/*
 * lastwords - what a process says that must stop at once
 *
 * The handlers write the report themselves, in one write(2), because the
 * delivery may be waiting inside a library that knows nothing of us.
 */
#include "cmd/lastwords.h"

#include <string.h>
#include <unistd.h>

static progress how_far = PROGRESS_NOT_SENT;

/*
 * say - a whole report; ends the process
 */
no_return static void
say(const char *text, const char *text_if_maybe_twice)
{
	if (how_far != PROGRESS_NOT_SENT)
		text = text_if_maybe_twice;
	/* The NUL that ends the report goes with it. */
	size_t n = strlen(text) + 1;
	_exit(write(1, text, n) == (ssize_t)n ? 0 : 111);
}

/*
 * on_signal - told to stop, or the message is gone
 */
static void
on_signal(int sig)
{
	if (sig == SIGBUS)
		say("ZUnable to read message: it was cut short. (#4.3.0)\n",
		    "ZUnable to go on. Possible duplicate! (#4.3.0)\n");
	/* The report is on its way. */
	if (how_far == PROGRESS_DECIDED)
		return;
	say("ZI was told to stop. (#4.3.0)\n",
	    "ZI was told to stop after I sent the message. "
	    "Possible duplicate! (#4.4.2)\n");
}

/*
 * lastwords_no_memory - no memory
 */
no_return void
lastwords_no_memory(void)
{
	say("ZOut of memory. (#4.3.0)\n",
	    "ZOut of memory. Possible duplicate! (#4.3.0)\n");
}

/*
 * lastwords_begin - sets the signal handlers
 */
progress *
lastwords_begin(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGBUS };
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		(void)sigaddset(&sa.sa_mask, signals[i]);
	sa.sa_handler = on_signal;
	sa.sa_flags = SA_RESTART;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		(void)sigaction(signals[i], &sa, NULL);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
	(void)sigaction(SIGXFSZ, &sa, NULL);
	return &how_far;
}
