/*
 * stream - buffered bytes to and from a peer, by a deadline
 *
 * Long because a peer may say what it likes while we send, in clear or in TLS.
 */
#include "net/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* First room for what is heard; a line and a read more must fit. */
	IN_ROOM = 2 * STREAM_LINE_MAX,
	/*
	 * Room for what a peer may say while it does not listen: more than
	 * any honest server's replies to a batch of commands.
	 */
	IN_CEILING = 16 * 1024 * 1024,
};

struct stream {
	int fd;
	/* NULL in clear. */
	const struct tls_module *module;
	struct tls *tls;
	struct arena *arena;
	uint64_t patience;
	instant cap;
	/* For the lines awaited; 0 until the first wait for them. */
	instant by;
	enum cause broken;
	int err;
	/* Heard and not read: in[in_at] up to in[in_n]. */
	char *in;
	size_t in_at, in_n, in_room;
	/* To be sent: out[0] up to out[out_n]. */
	char *out;
	size_t out_n;
	/* What the flush that failed left behind. */
	size_t left;
};

/*
 * stream_new - a stream over a connected socket
 */
struct stream *
stream_new(int fd, struct arena *a)
{
	struct stream *s = arena_zero(a, sizeof(*s));

	s->fd = fd;
	s->arena = a;
	s->cap = NEVER;
	s->in_room = IN_ROOM;
	s->in = arena_take(a, IN_ROOM);
	s->out = arena_take(a, STREAM_OUT);
	return s;
}

/*
 * stream_pace - how long to wait
 */
void
stream_pace(struct stream *s, uint64_t patience, instant cap)
{
	s->patience = patience;
	s->cap = cap;
	s->by = 0;
}

/*
 * stream_await - patience begins anew
 */
void
stream_await(struct stream *s)
{
	s->by = 0;
}

/*
 * fail - remembers the first failure
 */
static enum cause
fail(struct stream *s, enum cause c, int err)
{
	if (s->broken == BY_NOTHING) {
		s->broken = c;
		s->err = err;
	}
	return s->broken;
}

/*
 * fail_system - what errno says of a connection: a reset is a close
 */
static enum cause
fail_system(struct stream *s)
{
	if (errno == ECONNRESET || errno == EPIPE)
		return fail(s, BY_CLOSE, errno);
	return fail(s, BY_SYSTEM, errno);
}

/*
 * wait_for - waits for events by the deadline
 *
 * Once it has passed, what is there comes too late: a peer that drips cannot
 * keep us for ever.
 */
