/*
 * unbound - a resolver back end that validates: libunbound's
 *
 * The only file that knows libunbound.  It resolves in a thread of its own,
 * so that we can wait for it by a deadline.
 */
#include "dns/unbound.h"

#include "base/buf.h"
#include "base/num.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unbound.h>

enum {
	CLASS_IN = 1,
	SERVER_MAX = IP_TEXT_MAX + 8,
	WHY_MAX = 8192,
};

struct unbound {
	struct resolver resolver;
	struct ub_ctx *context;
	instant by;
};

/* What an answer that is on its way comes to. */
struct pending {
	bool done;
	int err;
	struct ub_result *result;
};

/*
 * on_answer - an answer came
 */
static void
on_answer(void *data, int err, struct ub_result *result)
{
	struct pending *p = data;

	p->done = true;
	p->err = err;
	p->result = result;
}

/*
 * await - waits for an answer, until the deadline
 */
static bool
await(struct unbound *u, struct pending *p)
{
	struct pollfd fd = { .fd = ub_fd(u->context), .events = POLLIN };

	while (!p->done) {
		int left = clock_left(u->by);
		int n = left == 0 ? 0 : poll(&fd, 1, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || ub_process(u->context) != 0)
			return false;
	}
	return p->err == 0;
}

/*
 * judge - what an answer is worth
 */
static enum dns_status
judge(struct unbound *u, struct span *packet, const struct ub_result *r,
    struct arena *a)
{
	u->resolver.secure = r->secure != 0;
	u->resolver.bogus = r->bogus != 0;
	if (r->bogus)
		return DNS_SOFT;
	if (r->nxdomain)
		return DNS_NXDOMAIN;
	if (r->rcode != 0 || r->answer_packet == NULL)
		return DNS_SOFT;
	*packet = arena_copy(
	    a, (struct span){ r->answer_packet, (size_t)r->answer_len });
	return DNS_OK;
}

/*
 * unbound_ask - one question
 */
static enum dns_status
unbound_ask(struct resolver *r, struct span *packet, const char *name,
    enum wire_type type, struct arena *a)
{
	struct unbound *u = (struct unbound *)r;
	struct pending *p = arena_zero(a, sizeof(*p));
	enum dns_status s = DNS_SOFT;
	int id = 0;

	r->secure = r->bogus = false;
	if (ub_resolve_async(
	        u->context, name, (int)type, CLASS_IN, p, on_answer, &id) != 0)
		return DNS_SOFT;
	if (await(u, p))
		s = judge(u, packet, p->result, a);
	else if (!p->done)
		(void)ub_cancel(u->context, id);
	ub_resolve_free(p->result);
	return s;
}

/*
 * add_servers - whom to ask
 */
static int
add_servers(struct ub_ctx *c, const struct unbound_terms *t)
{
	int err = 0;

	if (t->n == 0)
		return ub_ctx_resolvconf(c, NULL);
	for (size_t i = 0; i < t->n && err == 0; i++) {
		char text[IP_TEXT_MAX], digits[NUM_MAX];
		char server[SERVER_MAX];
		struct span ip = ip_text(text, &t->servers[i].ip);
		struct span port = num_text(digits, t->servers[i].port);

		memcpy(server, ip.p, ip.n);
		server[ip.n] = '@';
		memcpy(server + ip.n + 1, port.p, port.n);
		server[ip.n + 1 + port.n] = '\0';
		err = ub_ctx_set_fwd(c, server);
	}
	return err;
}

/*
 * say_why - what is wrong with libunbound; it does not say what with
 */
static void
say_why(struct span *why, int err, const char *anchor, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, WHY_MAX);
	buf_puts(&b, "libunbound with the trust anchor ");
	buf_puts(&b, anchor);
	buf_puts(&b, ": ");
	buf_puts(&b, ub_strerror(err));
	*why = buf_span(&b);
}

/*
 * unbound_open - a resolver
 *
 * Of its own accord it would not ask on loopback, and would know better than
 * DNS what is below "test.": both are undone.
 */
static struct resolver *
unbound_open(const struct unbound_terms *t, struct span *why, struct arena *a)
{
	struct unbound *u = arena_zero(a, sizeof(*u));
	int err = 0;

	u->resolver.ask = unbound_ask;
	u->resolver.trace = t->trace;
	u->by = t->by;
	u->context = ub_ctx_create();
	if (u->context == NULL) {
		*why = SPAN("libunbound cannot be used");
		return NULL;
	}
	/* It would write to fd 2, which is the report's pipe. */
	(void)ub_ctx_debugout(u->context, NULL);
	if ((err = ub_ctx_set_option(
	         u->context, "do-not-query-localhost:", "no")) == 0 &&
	    (err = add_servers(u->context, t)) == 0 &&
	    (err = ub_ctx_add_ta_file(u->context, t->anchor)) == 0 &&
	    (err = ub_ctx_async(u->context, 1)) == 0 &&
	    (err = ub_ctx_zone_add(u->context, "test.", "transparent")) == 0)
		return &u->resolver;
	say_why(why, err, t->anchor, a);
	ub_ctx_delete(u->context);
	return NULL;
}

const struct unbound_module qremote_unbound = { unbound_open };
