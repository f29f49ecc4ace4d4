/*
 * linting - what the files that make up lint share; nobody else includes it
 */
#ifndef DELIVERY_LINTING_H
#define DELIVERY_LINTING_H

#include "delivery/lint.h"

/* A lint under way.                                     confined */
struct linting {
	struct settings *settings;
	struct arena *arena;
	struct finding *findings, **end;
};

/* One more finding: the text, and in quotes what it is about, if anything. */
void linting_say(struct linting *, struct span file, unsigned line,
    const char *text, struct span about);

/* A file that cannot be read, or makes no sense, as a finding. */
void linting_say_fault(struct linting *, const struct fault *);

/*
 * The lines of a setting's file, and its name.  False if it has none; one
 * that cannot be read is a finding.
 */
bool linting_lines(
    struct linting *, struct control *lines, struct span *source, enum setting);

/* The routes, by file and by database, and remote_auth.cdb. */
void linting_routes(struct linting *);

/* The lines of one file of routes. */
void linting_route_file(struct linting *, enum setting);

/* tlspolicy, tlsclientmethod, and the files below CERTDIR. */
void linting_tls(struct linting *);

/* DANE_VERIFICATION, dnssec and trustanchor. */
void linting_dane(struct linting *);

/* The hooks in our environment, and HOOK_EXIT. */
void linting_hooks(struct linting *);

/* The hooks in the environment that a line of a file makes; no file: ours. */
void linting_hooks_of(
    struct linting *, const struct env *, struct span file, unsigned line);

/* AUTH_SMTP in our environment, and in that which a line of a file makes. */
void linting_login(struct linting *);
void linting_login_of(
    struct linting *, const struct env *, struct span file, unsigned line);

/* bindroutes, domainbindings, outgoingip and its kin, helohostbyip. */
void linting_addresses(struct linting *);

/* The key that signs senders, and DSN_NOTIFY and its kin. */
void linting_sender(struct linting *);

/* What spawn-filter and rd-remote go by. */
void linting_companions(struct linting *);

#endif
