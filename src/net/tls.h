/*
 * tls - what a handshake must prove, and who makes it
 *
 * The code that knows OpenSSL is a module (net/tls_openssl*.c), opened when
 * the first handshake is wanted: a delivery in clear does not pay for it.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/arena.h"
#include "base/cause.h"
#include "base/clock.h"
#include "base/why.h"

#include <stdint.h>
#include <sys/types.h>

/* How much is demanded, from nothing to everything. */
enum tls_level {
	/* No TLS. */
	TLS_NEVER,
	/* TLS if it works, unverified. */
	TLS_MAY,
	/* TLS, unverified. */
	TLS_ENCRYPT,
	/* TLS, verified by certification authorities. */
	TLS_PKIX,
	/* TLS, verified by DANE. */
	TLS_DANE,
};

/* One TLSA record.                                          [6698:2.1] */
struct tlsa {
	uint8_t usage, selector, matching;
	struct span data;
};

/* A certificate that a server showed.                                value */
struct tls_certificate {
	struct span subject, issuer;
	/* Seconds since 1970. */
	int64_t from, until;
	/* DNS alternative names; its common names if it has none. */
	const struct span *names;
	size_t nnames;
};

/* What came of one way to verify a server.                           value */
struct tls_verdict {
	/* It was tried, and it holds. */
	bool tried, holds;
	/* If it holds: the authority at the end of the chain, and the name that
	 * was found in the certificate, empty if none was looked for. */
	struct span authority, name;
	/* If not: which certificate of the chain, from 0, and what with it. */
	int depth;
	struct span wrong;
};

/*
 * What a handshake showed, for who looks; a delivery does not.
 *
 * Filled in as far as it came, whether or not it succeeded, in memory of the
 * arena.  What the server says is printable ASCII.
 */
struct tls_seen {
	struct arena *arena;
	struct span version, cipher;
	/* The server's own first. */
	const struct tls_certificate *chain;
	size_t nchain;
	/* The file or directory of the CAs that are trusted. */
	struct span trusted;
	struct tls_verdict by_pkix, by_dane;
	/* Of each TLSA record, whether it can be used; NULL if not known. */
	const bool *usable;
	/* If DANE holds: the record that matched, NULL if not known, and the
	 * certificate of the chain that it is about. */
	const struct tlsa *matched;
	int matched_depth;
};

/* What a handshake must prove.                                       value */
struct tls_want {
	enum tls_level level;
	/* TLS from the first byte, not after STARTTLS. */
	bool at_once;
	/* The server's name: for SNI, and to be found in its certificate;
	 * empty for an address literal. */
	struct span name;
	/* For TLS_PKIX: the file of CAs that are trusted; empty: the system's. */
	struct span ca_file;
	/* For TLS_DANE. */
	const struct tlsa *tlsa;
	size_t ntlsa;
	/* Other names that a DANE-TA certificate may have. [7672:3.2.2] */
	const struct span *names;
	size_t nnames;
	/* With TLS_DANE: what TLS_PKIX asks for must hold as well, of this
	 * name. */
	bool pkix_too;
	struct span pkix_name;
	/* Who decided. */
	struct why why;
	/* NULL: nobody looks. */
	struct tls_seen *seen;
};

/* How handshakes are made, whatever they prove.  Empty: OpenSSL's own. */
struct tls_terms {
	struct span ciphers, ciphersuites;
	/* 12 or 13; 0: the widest range from 1.2 on. */
	int lowest, highest;
	/* A PEM file with a certificate and its key; empty: none. */
	struct span client_certificate;
};

enum tls_verified { VERIFIED_NONE, VERIFIED_PKIX, VERIFIED_DANE };

/* What a handshake proved. */
struct tls_proof {
	/* "TLSv1.3", "TLS_AES_256_GCM_SHA384". */
	struct span version, cipher;
	enum tls_verified verified;
};

enum {
	/* Bytes of a channel binding. */
	TLS_BINDING_MAX = 64,
};

/* A session; the module's. */
struct tls;

/*
 * The module.  A call that waits does so by its deadline.
 */
struct tls_module {
	/*
	 * Makes a handshake on a connected socket that does not block; the
	 * socket stays the caller's.
	 *
	 * BY_NOTHING: *out is a session and *proof says what it proved.
	 * BY_DISTRUST: the server could not prove what is wanted.  BY_LACK:
	 * the terms cannot be met here, such as a bad cipher string or an
	 * unreadable certificate.  BY_GARBLE: the handshake failed.
	 * BY_TIMEOUT, BY_CLOSE, BY_SYSTEM.  *why then has words, in memory of
	 * the arena.
	 */
	enum cause (*handshake)(struct tls **out, struct tls_proof *proof,
	    struct span *why, int fd, const struct tls_want *,
	    const struct tls_terms *, instant by, struct arena *);
	/*
	 * As recv(2) and send(2): -1 with errno EAGAIN when it would wait, for
	 * what wants() says, POLLIN or POLLOUT; with EPROTO when TLS was
	 * broken off, as by an alert.
	 */
	ssize_t (*read)(struct tls *, char *, size_t);
	ssize_t (*write)(struct tls *, const char *, size_t);
	short (*wants)(const struct tls *);
	/*
	 * Whether a handshake could begin: if not, *why has words, as for
	 * BY_LACK.
	 */
	bool (*ready)(struct span *why, const struct tls_want *,
	    const struct tls_terms *, struct arena *);
	/*
	 * What names this session and no other, for SCRAM to be bound to:
	 * tls-exporter with TLS 1.3, tls-unique before it.  Returns how many
	 * bytes of out it filled; 0: the session has nothing of the kind.
	 *                                              [9266:4] [5929:3]
	 */
	size_t (*binding)(
	    const struct tls *, char out[TLS_BINDING_MAX], bool *exporter);
	/* Says close_notify if it can be said at once, and frees the session. */
	void (*close)(struct tls *);
};

/* The one symbol of the module "tls"; see base/module. */
extern const struct tls_module qremote_tls;

#endif
