/*
 * stream - buffered bytes to and from a peer, by a deadline
 *
 * Writing is duplex: while the peer does not take what we send, what it says
 * meanwhile is taken in, so that neither waits for the other for ever.
 * [2920:3.1]  A failure is remembered: from then on puts do nothing, flush
 * and line return its cause, and what was heard before can still be read.
 *                                                       confined
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "base/arena.h"
#include "base/cause.h"
#include "base/clock.h"
#include "net/tls.h"

#include <stdint.h>

struct stream;

/* A stream over a connected socket that does not block; takes the socket. */
struct stream *stream_new(int fd, struct arena *);

/*
 * How long to wait: patience milliseconds for a line (from stream_await on)
 * or for progress while sending, and in no case longer than until the cap.
 */
void stream_pace(struct stream *, uint64_t patience, instant cap);

/*
 * stream_secure - goes on in TLS
 *
 * Makes the handshake, within the patience.  BY_NOTHING: all that follows is
 * in TLS, and *proof says what was proved.  Other causes as of the module's
 * handshake(); the stream is then only fit for closing.  BY_GARBLE also if
 * something was heard already that cannot have been said in TLS: it would be
 * taken for what follows.                       (STARTTLS injection) [3207:6]
 */
enum cause stream_secure(struct stream *, const struct tls_module *,
    const struct tls_want *, const struct tls_terms *, struct tls_proof *proof,
    struct span *why);

/* The lines that are read from now on must all come within the patience. */
void stream_await(struct stream *);

/*
 * stream_line - the next line, without its LF or CR LF
 *
 * The line is valid until the next call; what it has beyond max bytes (at
 * most STREAM_LINE_MAX) is thrown away.  BY_TIMEOUT, BY_CLOSE (also in
 * mid-line), BY_SYSTEM: no line came.
 */
enum cause stream_line(struct span *out, struct stream *, size_t max);

/*
 * stream_take - exactly n bytes, for protocols that count; valid likewise
 */
enum cause stream_take(struct span *out, struct stream *, size_t n);

/* Takes in what has come already, without waiting. */
void stream_listen(struct stream *);

/* Whether something was heard that has not been read yet. */
bool stream_pending(const struct stream *);

/* Adds bytes to what is to be sent, which is sent when the buffer fills. */
void stream_put(struct stream *, struct span);

/*
 * Room in the send buffer, at least STREAM_ROOM_MIN bytes, to write into
 * directly; then say how many were written.
 */
char *stream_room(struct stream *, size_t *room);
void stream_used(struct stream *, size_t n);

/* Sends all that was put. */
enum cause stream_flush(struct stream *);

/* The failure, if any; *err has errno if it is BY_SYSTEM. */
enum cause stream_broken(const struct stream *, int *err);

/* How many of the bytes put have not been handed to the system: those that
 * wait for a flush, or those that a failed flush left behind. */
size_t stream_unsent(const struct stream *);

/* What names this TLS session and no other; see net/tls.  0 in clear. */
size_t stream_binding(
    const struct stream *, char out[TLS_BINDING_MAX], bool *exporter);

/* Closes the connection; NULL is allowed. */
void stream_close(struct stream *);

enum {
	STREAM_LINE_MAX = 4096,
	STREAM_ROOM_MIN = 1024,
	STREAM_OUT = 64 * 1024,
};

#endif
