/*
 * body - the message on its way, by DATA or BDAT
 *
 * Nothing the server says before the end of the message can be its verdict
 * on it.  So what it says early ends the transaction: a refusal counts, and
 * a success does not.
 */
#include "proto/body.h"

#include "base/num.h"
#include "mail/dotstuff.h"

enum {
	/* Payload of a chunk. */
	CHUNK = 64 * 1024,
	/* Chunks said ahead of their replies. */
	AHEAD = 8,
};

/* Where the bytes come from: the extra header, then the message. */
struct source {
	struct span in;
	struct message *message;
	bool end;
	struct dotstuff lines;
	uint64_t bytes;
};

/*
 * more - bytes to convert in s->in, or the end
 *
 * Returns -1 if the message cannot be read, or turns out to end in mid-line.
 */
static int
more(struct source *s, struct trouble *t)
{
	int err = 0;

	while (s->in.n == 0 && !s->end) {
		enum cause c = message_next(&s->in, s->message, &err);

		if (c != BY_NOTHING) {
			*t = (struct trouble){
				.stage = AT_MESSAGE, .cause = c, .err = err
			};
			return -1;
		}
		s->end = s->in.n == 0;
	}
	if (s->end && !dotstuff_whole(&s->lines)) {
		*t = (struct trouble){ .stage = AT_PARTIAL_LINE,
			.cause = BY_LACK };
		return -1;
	}
	return 0;
}

/*
 * is_out_of_step - whether the connection broke or the server spoke early
 */
static bool
is_out_of_step(const struct body *b)
{
	int err;

	return (b->owed == 0 && stream_pending(b->talk->stream)) ||
	       stream_broken(b->talk->stream, &err) != BY_NOTHING;
}

/*
 * body_early - the trouble of what went wrong before the end was heard
 */
int
body_early(struct body *b, struct trouble *t)
{
	struct stream *stream = b->talk->stream;

	*t = (struct trouble){ .stage = AT_BODY };
	t->cause = stream_broken(stream, &t->err);
	while (stream_pending(stream)) {
		enum cause said = talk_hear(b->talk, b->reply);

		if (said == BY_NOTHING && b->reply->code < 300 && b->owed > 0) {
			b->owed--;
			continue;
		}
		/* Success before its time makes no sense. */
		if (said == BY_NOTHING)
			said = BY_GARBLE;
		if (said == BY_4XX || said == BY_5XX || said == BY_GARBLE) {
			t->cause = said;
			t->reply = b->reply;
		}
		break;
	}
	return -1;
}

/*
 * finish - the end of the message
 */
static int
finish(struct body *b, const struct source *s, struct span end)
{
	char digits[NUM_MAX];

	TRACE(b->talk->trace, "body", { "bytes", num_text(digits, s->bytes) });
	*b->progress = PROGRESS_MAY_HAVE_ARRIVED;
	stream_put(b->talk->stream, end);
	b->ended = true;
	return 0;
}

/*
 * body_data - the lines of a message and the final dot
 */
int
body_data(struct body *b, struct trouble *t)
{
	struct source s = {
		.in = b->extra, .message = b->message, .lines.stuff = true
	};

	for (;;) {
		size_t room, n;
		char *out;

		if (more(&s, t) < 0)
			return -1;
		/* Of a long message, the server may have said something. */
		if (s.end && s.bytes > STREAM_OUT)
			stream_listen(b->talk->stream);
		if (is_out_of_step(b))
			return body_early(b, t);
		if (s.end)
			return finish(b, &s, SPAN(".\r\n"));
		out = stream_room(b->talk->stream, &room);
		n = dotstuff_step(&s.lines, out, room, &s.in);
		stream_used(b->talk->stream, n);
		s.bytes += n;
	}
}

/*
 * fill - one chunk; s->end tells whether it is the last
 */
static int
fill(struct source *s, char *chunk, size_t *n, struct trouble *t)
{
	*n = 0;
	for (;;) {
		if (more(s, t) < 0)
			return -1;
		if (s->end || CHUNK - *n < DOTSTUFF_ROOM)
			break;
		*n += dotstuff_step(&s->lines, chunk + *n, CHUNK - *n, &s->in);
	}
	s->bytes += *n;
	return 0;
}

/*
 * catch_up - hears replies until no more than AHEAD are owed
 */
static int
catch_up(struct body *b, struct trouble *t)
{
	while (b->owed > AHEAD ||
	       (b->owed > 0 && stream_pending(b->talk->stream))) {
		enum cause c = talk_hear(b->talk, b->reply);

		if (c == BY_NOTHING && b->reply->code >= 300)
			c = BY_GARBLE;
		if (c != BY_NOTHING) {
			*t = (struct trouble){ .stage = AT_BODY, .cause = c };
			if (c == BY_4XX || c == BY_5XX || c == BY_GARBLE)
				t->reply = b->reply;
			(void)stream_broken(b->talk->stream, &t->err);
			return -1;
		}
		b->owed--;
	}
	return is_out_of_step(b) ? body_early(b, t) : 0;
}

/*
 * body_bdat - the message in chunks
 */
int
body_bdat(struct body *b, struct trouble *t)
{
	struct source s = { .in = b->extra, .message = b->message };
	char *chunk = arena_take(b->arena, CHUNK);
	char digits[NUM_MAX];
	size_t n;

	for (;;) {
		if (fill(&s, chunk, &n, t) < 0)
			return -1;
		SAY(b->talk, SPAN("BDAT "), num_text(digits, n),
		    s.end ? SPAN(" LAST") : SPAN(""));
		b->owed++;
		if (s.end)
			return finish(b, &s, (struct span){ chunk, n });
		stream_put(b->talk->stream, (struct span){ chunk, n });
		if (catch_up(b, t) < 0)
			return -1;
	}
}

/*
 * body_may_have_arrived - whether the end may have left this host
 */
bool
body_may_have_arrived(const struct body *b)
{
	return b->ended && stream_unsent(b->talk->stream) == 0;
}

/*
 * body_is_short - whether one chunk holds the message
 *
 * Conversion at most doubles a message: half a chunk of input always fits.
 */
bool
body_is_short(struct span extra, const struct message *m)
{
	return message_is_whole(m) &&
	       message_length(m) + extra.n <= CHUNK / 2 - DOTSTUFF_ROOM;
}
