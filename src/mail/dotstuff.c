/*
 * dotstuff - LF lines to the lines of SMTP, block by block
 */
#include "mail/dotstuff.h"

#include <string.h>

/* Where the output goes, and up to where. */
struct sink {
	char *at, *end;
};

/*
 * settle_cr - what the CR that ended the last step was: part of a CR LF, or
 * a CR by itself
 */
static void
settle_cr(struct dotstuff *d, struct sink *out, char next)
{
	d->cr = false;
	if (next == '\n')
		return;
	*out->at++ = ' ';
	d->within_line = true;
}

/*
 * copy - bytes of a line, without CR and LF, as many as fit
 *
 * What it leaves free is enough for a line end.
 */
static size_t
copy(struct dotstuff *d, struct sink *out, const char *p, size_t n)
{
	size_t room = (size_t)(out->end - out->at) - DOTSTUFF_ROOM + 1;

	if (!d->within_line && d->stuff && *p == '.')
		*out->at++ = '.';
	if (n > room)
		n = room;
	memcpy(out->at, p, n);
	out->at += n;
	d->within_line = true;
	return n;
}

/*
 * find - the first c from p on, or end
 */
static const char *
find(const char *p, char c, const char *end)
{
	const char *at = memchr(p, c, (size_t)(end - p));

	return at != NULL ? at : end;
}

/*
 * convert - a window of input no longer than the output was at first
 *
 * Returns how far it came.  The next CR is kept, so that a window without
 * any is searched for one once, and else only for LF.
 */
static const char *
convert(struct dotstuff *d, struct sink *out, const char *p, const char *end)
{
	const char *cr = find(p, '\r', end);

	while (p < end && out->end - out->at >= DOTSTUFF_ROOM) {
		const char *stop;

		if (d->cr)
			settle_cr(d, out, *p);
		stop = find(p, '\n', end);
		if (cr < stop)
			stop = cr;
		if (p < stop)
			p += copy(d, out, p, (size_t)(stop - p));
		if (p < stop || p == end)
			continue;
		if (*p++ == '\n') {
			*out->at++ = '\r';
			*out->at++ = '\n';
			d->within_line = false;
		} else {
			d->cr = true;
			cr = find(p, '\r', end);
		}
	}
	return p;
}

/*
 * dotstuff_step - converts as much as fits
 */
size_t
dotstuff_step(struct dotstuff *d, char *out, size_t room, struct span *in)
{
	struct sink to = { out, out + room };

	while (in->n > 0 && to.end - to.at >= DOTSTUFF_ROOM) {
		size_t n = span_head(*in, (size_t)(to.end - to.at)).n;
		const char *p = convert(d, &to, in->p, in->p + n);

		*in = span_tail(*in, (size_t)(p - in->p));
	}
	return (size_t)(to.at - out);
}

/*
 * dotstuff_whole - whether the input so far ends with a whole line
 */
bool
dotstuff_whole(const struct dotstuff *d)
{
	return !d->within_line && !d->cr;
}
