/*
 * tls_policy - what the handshake with a server must prove
 *
 * A pure function of facts.  Nothing that was required is ever weakened.
 */
#ifndef POLICY_TLS_POLICY_H
#define POLICY_TLS_POLICY_H

#include "net/tls.h"

/* A level that somebody asked for.  Not asked: why.file is empty.    value */
struct tls_asked {
	enum tls_level level;
	struct why why;
};

/* What DNS says of the server's certificate.                               */
enum dane_state {
	/* Not asked for, or nothing that is both there and secure. */
	DANE_NONE,
	/* Records; whether one is usable, the handshake finds out. */
	DANE_RECORDS,
};

/* All that decides.  A why with an empty file: it is not so.         value */
struct tls_facts {
	/* The name that the server was found by; empty for a literal. */
	struct span name;
	/* SMTPS, or port 465: TLS from the first byte. */
	struct why smtps;
	/* REQUIRETLS. */
	struct why requiretls;
	/* tlspolicy's line for the domain, and its default. */
	struct tls_asked policy, policy_default;
	/* tlshosts/NAME.pem; its file is the path. */
	struct why tlshosts;
	/* notlhosts in any form. */
	struct why notlshosts;
	/* tlshosts/exhaustivelist. */
	struct why exhaustivelist;
	/* A clientcert.pem. */
	struct why clientcert;
	enum dane_state dane;
	const struct tlsa *tlsa;
	size_t ntlsa;
	struct why dane_why;
};

/*
 * Whether it is an exception that decides: no TLS, whatever the records are.
 */
bool tls_policy_excepts(const struct tls_facts *);

/*
 * tls_policy - the first rule that applies
 *
 * SMTPS, port 465, REQUIRETLS or a line of tlspolicy; tlshosts; notlhosts;
 * TLSA records; exhaustivelist; the default of tlspolicy; clientcert.pem.
 * Records must hold under the first two as well, and are proof enough for
 * REQUIRETLS.  Spans are those of the facts.
 */
struct tls_want tls_policy(const struct tls_facts *);

#endif
