/*
 * filter - a delivery whose message goes through a filter first
 */
#include "companion/filter.h"

#include "base/compiler.h"
#include "base/num.h"
#include "companion/filter_choice.h"
#include "companion/program.h"
#include "companion/spool.h"
#include "delivery/fault.h"
#include "mail/address.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	/* What a filter's exit status means; any other is a failure. */
	FILTER_DELIVER = 0,
	FILTER_DROP = 2,
	FILTER_REJECT = 100,
	/* Where the arguments of qmail-remote have the size. */
	ARGV_SIZE = 4,
};

/* A message in a file. */
struct contents {
	uint64_t length;
	/* Its last byte is no newline. */
	bool is_partial;
};

/*
 * look - how long the message in a file is, and how it ends
 */
static bool
look(struct contents *out, int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	struct stat st;
	char last = '\n';

	if (at < 0 || fstat(fd, &st) < 0)
		return false;
	out->length = st.st_size > at ? (uint64_t)(st.st_size - at) : 0;
	if (out->length > 0 && pread(fd, &last, 1, st.st_size - 1) != 1)
		return false;
	out->is_partial = last != '\n';
	return true;
}

/*
 * open_spool - a temporary file for a message
 */
static bool
open_spool(struct interception *i, int *fd)
{
	struct span dir;
	struct fault f;
	int err;

	(void)settings_text(&dir, i->settings, SET_TMPDIR, &f);
	*fd = spool_open(arena_string(i->arena, dir), &err);
	if (*fd < 0)
		interception_fail_by(
		    i, "Unable to make a temporary file in", dir, err);
	return *fd >= 0;
}

/*
 * make_file - the message in a file, and what it is like
 */
static bool
make_file(struct contents *out, struct interception *i)
{
	bool writing = false;
	struct stat st;
	enum cause c;
	int fd, err;

	if (fstat(i->message, &st) == 0 && S_ISREG(st.st_mode) &&
	    look(out, i->message))
		return true;
	if (!open_spool(i, &fd))
		return false;
	c = spool_copy(fd, i->message, i->stop, &writing, &err);
	if (c == BY_CLOSE) {
		return interception_stop(i);
	}
	if (c == BY_NOTHING && lseek(fd, 0, SEEK_SET) == 0 && look(out, fd)) {
		i->message = fd;
		return true;
	}
	return interception_fail_by(i,
	    writing ? "Unable to keep message" : "Unable to read message",
	    SPAN(""), c == BY_NOTHING ? errno : err);
}

/*
 * filter_env - the environment of the filter: who it filters for
 */
static struct env
filter_env(struct interception *i)
{
	const struct request *r = &i->request;
	struct span local = r->rcpt[0];
	struct env e = i->env;
	struct buf all;

	buf_init(&all, i->arena, SIZE_MAX);
	for (size_t n = 0; n < r->nrcpt; n++) {
		if (n > 0)
			buf_putc(&all, '\n');
		buf_put(&all, r->rcpt[n]);
	}
	buf_putc(&all, '\0');
	local = span_head(local, span_find_last(local, '@'));
	const struct {
		const char *name, *value;
	} vars[] = {
		{ "DOMAIN",
		    arena_string(i->arena, address_domain(r->rcpt[0])) },
		{ "_EXT", arena_string(i->arena,
		              span_tail(local, span_find(local, '-') + 1)) },
		{ "_QQEH", arena_string(i->arena, r->extra) },
		{ "_RECIPIENT", all.p },
		{ "_SENDER", arena_string(i->arena, r->sender) },
		{ "FILTERARGS", NULL },
		{ "QMAILLOCAL", NULL },
		{ "QMAILREMOTE", i->program },
	};

	for (size_t n = 0; n < COUNT_OF(vars); n++)
		e = env_set(&e, vars[n].name, vars[n].value, i->arena);
	return e;
}

/*
 * failed - reports a filter that did not come to a verdict
 */
