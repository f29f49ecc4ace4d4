/*
 * env - the environment, as a value
 */
#include "file/env.h"

#include "base/buf.h"

#include <string.h>

/*
 * env_get - the value of a variable
 */
bool
env_get(struct span *out, const struct env *e, const char *name)
{
	size_t n = strlen(name);

	for (const char *const *v = e->vars; *v != NULL; v++) {
		if ((*v)[0] == name[0] && strncmp(*v, name, n) == 0 &&
		    (*v)[n] == '=') {
			*out = span_of(*v + n + 1);
			return true;
		}
	}
	return false;
}

/*
 * take_item - the next item of a list of changes, "\\," turned into ","
 */
static struct span
take_item(struct span *rest, struct arena *a)
{
	struct buf b;
	size_t i;

	buf_init(&b, a, SIZE_MAX);
	for (i = 0; i < rest->n && rest->p[i] != ','; i++) {
		if (rest->p[i] == '\\' && i + 1 < rest->n &&
		    rest->p[i + 1] == ',')
			i++;
		buf_putc(&b, rest->p[i]);
	}
	*rest = span_tail(*rest, i + 1);
	return buf_span(&b);
}

/*
 * is_named - whether a "NAME=value" string has this name
 */
static bool
is_named(const char *var, struct span name)
{
	return strncmp(var, name.p, name.n) == 0 && var[name.n] == '=';
}

/*
 * change - sets, or removes, one variable among n; returns how many there
 * are then
 */
static size_t
change(const char **vars, size_t n, struct span item, struct arena *a)
{
	struct span name = span_head(item, span_find(item, '='));
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!is_named(vars[i], name))
			vars[kept++] = vars[i];
	if (item.n > name.n + 1)
		vars[kept++] = arena_string(a, item);
	return kept;
}

/*
 * env_with - an environment with some variables changed
 */
bool
env_with(struct env *out, const struct env *e, struct span changes,
    const char *keep, struct arena *a, struct span *bad)
{
	size_t n = 0, items = 1;
	const char **vars;

	while (e->vars[n] != NULL)
		n++;
	for (size_t i = 0; i < changes.n; i++)
		items += changes.p[i] == ',';
	vars = arena_array(a, n + items + 1, sizeof(*vars));
	for (size_t i = 0; i < n; i++)
		vars[i] = e->vars[i];
	while (changes.n > 0) {
		struct span item = take_item(&changes, a);
		size_t name = span_find(item, '=');

		if (item.n == 0)
			continue;
		if (name == 0 || name == item.n) {
			*bad = item;
			return false;
		}
		if (keep == NULL ||
		    !span_equal(span_head(item, name), span_of(keep)))
			n = change(vars, n, item, a);
	}
	vars[n] = NULL;
	out->vars = vars;
	return true;
}

/*
 * env_set - an environment with one variable set, or removed
 */
struct env
env_set(
    const struct env *e, const char *name, const char *value, struct arena *a)
{
	size_t n = 0, kept = 0;
	const char **vars;
	struct buf b;

	while (e->vars[n] != NULL)
		n++;
	vars = arena_array(a, n + 2, sizeof(*vars));
	for (size_t i = 0; i < n; i++)
		if (!is_named(e->vars[i], span_of(name)))
			vars[kept++] = e->vars[i];
	if (value != NULL) {
		buf_init(&b, a, SIZE_MAX);
		buf_puts(&b, name);
		buf_putc(&b, '=');
		buf_puts(&b, value);
		buf_putc(&b, '\0');
		vars[kept++] = b.p;
	}
	vars[kept] = NULL;
	return (struct env){ vars };
}

/*
 * env_without - the environment without some variables
 */
void
env_without(struct env *out, const struct env *e, const char *const *names,
    size_t n, struct arena *a)
{
	size_t count = 0, kept = 0;
	const char **vars;

	while (e->vars[count] != NULL)
		count++;
	vars = arena_array(a, count + 1, sizeof(*vars));
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < n && !is_named(e->vars[i], span_of(names[k])))
			k++;
		if (k == n)
			vars[kept++] = e->vars[i];
	}
	out->vars = vars;
}

/*
 * env_next_name - the next name among changes
 */
bool
env_next_name(struct span *name, struct span *changes)
{
	while (changes->n > 0) {
		struct span item = *changes;
		size_t i;

		for (i = 0; i < item.n && item.p[i] != ','; i++)
			if (item.p[i] == '\\' && i + 1 < item.n &&
			    item.p[i + 1] == ',')
				i++;
		*changes = span_tail(item, i + 1);
		item = span_head(item, i);
		*name = span_head(item, span_find(item, '='));
		if (name->n > 0 && name->n < item.n)
			return true;
	}
	return false;
}
