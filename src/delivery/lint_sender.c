/*
 * lint_sender - what is wrong with what senders are signed with, and with the
 * notifications that they are to get
 */
#include "delivery/linting.h"
#include "delivery/notice.h"
#include "mail/batv.h"

#include <sys/stat.h>

/*
 * check_key - a key that is empty, or no secret
 */
static void
check_key(struct linting *l)
{
	struct span text, source;
	struct stat st;
	struct fault f;
	enum cause c;

	c = settings_show(&text, &source, l->settings, SET_BATVKEY, &f);
	if (c == BY_LACK)
		return;
	if (c != BY_NOTHING) {
		linting_say_fault(l, &f);
		return;
	}
	if (control_first(text).n == 0)
		linting_say(l, source, 1, "ignored, an empty key", SPAN(""));
	else if (source.p[0] == '/' && stat(source.p, &st) == 0 &&
	         (st.st_mode & S_IROTH) != 0)
		linting_say(l, source, 0,
		    "holds a key, and everybody may read it", SPAN(""));
}

/*
 * check_method - BATVMETHOD has one of two words
 */
static void
check_method(struct linting *l)
{
	enum batv_method method;
	struct span text, source;
	struct fault f;

	if (settings_show(&text, &source, l->settings, SET_BATVMETHOD, &f) ==
	        BY_NOTHING &&
	    !batv_method(&method, control_first(text)))
		linting_say(
		    l, source, 0, "refused, not a method", control_first(text));
}

/*
 * linting_sender - senders, and their notifications
 */
void
linting_sender(struct linting *l)
{
	enum setting bad;
	struct span value;
	struct dsn dsn;

	check_key(l);
	check_method(l);
	if (!notice_read(&dsn, &bad, &value, l->settings, l->arena))
		linting_say(l, span_of(settings_row(bad)->env), 0,
		    "refused, it makes no sense", value);
}
