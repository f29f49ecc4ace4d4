/*
 * daned_verify - verifications that qmail-daned makes beside its answers
 *
 * Each is a process of its own: a server that is slow keeps nobody waiting
 * but the one who asked for it.
 */
#ifndef CMD_DANED_VERIFY_H
#define CMD_DANED_VERIFY_H

#include "cmd/daned_lists.h"

#include <sys/socket.h>
#include <sys/types.h>

enum {
	/* Verifications at one time. */
	DANED_JOBS = 20,
	/* Milliseconds that one may take. */
	DANED_PATIENCE = 120 * 1000,
};

/* Who asked. */
struct daned_peer {
	struct sockaddr_storage address;
	socklen_t n;
};

/* One verification; pid is 0 if there is none. */
struct daned_job {
	pid_t pid;
	struct daned_peer peer;
	char room[DANED_NAME_MAX];
	struct span name;
	instant by;
};

/*
 * daned_verify_begin - verifies the servers of a domain, or one server
 *
 * False if there is no process to spare.
 */
bool daned_verify_begin(struct daned_job *, struct span name,
    const struct daned_peer *, const struct daned_sources *);

/*
 * daned_verify_end - what a process that has ended found
 *
 * DANED_VERIFIED: every server with records that could be asked has proved
 * who it is, and there is one.  DANED_FAILED: some server has not.
 * DANED_NOT_VERIFIED: there is nothing to verify.  DANED_NEW: it cannot be
 * said for now.
 */
enum daned_status daned_verify_end(int wait_status);

#endif
