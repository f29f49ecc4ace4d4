/*
 * explaining - what the files that make up explain share; nobody else
 * includes it
 */
#ifndef DELIVERY_EXPLAINING_H
#define DELIVERY_EXPLAINING_H

#include "delivery/explain.h"

/* The first column of a line. */
void explaining_label(struct buf *, const char *label);

/* The reason, in brackets, and the end of the line. */
void explaining_because(struct buf *, const struct why *);

/* Lines about the search for TLSA records, and each record. */
void explaining_records(struct buf *, const struct server *);

/* Lines about what a handshake showed: the chain, and what came of it. */
void explaining_seen(struct buf *, const struct server *);

/* Whether a record can be used: as the handshake found, else as it seems. */
bool explaining_usable(const struct server *, const struct tlsa *);

/* Bytes as hexadecimal digits, in memory of the arena. */
struct span explaining_hex(struct span bytes, struct arena *);

/* An instant as "2026-11-25T04:31:00Z", in memory of the arena. */
struct span explaining_date(int64_t seconds, struct arena *);

/* How many whole days from now until an instant, or since. */
uint64_t explaining_days(int64_t seconds, int64_t now);

#endif
