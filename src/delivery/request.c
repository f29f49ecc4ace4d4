/*
 * request - what we are asked to do, from the arguments
 */
#include "delivery/request.h"

#include "mail/address.h"

/*
 * is_mixed_up - whether the call is in the other dialect, or lacks something
 *
 * A recipient taken for a size would be lost without a word, so a size that
 * looks like an address is refused, and so is, in the classic dialect, a
 * recipient that does not.
 */
static bool
is_mixed_up(const struct request *r)
{
	if (r->dialect == DIALECT_INDIMAIL &&
	    span_find(r->size, '@') < r->size.n)
		return true;
	for (size_t i = 0; i < r->nrcpt; i++) {
		struct span s = r->rcpt[i];

		if (s.n == 0 ||
		    (r->dialect == DIALECT_CLASSIC && span_find(s, '@') == s.n))
			return true;
	}
	return false;
}

/*
 * is_unfit - whether an address, or host, could be taken for more than that
 *
 * A control character ends a command; a space or an angle bracket in a domain,
 * which is never quoted, begins a parameter.
 */
static bool
is_unfit(struct span s)
{
	struct span domain = address_domain(s);

	if (span_has_control(s))
		return true;
	return span_find(domain, ' ') < domain.n ||
	       span_find(domain, '<') < domain.n ||
	       span_find(domain, '>') < domain.n;
}

/*
 * refuse_unfit - refuses such an address
 */
static int
refuse_unfit(struct span s, struct trouble *t)
{
	if (!is_unfit(s))
		return 0;
	*t = (struct trouble){
		.stage = AT_ADDRESS, .cause = BY_GARBLE, .about = s
	};
	return -1;
}

/*
 * request_of_argv - a request, checked
 */
int
request_of_argv(struct request *out, int argc, char *const *argv,
    enum dialect dialect, struct arena *a, struct trouble *t)
{
	int first = dialect == DIALECT_CLASSIC ? 3 : 5;
	struct span *rcpt;

	*out = (struct request){ .dialect = dialect };
	*t = (struct trouble){ .stage = AT_USAGE, .cause = BY_LACK };
	if (argc <= first)
		return -1;
	out->host = span_undotted(span_of(argv[1]));
	out->sender = span_of(argv[2]);
	if (dialect == DIALECT_INDIMAIL) {
		out->extra = span_of(argv[3]);
		out->size = span_of(argv[4]);
	}
	out->nrcpt = (size_t)(argc - first);
	rcpt = arena_array(a, out->nrcpt, sizeof(*rcpt));
	for (size_t i = 0; i < out->nrcpt; i++)
		rcpt[i] = span_of(argv[first + (int)i]);
	out->rcpt = rcpt;
	if (is_mixed_up(out))
		return -1;
	if (refuse_unfit(out->host, t) < 0 || refuse_unfit(out->sender, t) < 0)
		return -1;
	for (size_t i = 0; i < out->nrcpt; i++)
		if (refuse_unfit(out->rcpt[i], t) < 0)
			return -1;
	return 0;
}
