/*
 * fake - a resolver for unit tests, which knows some rows and nothing else
 */
#ifndef DNS_FAKE_H
#define DNS_FAKE_H

#include "base/buf.h"
#include "base/check.h"
#include "base/num.h"
#include "dns/resolver.h"

#include <arpa/inet.h>

/* One record, or what is to be said of a name and type in place of any. */
struct fake_row {
	const char *name;
	enum wire_type type;
	enum dns_status status;
	bool secure;
	/* An address or a name; of a TLSA, three digits and its data; of an MX,
	 * a name, perhaps behind its preference, which is else 10. */
	const char *data;
};

struct fake {
	struct resolver resolver;
	const struct fake_row *rows;
	size_t n;
	/* The names asked for TLSA and CNAME, with a bar behind each. */
	char asked[400];
	/* Those asked for anything else: "MX example.org|". */
	char hosts[400];
};

/*
 * fake_name - a name, uncompressed                           [1035:3.1]
 */
static inline void
fake_name(struct buf *b, const char *text)
{
	struct span rest = span_of(text);

	while (rest.n > 0) {
		struct span label = span_cut(&rest, '.');

		buf_putc(b, (char)label.n);
		buf_put(b, label);
	}
	buf_putc(b, '\0');
}

/*
 * fake_mx - the data of an MX                                [1035:3.3.9]
 */
static inline void
fake_mx(struct buf *b, const char *text)
{
	const char *name = strchr(text, ' ');
	uint64_t preference = 10;

	if (name != NULL)
		assert_true(num_leading(&preference, span_of(text)));
	buf_putc(b, (char)(preference >> 8));
	buf_putc(b, (char)preference);
	fake_name(b, name != NULL ? name + 1 : text);
}

/*
 * fake_record - a record of an answer                        [1035:4.1.3]
 */
static inline void
fake_record(struct buf *b, const struct fake_row *r, struct arena *a)
{
	int family = r->type == WIRE_A ? AF_INET : AF_INET6;
	struct span text = span_of(r->data);
	char address[16];
	struct buf data;

	buf_init(&data, a, 300);
	if (r->type == WIRE_TLSA) {
		for (size_t i = 0; i < 3; i++)
			buf_putc(&data, (char)(text.p[i] - '0'));
		buf_put(&data, span_tail(text, 3));
	} else if (r->type == WIRE_A || r->type == WIRE_AAAA) {
		assert_int_equal(inet_pton(family, r->data, address), 1);
		buf_put(&data,
		    (struct span){ address, r->type == WIRE_A ? 4 : 16 });
	} else if (r->type == WIRE_MX) {
		fake_mx(&data, r->data);
	} else {
		fake_name(&data, r->data);
	}
	fake_name(b, r->name);
	buf_putc(b, '\0');
	buf_putc(b, (char)r->type);
	buf_put(b, SPAN("\0\1\0\0\1\x2c\0"));
	buf_putc(b, (char)data.n);
	buf_put(b, buf_span(&data));
}

/*
 * fake_find - adds the records of a name to an answer, behind its CNAME
 */
static inline enum dns_status
fake_find(struct buf *b, char *count, struct fake *f, const char *name,
    enum wire_type type, struct arena *a)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct fake_row *r = &f->rows[i];

		if (strcmp(r->name, name) != 0 ||
		    (r->type != type && r->type != WIRE_CNAME))
			continue;
		f->resolver.secure = f->resolver.secure && r->secure;
		if (r->status != DNS_OK)
			return r->status;
		fake_record(b, r, a);
		++*count;
		if (r->type == WIRE_CNAME && type != WIRE_CNAME)
			return fake_find(b, count, f, r->data, type, a);
	}
	return DNS_OK;
}

/*
 * fake_ask - the answer that the rows give
 */
static inline enum dns_status
fake_ask(struct resolver *r, struct span *packet, const char *name,
    enum wire_type type, struct arena *a)
{
	struct fake *f = (struct fake *)r;
	bool host = type != WIRE_TLSA && type != WIRE_CNAME;
	char *asked = host ? f->hosts : f->asked;
	size_t at = strlen(asked);
	struct buf records, b;
	enum dns_status s;
	char count = 0;

	(void)snprintf(asked + at, sizeof(f->asked) - at, "%s%s|",
	    !host             ? ""
	    : type == WIRE_MX ? "MX "
	    : type == WIRE_A  ? "A "
	                      : "AAAA ",
	    name);
	r->secure = true;
	buf_init(&records, a, 2000);
	s = fake_find(&records, &count, f, name, type, a);
	if (s != DNS_OK)
		return s;
	buf_init(&b, a, 2500);
	buf_put(&b, SPAN("\x12\x34\x81\x80\0\1\0"));
	buf_putc(&b, count);
	buf_put(&b, SPAN("\0\0\0\0"));
	fake_name(&b, name);
	buf_putc(&b, '\0');
	buf_putc(&b, (char)type);
	buf_put(&b, SPAN("\0\1"));
	buf_put(&b, buf_span(&records));
	*packet = buf_span(&b);
	return DNS_OK;
}

#define FAKE(table)                                                            \
	((struct fake){                                                        \
	    .resolver.ask = fake_ask, .rows = (table), .n = COUNT_OF(table) })

#endif
