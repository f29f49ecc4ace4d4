/*
 * env - the environment, as a value
 */
#include "file/env.h"

#include <string.h>

/*
 * env_get - the value of a variable
 */
bool
env_get(struct span *out, const struct env *e, const char *name)
{
	size_t n = strlen(name);

	for (char *const *v = e->vars; *v != NULL; v++) {
		if ((*v)[0] == name[0] && strncmp(*v, name, n) == 0 &&
		    (*v)[n] == '=') {
			*out = span_of(*v + n + 1);
			return true;
		}
	}
	return false;
}
