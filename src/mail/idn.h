/*
 * idn - domain names as people write them, and as the DNS has them
 *
 * The code that knows libidn2 is a module (mail/idn_libidn2.c), opened when a
 * name has bytes above 127: see base/module.
 */
#ifndef MAIL_IDN_H
#define MAIL_IDN_H

#include "base/arena.h"
#include "base/span.h"

enum idn_result {
	IDN_OK,
	/* Certainly no name, now or later. */
	IDN_NO_NAME,
	/* It may be one: a character that this library does not know yet, or
	 * no memory. */
	IDN_UNSURE,
};

struct idn_module {
	/*
	 * The A-label form of a name in UTF-8, in memory of the arena: letters,
	 * digits, hyphens, underscores and dots.            [5890:2.3.2.1]
	 * IDN_UNSURE: *why has words.
	 */
	enum idn_result (*to_ascii)(struct span *out, struct span name,
	    struct span *why, struct arena *);
};

/* The one symbol of the module "idn"; see base/module. */
extern const struct idn_module qremote_idn;

#endif
