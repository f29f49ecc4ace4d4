/*
 * daned_serve - qmail-daned at work: questions, signals, and what is due
 */
#ifndef CMD_DANED_SERVE_H
#define CMD_DANED_SERVE_H

#include "cmd/daned_options.h"
#include "cmd/daned_table.h"
#include "cmd/daned_verify.h"

enum {
	/* The exit status if something cannot be done for now. */
	DANED_EXIT_AGAIN = 111,
};

struct daned {
	struct daned_options options;
	struct arena *arena;
	struct daned_sources sources;
	struct daned_lists lists;
	struct daned_table table;
	struct daned_job jobs[DANED_JOBS];
	/* Questions, and signals. */
	int fd, signals;
	instant save_at, expire_at;
	bool stopped;
};

/* Says what failed. */
void daned_complain(const char *about, int err);

/* Makes signals something to read; false with errno if it cannot. */
bool daned_watch(struct daned *);

/* Answers until it is told to stop; returns the exit status. */
int daned_serve(struct daned *);

#endif
