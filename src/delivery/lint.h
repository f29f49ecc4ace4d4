/*
 * lint - lines of control files that would be refused or ignored
 */
#ifndef DELIVERY_LINT_H
#define DELIVERY_LINT_H

#include "file/settings.h"

/* Something wrong with a line. */
struct finding {
	struct finding *next;
	struct span file;
	/* Counted from 1; 0: the whole file. */
	unsigned line;
	/* What is wrong, in words. */
	struct span text;
};

/*
 * lint - all findings of a control directory, file by file
 *
 * NULL if there are none.  Nothing is changed, and no name is looked up.
 */
struct finding *lint(struct settings *, struct arena *);

/* Those of the lines of one file of routes. */
struct finding *lint_file(struct settings *, enum setting, struct arena *);

#endif
