/*
 * module - code that is loaded when it is first needed
 */
#include "base/module.h"

#include "base/buf.h"

#include <dlfcn.h>

enum {
	PATH_MAX_BYTES = 4096,
};

/*
 * joined - three strings as one
 */
static const char *
joined(const char *a, const char *b, const char *c, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena, PATH_MAX_BYTES);
	buf_puts(&out, a);
	buf_puts(&out, b);
	buf_puts(&out, c);
	buf_putc(&out, '\0');
	return out.full ? "" : out.p;
}

/*
 * module_open - the symbol of a module
 */
const void *
module_open(const char *name, struct span *why, struct arena *a)
{
	const char *path = joined(MODULEDIR "/qremote-", name, ".so", a);
	void *handle = dlopen(path, RTLD_LAZY);
	const void *symbol = NULL;
	const char *error;

	if (handle != NULL)
		symbol = dlsym(handle, joined("qremote_", name, "", a));
	if (symbol == NULL) {
		error = dlerror();
		*why = arena_copy(
		    a, span_of(error != NULL ? error : "no such module"));
	}
	return symbol;
}
