/*
 * daned_lists - the names that qmail-daned does not verify
 */
#ifndef CMD_DANED_LISTS_H
#define CMD_DANED_LISTS_H

#include "delivery/dane.h"

/* Where the lists are, and everything else that a delivery would read. */
struct daned_sources {
	/* A file of names; NULL: none. */
	const char *whitelist;
	/* With DANE asked for, and no daemon to ask. */
	struct env env;
	struct settings_defaults defaults;
};

/* Where the lists are, for an environment and two options that may be NULL;
 * in memory of the arena. */
void daned_sources_init(struct daned_sources *, const struct env *,
    const char *whitelist, const char *tlsadomains, struct arena *);

/* The lists as they were read, in an arena of their own. */
struct daned_lists {
	struct arena *arena;
	struct control whitelist;
	struct dane dane;
};

/*
 * daned_lists_read - reads the lists
 *
 * True: *out is to be freed.  False: a file cannot be read, which standard
 * error was told, and *out is left as it was.
 */
bool daned_lists_read(struct daned_lists *out, const struct daned_sources *,
    const struct arena *);

/* Forgets what was read. */
void daned_lists_free(struct daned_lists *);

/* Why a name is not verified: DANED_WHITELISTED or DANED_NOT_VERIFIED;
 * DANED_NEW if it is. */
enum daned_status daned_lists_find(
    const struct daned_lists *, struct span name);

#endif
