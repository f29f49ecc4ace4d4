/*
 * assign_text - looks an address up in lines that cdb-database would make a
 * database of
 */
#include "file/assign_text.h"

#include "file/control.h"

#include <stdint.h>

/*
 * without_colon - the data without the colon that may end it
 */
static struct span
without_colon(struct span data)
{
	if (data.n > 0 && data.p[data.n - 1] == ':')
		data.n--;
	return data;
}

/*
 * assign_text_find - the data for an address
 */
enum assign_text_result
assign_text_find(
    struct span *data, unsigned *line, struct span text, struct span address)
{
	enum assign_text_result r = ASSIGN_TEXT_ABSENT;
	struct control lines = { .rest = text };
	struct span key, rest;
	/* How much of the address is matched; all of it, and more, by '='. */
	size_t best = 0;

	while (control_next(&rest, &lines) && rest.p[0] != '.') {
		bool is_prefix = rest.p[0] == '+';
		size_t matched;

		if (is_prefix || rest.p[0] == '=')
			rest = span_tail(rest, 1);
		if (span_find(rest, ':') == rest.n) {
			*line = lines.line;
			return ASSIGN_TEXT_BAD;
		}
		key = span_cut(&rest, ':');
		/* One more for each, so that nothing found is 0. */
		matched = is_prefix ? key.n + 1 : SIZE_MAX;
		if (matched <= best || (!is_prefix && key.n == 0) ||
		    !span_equal_nocase(
		        key, is_prefix ? span_head(address, key.n) : address))
			continue;
		best = matched;
		*data = without_colon(rest);
		*line = lines.line;
		r = ASSIGN_TEXT_FOUND;
	}
	return r;
}
