/*
 * wire - DNS answers as they come                             [1035:4.1]
 *
 * Every offset is checked; a packet that does not hold what it promises
 * yields no records and no crash.
 */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include "base/arena.h"

#include <stdint.h>

enum {
	/* A domain name as text, escapes not counted. [1035:2.3.4] */
	WIRE_NAME_MAX = 255,
	/* CNAMEs followed within one answer. */
	WIRE_CNAMES_MAX = 16,
};

/* Types of records. [1035:3.2.2] [3596:2.1] */
enum wire_type {
	WIRE_A = 1,
	WIRE_CNAME = 5,
	WIRE_MX = 15,
	WIRE_AAAA = 28,
	/* [6698:2] */
	WIRE_TLSA = 52,
};

/* One record of the type that was asked for. */
struct wire_record {
	/* Of an MX. */
	uint16_t preference;
	/* Of an A (4 bytes) or AAAA (16). */
	uint8_t address[16];
	/* Of a TLSA; data is a part of the packet. */
	uint8_t usage, selector, matching;
	struct span data;
	/* Of an MX or CNAME: lower case, without the last dot; the root is
	 * empty. */
	struct span name;
};

/*
 * wire_answers - the records of one type that an answer gives for its
 * question, behind any CNAMEs
 *
 * Returns how many; *out is an array in memory of the arena.  *canonical is
 * the name that the CNAMEs end at, the question's own if there are none.
 * Returns -1 if the packet is damaged, or if the CNAMEs go in a circle.
 */
int wire_answers(struct wire_record **out, struct span *canonical,
    struct span packet, enum wire_type type, struct arena *);

/* Whether the answer was cut to fit its packet. [1035:4.1.1] */
bool wire_truncated(struct span packet);

/* Whether the server says that it validated the answer. [4035:3.2.3] */
bool wire_authentic(struct span packet);

/* The response code; -1 if the packet is too short to have one. */
int wire_rcode(struct span packet);

/*
 * Whether the text can be a domain name: labels of 1 to 63 bytes, 253 in
 * all, a last dot allowed.                                   [1035:2.3.4]
 */
bool wire_name_ok(struct span name);

#endif
