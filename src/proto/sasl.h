/*
 * sasl - one side of an exchange that proves who we are          [4422:3]
 *
 * A maker speaks some of the mechanisms of mail/mechanism.  That which knows
 * libgsasl is a module (proto/sasl_gsasl.c), opened when a login needs it.
 */
#ifndef PROTO_SASL_H
#define PROTO_SASL_H

#include "base/buf.h"
#include "mail/mechanism.h"

/* Who logs in where, and with what; the spans are secret.            value */
struct sasl_facts {
	const struct mechanism *mechanism;
	struct span user, secret;
	/* The secret is a salted password, in hex. */
	bool salted;
	/* The server's name and port; of realms that it offers, the one to
	 * take. */
	struct span host, realm;
	uint16_t port;
	/* What names the TLS session; empty if nothing does. */
	struct span binding;
	/* It is tls-exporter, else tls-unique. */
	bool binding_exported;
};

enum sasl_result {
	/* The response is in the buf; the server has to say more. */
	SASL_MORE,
	/* The same, and as far as we are concerned the server may agree. */
	SASL_DONE,
	/* What the server said makes no sense. */
	SASL_NO_SENSE,
	/* The server does not know the secret. */
	SASL_DISTRUST,
	/* It cannot be done here. */
	SASL_LACK,
};

struct sasl;

struct sasl_maker {
	/*
	 * Begins an exchange; NULL if that cannot be, with words in *why.  The
	 * facts and the arena must outlive it.
	 */
	struct sasl *(*begin)(
	    const struct sasl_facts *, struct arena *, struct span *why);
	/*
	 * Adds the response to a challenge to the buf.  For a mechanism whose
	 * client speaks first, the first challenge is empty.  SASL_LACK: *why
	 * has words.
	 */
	enum sasl_result (*step)(struct sasl *, struct span challenge,
	    struct buf *response, struct span *why);
	/* Ends it; frees what it holds outside of the arena. */
	void (*end)(struct sasl *);
};

/*
 * sasl_maker_of - who speaks a mechanism
 *
 * NULL if the module for it is not there, with words in *why.
 */
const struct sasl_maker *sasl_maker_of(
    const struct mechanism *, struct arena *, struct span *why);

/* Of those whose work is not worth a library. */
extern const struct sasl_maker sasl_hmac, sasl_token, sasl_certificate;

/* The one symbol of the module "sasl"; see base/module. */
extern const struct sasl_maker qremote_sasl;

#endif
