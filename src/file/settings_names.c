/*
 * settings_names - which files a control directory has
 */
#include "file/settings.h"

#include "base/buf.h"

#include <dirent.h>
#include <unistd.h>

enum {
	PATH_MAX_BYTES = 4096,
};

/*
 * settings_has_file - whether the control directory has a file
 */
bool
settings_has_file(const struct settings *s, struct span *path, struct span name)
{
	struct buf b;

	buf_init(&b, settings_arena(s), PATH_MAX_BYTES);
	buf_puts(&b, settings_dir(s, SET_CONTROLDIR));
	buf_putc(&b, '/');
	buf_put(&b, name);
	*path = buf_span(&b);
	buf_putc(&b, '\0');
	return !b.full && access(b.p, F_OK) == 0;
}

/*
 * settings_names - begins a walk through the control directory
 */
bool
settings_names(struct names *n, const struct settings *s)
{
	n->directory = opendir(settings_dir(s, SET_CONTROLDIR));
	return n->directory != NULL;
}

/*
 * settings_next_name - the next name
 */
bool
settings_next_name(struct span *name, struct names *n)
{
	const struct dirent *d = readdir(n->directory);

	if (d == NULL)
		return false;
	*name = span_of(d->d_name);
	return true;
}

/*
 * settings_end_names - ends the walk
 */
void
settings_end_names(struct names *n)
{
	(void)closedir(n->directory);
}