static bool
failed(struct interception *i, const char *name, const char *how,
    const struct ending *end)
{
	struct buf words;

	buf_init(&words, i->arena, SIZE_MAX);
	buf_puts(&words, "The filter ");
	buf_puts(&words, name);
	buf_putc(&words, ' ');
	buf_puts(&words, how);
	if (end->status != 0) {
		buf_putc(&words, ' ');
		buf_put_number(&words, (uint64_t)end->status);
	}
	return interception_fail(i, 'Z', buf_span(&words), "3.0", end->words);
}

/*
 * take_message - hands over what the filter has written, if that can be meant
 */
static bool
take_message(struct interception *i, const char *name, int out,
    const struct contents *before, const struct ending *end)
{
	struct contents after;
	char digits[NUM_MAX];

	if (lseek(out, 0, SEEK_SET) != 0 || !look(&after, out)) {
		return interception_fail_by(i,
		    "Unable to read what was filtered by", span_of(name),
		    errno);
	}
	if (after.length == 0 && before->length > 0)
		return failed(i, name, "wrote nothing", end);
	if (after.is_partial && !before->is_partial)
		return failed(i, name, "ended within a line", end);
	i->message = out;
	i->argv[ARGV_SIZE] =
	    arena_string(i->arena, num_text(digits, after.length));
	return true;
}

/*
 * judge - what the end of the filter means
 */
static bool
judge(struct interception *i, const char *name, int out,
    const struct contents *before, const struct ending *end)
{
	switch (end->how) {
	case ENDED_STOPPED:
		return interception_stop(i);
	case ENDED_ABSENT:
		return interception_fail_by(
		    i, "Unable to run the filter", span_of(name), end->err);
	case ENDED_FULL:
		return interception_fail_by(i,
		    "Unable to keep what was filtered by", span_of(name),
		    end->err);
	case ENDED_LATE:
		return failed(i, name, "took too long", end);
	case ENDED_CRASHED:
		return failed(i, name, "was ended by signal", end);
	default:
		break;
	}
	switch (end->status) {
	case FILTER_DELIVER:
		return take_message(i, name, out, before, end);
	case FILTER_DROP:
		interception_accept(i, SPAN("Message dropped by the filter"));
		return false;
	case FILTER_REJECT:
		return interception_fail(i, 'D',
		    SPAN("The filter rejects this message"), "7.1", end->words);
	default:
		return failed(i, name, "exited with status", end);
	}
}

/*
 * run_filter - the message goes through the filter
 */
static bool
run_filter(struct interception *i, const struct words *words,
    const struct contents *before)
{
	const char *name = words->argv[0];
	struct env env = filter_env(i);
	struct program p = { .argv = words->argv,
		.env = &env,
		.in = i->message,
		.by = NEVER,
		.stop = i->stop };
	struct ending end = { .how = ENDED_ABSENT, .err = ENOENT };
	struct fault f;
	struct trouble t;
	uint64_t seconds = 0;
	enum cause c;

	c = settings_number(&seconds, i->settings, SET_FILTER_TIMEOUT, &f);
	if (c != BY_NOTHING) {
		(void)fault_trouble(&t, c, &f);
		return interception_trouble(i, &t);
	}
	if (seconds > 0 && seconds < UINT32_MAX)
		p.by = clock_in(seconds * 1000);
	if (!open_spool(i, &p.out))
		return false;
	p.path = program_find(name, &env, i->arena);
	if (p.path != NULL)
		program_run(&end, &p, i->arena);
	return judge(i, name, p.out, before, &end);
}

/*
 * filter_mail - spawn-filter's part
 */
bool
filter_mail(struct interception *i)
{
	static const char *const ours[] = { "FILTERARGS", "QMAILLOCAL",
		"QMAILREMOTE", "SPAMFILTER" };
	struct contents before;
	struct words words;

	if (!filter_choose(&words, i) || !make_file(&before, i))
		return false;
	if (words.n > 0 && !run_filter(i, &words, &before))
		return false;
	for (size_t n = 0; n < COUNT_OF(ours); n++)
		i->env = env_set(&i->env, ours[n], NULL, i->arena);
	return true;
}
