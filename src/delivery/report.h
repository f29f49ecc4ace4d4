/*
 * report - the outcome, in the words that qmail-rspawn reads
 *
 * Recipient reports (r, h, s) in the order of the recipients, as far as the
 * server spoke of them, then one message report (K, Z or D); a NUL ends each.
 */
#ifndef DELIVERY_REPORT_H
#define DELIVERY_REPORT_H

#include "base/buf.h"
#include "delivery/plan.h"

enum {
	/* Thousands of recipients with a long refusal each. */
	REPORT_MAX = 256 * 1024 * 1024,
};

/* Adds what a trouble is, in one line without its end. */
void report_put_headline(
    struct buf *, const struct trouble *, struct span peer);

/* Adds the report to a buf. */
void report_put(struct buf *, enum dialect, const struct envelope *,
    const struct outcome *);

#endif
