/*
 * daned_options - how qmail-daned is called
 */
#ifndef CMD_DANED_OPTIONS_H
#define CMD_DANED_OPTIONS_H

#include "proto/daned.h"

struct daned_options {
	/* Each answer is told to standard error. */
	bool verbose;
	/* Verdicts to hold at most, the port, and days until one is stale. */
	uint64_t most, port, days;
	/* Minutes between two times to save, and to forget what is stale. */
	uint64_t save, expire;
	/* Files; NULL if they are not given. */
	const char *whitelist, *tlsadomains;
	/* The context file. */
	const char *context;
	/* Where to listen. */
	struct endpoint at;
};

/* What the arguments say; false if they make no sense. */
bool daned_options_parse(struct daned_options *, int argc, char **argv);

#endif
