/*
 * fault - a control file that cannot be read, or makes no sense, as a trouble
 */
#include "delivery/fault.h"

/*
 * fault_trouble - what a setting's reader said, as a trouble
 */
int
fault_trouble(struct trouble *t, enum cause c, const struct fault *f)
{
	*t = (struct trouble){
		.stage = AT_CONTROL, .cause = c, .err = f->err, .why = f->why
	};
	return -1;
}
