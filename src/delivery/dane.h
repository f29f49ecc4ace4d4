/*
 * dane - what DNS says of the certificate of one server
 */
#ifndef DELIVERY_DANE_H
#define DELIVERY_DANE_H

#include "delivery/candidates.h"
#include "file/settings.h"
#include "proto/daned.h"

/* A daemon that knows of earlier verifications.         confined */
struct dane_daemon {
	struct endpoint at;
	/* Milliseconds to wait for it, and until when at most. */
	uint64_t patience;
	instant by;
	/* It did not answer, and is not asked again. */
	bool silent;
	const struct trace *trace;
};

/* Whether DANE is wanted, and for whom.                              value */
struct dane {
	/* DANE_VERIFICATION; its file is empty if it is not wanted. */
	struct why wanted;
	/* tlsadomains in either form is there: only for those listed. */
	bool restricted;
	struct control listed;
	/* NULL if there is no tlsadomains.cdb. */
	const struct cdb *database;
	/* NULL if there is none to ask. */
	struct dane_daemon *daemon;
};

/* What came of the search for the records of one server. */
enum dane_search {
	/* DANE_VERIFICATION is not set. */
	SEARCH_NOT_WANTED,
	/* An exception keeps the server from TLS. */
	SEARCH_EXCEPTED,
	/* It is an address, not in tlsadomains, or excused by the daemon. */
	SEARCH_NAMELESS,
	SEARCH_NOT_LISTED,
	SEARCH_EXCUSED,
	/* DNSSEC does not prove its names, or what is said of records. */
	SEARCH_INSECURE,
	/* It is proved that there are none. */
	SEARCH_NOTHING,
	/* There are. */
	SEARCH_FOUND,
	/* No answer; one that was found to be forged. */
	SEARCH_FAILED,
	SEARCH_BOGUS,
};

/* The records for one server, and the names its certificate may have. */
struct dane_records {
	/* The rest is set only if this is SEARCH_FOUND. */
	enum dane_search search;
	const struct tlsa *tlsa;
	size_t ntlsa;
	/* Where they were found; the name for the handshake. */
	struct span base;
	struct why why;
};

/*
 * dane_read - whether DANE is wanted, and for whom
 *
 * A daemon is not waited for longer than by.  Returns 0, or -1 with *t: a
 * file cannot be read, or a variable makes no sense.
 */
int dane_read(struct dane *out, struct settings *, instant by,
    const struct trace *, struct arena *, struct trouble *t);

/* Whether DANE is for the server of this name. */
bool dane_lists(const struct dane *, struct span name, struct arena *);

/*
 * dane_find - the records for a candidate
 *
 * Returns 1 if there are any, 0 if it is as without DANE, and -1 with *t,
 * AT_TLSA, if DNS cannot say: then the candidate must not be used.
 * out->search says which of these it is, and why.
 */
int dane_find(struct dane_records *out, const struct dane *, struct resolver *,
    const struct candidate *, struct arena *, struct trouble *t);

/*
 * dane_verdict - what a session with a server has shown
 *
 * proof is NULL if there was none, and *t then says why.  DANED_VERIFIED: it
 * has proved who it is.  DANED_FAILED: it has not, or has no TLS to do so.
 * DANED_NOT_VERIFIED: it has no records that could be used.  DANED_NEW:
 * nothing, as with a connection that broke.
 */
enum daned_status dane_verdict(const struct tls_want *,
    const struct tls_proof *proof, const struct trouble *t);

/* Tells the daemon, if there is one, of a server that was verified or failed;
 * of all else it is told nothing. */
void dane_tell(
    const struct dane *, const struct candidate *, enum daned_status);

#endif
