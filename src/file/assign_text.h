/*
 * assign_text - looks an address up in lines that cdb-database would make a
 * database of
 *
 * "=addr:data:" and "addr:data:" are for one address, "+prefix:data:" is for
 * all that begin so.  The colon at the end may be missing.  A line that
 * begins with a dot ends the file.
 */
#ifndef FILE_ASSIGN_TEXT_H
#define FILE_ASSIGN_TEXT_H

#include "base/span.h"

enum assign_text_result {
	ASSIGN_TEXT_ABSENT,
	ASSIGN_TEXT_FOUND,
	/* A line has no colon. */
	ASSIGN_TEXT_BAD,
};

/*
 * assign_text_find - the data for an address, a part of the text
 *
 * What is found is what assign_find() finds in the database: the first line
 * for the address, else the first with the longest prefix; the empty address
 * matches only "+:".  *line is the number of the line found, or bad.
 */
enum assign_text_result assign_text_find(
    struct span *data, unsigned *line, struct span text, struct span address);

#endif
