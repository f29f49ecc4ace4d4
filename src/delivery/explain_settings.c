/*
 * explain_settings - every setting, its value, and where it comes from
 *
 * Of maps, lists and commands the number of lines is shown, of databases and
 * secrets whether they are there: routes may hold passwords.
 */
#include "base/json.h"
#include "delivery/explain.h"

#include <string.h>

/* A setting, as it is shown. */
struct shown {
	const struct setting_row *row;
	const char *name;
	struct span value, source;
};

/*
 * count_lines - how many lines of a text count
 */
static uint64_t
count_lines(struct span text)
{
	struct control c = { .rest = text };
	struct span line;
	uint64_t n = 0;

	while (control_next(&line, &c))
		n++;
	return n;
}

/*
 * summary - what is shown in place of lines
 */
static struct span
summary(struct arena *a, struct span text)
{
	uint64_t n = count_lines(text);
	struct buf b;

	buf_init(&b, a, 64);
	buf_put_number(&b, n);
	buf_puts(&b, n == 1 ? " line" : " lines");
	return buf_span(&b);
}

/*
 * is_type - whether a setting is of a type
 */
static bool
is_type(const struct setting_row *row, const char *type)
{
	return strcmp(row->type, type) == 0;
}

/*
 * may_be_database - whether a database is a setting, or takes its place
 */
static bool
may_be_database(enum setting id)
{
	return is_type(settings_row(id), "database") || id == SET_SMTPROUTES ||
	       id == SET_QMTPROUTES;
}

/*
 * look_up - the value of a setting, or what is wrong with it
 */
static struct shown
look_up(struct settings *s, enum setting id, struct arena *a)
{
	struct shown shown = { .row = settings_row(id) };
	const struct setting_row *row = shown.row;
	struct fault f = { .err = 0 };
	enum cause c = BY_LACK;
	struct cdb cdb;

	shown.name = row->file != NULL ? row->file : row->env;
	if (may_be_database(id)) {
		c = settings_database(&cdb, s, id, &f);
		shown.source = c == BY_NOTHING ? cdb.path : f.why.file;
		shown.value = SPAN("(there)");
	}
	if (c == BY_LACK && !is_type(row, "database")) {
		c = settings_show(&shown.value, &shown.source, s, id, &f);
		if (is_type(row, "list") || is_type(row, "map") ||
		    is_type(row, "command"))
			shown.value = summary(a, shown.value);
		else if (is_type(row, "secret") &&
		         control_first(shown.value).n > 0)
			shown.value = SPAN("(there)");
		else
			shown.value = control_first(shown.value);
	}
	if (c == BY_LACK) {
		shown.value = SPAN("");
		shown.source = SPAN("not set");
	} else if (c != BY_NOTHING) {
		shown.value = SPAN("(cannot be read)");
	}
	return shown;
}

/*
 * put_padded - a column
 */
static void
put_padded(struct buf *b, struct span text, size_t width)
{
	buf_put_printable(b, text, false);
	do {
		buf_putc(b, ' ');
	} while (text.n++ < width);
}

/*
 * explain_put_settings - for a person to read
 */
void
explain_put_settings(struct buf *b, struct settings *s)
{
	for (enum setting id = 0; id < SETTINGS; id++) {
		struct shown shown = look_up(s, id, b->arena);

		put_padded(b, span_of(shown.name), 24);
		put_padded(b, shown.value, 20);
		buf_put_printable(b, shown.source, false);
		buf_putc(b, '\n');
		put_padded(b, SPAN(""), 24);
		buf_puts(b, shown.row->help);
		buf_putc(b, '\n');
	}
}

/*
 * put_or_null - a string that may be missing
 */
static void
put_or_null(struct json *j, const char *key, const char *s)
{
	if (s != NULL)
		json_string(j, key, span_of(s));
	else
		json_null(j, key);
}

/*
 * explain_put_settings_json - for a program to read
 */
void
explain_put_settings_json(struct buf *b, struct settings *s)
{
	struct json j;

	json_init(&j, b);
	json_open(&j, NULL, '[');
	for (enum setting id = 0; id < SETTINGS; id++) {
		struct shown shown = look_up(s, id, b->arena);

		json_open(&j, NULL, '{');
		put_or_null(&j, "file", shown.row->file);
		put_or_null(&j, "variable", shown.row->env);
		put_or_null(&j, "renamed_by", shown.row->renamed_by);
		put_or_null(&j, "type", shown.row->type);
		put_or_null(&j, "default", shown.row->unless_given);
		json_string(&j, "value", shown.value);
		json_string(&j, "source", shown.source);
		put_or_null(&j, "help", shown.row->help);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	buf_putc(b, '\n');
}
