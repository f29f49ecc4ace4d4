/*
 * stopping - a program that is told to stop, and tidies up first
 */
#include "cmd/stopping.h"

#include "base/compiler.h"

#include <string.h>

static volatile sig_atomic_t told_to_stop;

/*
 * on_signal - asks to stop
 */
static void
on_signal(int sig)
{
	told_to_stop = sig;
}

/*
 * stopping_watch - lets signals be answered in good order
 */
const volatile sig_atomic_t *
stopping_watch(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		(void)sigaction(signals[i], &sa, NULL);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGXFSZ, &sa, NULL);
	/* Whoever ignores this cannot learn how a child ended. */
	sa.sa_handler = SIG_DFL;
	(void)sigaction(SIGCHLD, &sa, NULL);
	return &told_to_stop;
}

/*
 * stopping_words - errno in words, or that we were told to stop
 */
const char *
stopping_words(int err)
{
	const char *words = strerrordesc_np(err);

	if (told_to_stop != 0)
		return "told to stop";
	return words != NULL ? words : "unknown error";
}