static enum cause
wait_for(struct stream *s, short events, short *came, instant by)
{
	struct pollfd p = { .fd = s->fd, .events = events };
	int left, n;

	do {
		left = clock_left(by);
		n = left == 0 ? 0 : poll(&p, 1, left);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return fail(s, BY_TIMEOUT, 0);
	if (n < 0)
		return fail(s, BY_SYSTEM, errno);
	*came = p.revents;
	return BY_NOTHING;
}

/*
 * make_room - room to read into, behind what is heard and not read
 *
 * False if a peer that does not listen has said too much.
 */
static bool
make_room(struct stream *s)
{
	size_t n = s->in_n - s->in_at, room = s->in_room;
	char *in = s->in;

	if (n == 0) {
		s->in_at = s->in_n = 0;
		return true;
	}
	if (s->in_n < s->in_room)
		return true;
	/* Growing by doubling, and only if moving would free less than half. */
	if (s->in_at < room / 2) {
		if (room >= IN_CEILING)
			return false;
		room *= 2;
		in = arena_take(s->arena, room);
	}
	memmove(in, s->in + s->in_at, n);
	s->in = in;
	s->in_room = room;
	s->in_at = 0;
	s->in_n = n;
	return true;
}

/*
 * take_in - one read, in clear or in TLS
 */
static ssize_t
take_in(struct stream *s, char *p, size_t room)
{
	if (s->tls != NULL)
		return s->module->read(s->tls, p, room);
	return recv(s->fd, p, room, 0);
}

/*
 * put_out - one write, in clear or in TLS
 */
static ssize_t
put_out(struct stream *s, const char *p, size_t n)
{
	if (s->tls != NULL)
		return s->module->write(s->tls, p, n);
	return send(s->fd, p, n, MSG_NOSIGNAL);
}

/*
 * wants - what a write that would wait is waiting for
 */
static short
wants(const struct stream *s)
{
	return s->tls != NULL ? s->module->wants(s->tls) : POLLOUT;
}

/*
 * hear - one read of what there is
 *
 * Returns whether to go on: false when there was nothing, or it failed.
 */
static bool
hear(struct stream *s)
{
	ssize_t n;

	if (!make_room(s)) {
		(void)fail(s, BY_GARBLE, 0);
		return false;
	}
	do {
		n = take_in(s, s->in + s->in_n, s->in_room - s->in_n);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		s->in_n += (size_t)n;
		return true;
	}
	if (n == 0)
		(void)fail(s, BY_CLOSE, 0);
	else if (errno != EAGAIN)
		(void)fail_system(s);
	return false;
}

/*
 * hear_by - at least one more byte, by the deadline of the lines awaited
 *
 * In clear it waits before it reads: the answer to what was just sent is not
 * there yet.  TLS may hold bytes that the socket no longer has.
 */
static enum cause
hear_by(struct stream *s)
{
	size_t before = s->in_n - s->in_at;
	short came;

	if (s->by == 0)
		s->by = clock_earlier(clock_in(s->patience), s->cap);
	if (s->tls != NULL)
		(void)hear(s);
	while (s->broken == BY_NOTHING && s->in_n - s->in_at == before) {
		short events = s->tls != NULL ? wants(s) : POLLIN;

		if (wait_for(s, events, &came, s->by) == BY_NOTHING)
			(void)hear(s);
	}
	return s->in_n - s->in_at > before ? BY_NOTHING : s->broken;
}

/*
 * stream_line - the next line
 */
enum cause
stream_line(struct span *out, struct stream *s, size_t max)
{
	size_t seen = 0;
	enum cause c;

	if (max > STREAM_LINE_MAX)
		max = STREAM_LINE_MAX;
	for (;;) {
		char *line = s->in + s->in_at;
		size_t n = s->in_n - s->in_at;
		char *lf = memchr(line + seen, '\n', n - seen);

		if (lf != NULL) {
			size_t used = (size_t)(lf - line);

			*out = span_head((struct span){ line, used }, max);
			s->in_at += used + 1;
			if (out->n > 0 && out->p[out->n - 1] == '\r')
				out->n--;
			return BY_NOTHING;
		}
		/* Of a line that is too long only its beginning is kept. */
		if (n > max)
			s->in_n = s->in_at + max;
		seen = s->in_n - s->in_at;
		c = hear_by(s);
		if (c != BY_NOTHING)
			return c;
	}
}

/*
 * stream_take - exactly n bytes
 */
enum cause
stream_take(struct span *out, struct stream *s, size_t n)
{
	enum cause c;

	while (s->in_n - s->in_at < n) {
		c = hear_by(s);
		if (c != BY_NOTHING)
			return c;
	}
	*out = (struct span){ s->in + s->in_at, n };
	s->in_at += n;
	return BY_NOTHING;
}

/*
 * stream_listen - takes in what has come already
 */
void
stream_listen(struct stream *s)
{
	if (s->broken == BY_NOTHING)
		(void)hear(s);
}

/*
 * stream_pending - whether something was heard and not read
 */
bool
stream_pending(const struct stream *s)
{
	return s->in_n > s->in_at;
}

/*
 * send_some - one write; false when the peer takes nothing now, or it failed
 */
static bool
send_some(struct stream *s, size_t *done)
{
	ssize_t n;

	do {
		n = put_out(s, s->out + *done, s->out_n - *done);
	} while (n < 0 && errno == EINTR);
	if (n >= 0) {
		*done += (size_t)n;
		return true;
	}
	if (errno == EAGAIN)
		return false;
	(void)fail_system(s);
	/* Its reason for hanging up may have come before. */
	while (hear(s))
		;
	return false;
}

/*
 * stream_flush - sends all that was put
 *
 * When the peer takes nothing, it waits for either direction, and takes in
 * what comes.  Every byte sent renews the patience; the cap stays.
 */
enum cause
stream_flush(struct stream *s)
{
	size_t done = 0;
	instant by = 0;
	short came;

	if (s->broken != BY_NOTHING || s->out_n == 0)
		return s->broken;
	if (s->cap != NEVER && clock_left(s->cap) == 0)
		(void)fail(s, BY_TIMEOUT, 0);
	while (s->broken == BY_NOTHING && done < s->out_n) {
		if (send_some(s, &done)) {
			by = 0;
			continue;
		}
		if (s->broken != BY_NOTHING)
			break;
		if (by == 0)
			by = clock_earlier(clock_in(s->patience), s->cap);
		if (wait_for(s, (short)(POLLIN | wants(s)), &came, by) ==
		        BY_NOTHING &&
		    (came & POLLIN) != 0)
			(void)hear(s);
	}
	s->left = s->out_n - done;
	s->out_n = 0;
	return s->broken;
}

/*
 * stream_room - room in the send buffer
 */
char *
stream_room(struct stream *s, size_t *room)
{
	if (STREAM_OUT - s->out_n < STREAM_ROOM_MIN)
		(void)stream_flush(s);
	if (s->broken != BY_NOTHING)
		s->out_n = 0;
	*room = STREAM_OUT - s->out_n;
	return s->out + s->out_n;
}

/*
 * stream_used - so many bytes were written into the room
 */
void
stream_used(struct stream *s, size_t n)
{
	s->out_n += n;
}

/*
 * stream_put - adds bytes to what is to be sent
 */
void
stream_put(struct stream *s, struct span bytes)
{
	while (bytes.n > 0 && s->broken == BY_NOTHING) {
		size_t n = span_head(bytes, STREAM_OUT - s->out_n).n;

		memcpy(s->out + s->out_n, bytes.p, n);
		s->out_n += n;
		bytes = span_tail(bytes, n);
		if (s->out_n == STREAM_OUT)
			(void)stream_flush(s);
	}
}

/*
 * stream_broken - the failure, if any
 */
enum cause
stream_broken(const struct stream *s, int *err)
{
	*err = s->err;
	return s->broken;
}

/*
 * stream_unsent - how many bytes were put and not sent
 */
size_t
stream_unsent(const struct stream *s)
{
	return s->out_n + s->left;
}

/*
 * stream_secure - goes on in TLS
 */
enum cause
stream_secure(struct stream *s, const struct tls_module *m,
    const struct tls_want *w, const struct tls_terms *terms,
    struct tls_proof *proof, struct span *why)
{
	instant by = clock_earlier(clock_in(s->patience), s->cap);
	enum cause c = BY_GARBLE;

	*why = SPAN("it spoke before TLS began");
	if (!stream_pending(s))
		c = m->handshake(
		    &s->tls, proof, why, s->fd, w, terms, by, s->arena);
	s->module = m;
	return c == BY_NOTHING ? c : fail(s, c, c == BY_SYSTEM ? errno : 0);
}

/*
 * stream_binding - what names this TLS session and no other
 */
size_t
stream_binding(
    const struct stream *s, char out[TLS_BINDING_MAX], bool *exporter)
{
	return s->tls != NULL ? s->module->binding(s->tls, out, exporter) : 0;
}

/*
 * stream_close - closes the connection
 */
void
stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->tls != NULL)
		s->module->close(s->tls);
	(void)close(s->fd);
}
