/*
 * planning - what the files that make a plan share
 */
#include "delivery/planning.h"

#include "delivery/fault.h"
#include "mail/address.h"

/*
 * planning_wire_form - an address as it goes on the wire
 */
struct span
planning_wire_form(struct planning *p, struct span address)
{
	struct buf b;

	buf_init(&b, p->arena, PLANNING_ADDRESS_MAX);
	address_put(&b, address);
	return buf_span(&b);
}

/*
 * planning_bad_file - a control file cannot be read, or makes no sense
 */
int
planning_bad_file(struct planning *p, enum cause c, const struct fault *f)
{
	return fault_trouble(p->trouble, c, f);
}

/*
 * planning_number - a setting that is a number
 */
int
planning_number(uint64_t *out, struct planning *p, enum setting id)
{
	struct fault f;
	enum cause c = settings_number(out, p->settings, id, &f);

	return c == BY_NOTHING ? 0 : planning_bad_file(p, c, &f);
}

/*
 * planning_milliseconds - a setting in seconds
 */
int
planning_milliseconds(uint64_t *out, struct planning *p, enum setting id)
{
	if (planning_number(out, p, id) < 0)
		return -1;
	*out = *out > UINT64_MAX / 1000 ? UINT64_MAX : *out * 1000;
	return 0;
}
