/*
 * demand - protection that was asked for and that this program cannot give
 */
#include "delivery/demand.h"

#include "base/buf.h"
#include "base/compiler.h"
#include "file/safename.h"

#include <errno.h>
#include <unistd.h>

enum {
	SMTPS_PORT = 465,
};

/*
 * demand - says what is asked for, and by whom
 */
static int
demand(struct trouble *t, struct why why, const char *what)
{
	*t = (struct trouble){ .stage = AT_DEMAND,
		.cause = BY_LACK,
		.about = span_of(what),
		.why = why };
	return -1;
}

/*
 * is_strict - whether a level of tlspolicy forbids clear text
 */
static bool
is_strict(struct span level)
{
	return span_equal_nocase(level, SPAN("encrypt")) ||
	       span_equal_nocase(level, SPAN("verify"));
}

/*
 * check_tlspolicy - lines "level", and "domain:level" for the host
 */
static int
check_tlspolicy(struct settings *s, struct span host, struct trouble *t)
{
	struct control lines;
	struct span source, line;
	struct fault f;
	enum cause c;

	c = settings_list(&lines, &source, s, SET_TLSPOLICY, &f);
	if (c != BY_NOTHING) {
		*t = (struct trouble){ .stage = AT_CONTROL,
			.cause = c,
			.err = f.err,
			.why = f.why };
		return -1;
	}
	while (control_next(&line, &lines)) {
		struct span level = line;
		struct span domain = SPAN("");
		size_t colon = span_find_last(line, ':');

		if (colon < line.n) {
			domain = span_head(line, colon);
			level = span_tail(line, colon + 1);
		}
		if (is_strict(level) &&
		    (domain.n == 0 || span_equal_nocase(domain, host)))
			return demand(
			    t, (struct why){ source, lines.line, line }, "TLS");
	}
	return 0;
}

/*
 * demand_check - what the settings or the route ask of every server
 */
int
demand_check(struct settings *s, const struct path *p, struct span host,
    struct trouble *t)
{
	static const struct {
		enum setting id;
		const char *what;
	} switches[] = {
		{ SET_SMTPS, "TLS" },
		{ SET_DANE_VERIFICATION, "DANE" },
		{ SET_REQUIRETLS, "TLS" },
		{ SET_REQUIRE_AUTH, "a login" },
	};

	for (size_t i = 0; i < COUNT_OF(switches); i++) {
		struct span name = span_of(settings_row(switches[i].id)->env);

		if (settings_flag(s, switches[i].id))
			return demand(t, (struct why){ name, 0, SPAN("") },
			    switches[i].what);
	}
	if (p->route.port == SMTPS_PORT)
		return demand(t, p->route.why, "TLS on port 465");
	if (p->route.protocol == ROUTE_QMTP)
		return demand(t, p->route.why, "QMTP");
	if (p->login.user.n > 0 && settings_flag(s, SET_AUTH_SMTP))
		return demand(t, p->login.why, "a login");
	return check_tlspolicy(s, host, t);
}

/*
 * has_certificate - whether certdir/tlshosts/NAME.pem is there
 *
 * If that cannot be told, it is: what it demands must not be left out.  A
 * name that is too long for a file has none.
 */
static bool
has_certificate(
    struct span *path, const char *certdir, struct span name, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, SIZE_MAX);
	buf_puts(&b, certdir);
	buf_puts(&b, "/tlshosts/");
	buf_put(&b, name);
	buf_put(&b, SPAN(".pem"));
	buf_putc(&b, '\0');
	*path = span_of(b.p);
	return access(b.p, F_OK) == 0 ||
	       (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG);
}

/*
 * demand_of_server - whether a server's certificate is demanded
 *
 * The file's name is in lower case, or as the server's is written.
 */
int
demand_of_server(
    const char *certdir, struct span name, struct arena *a, struct trouble *t)
{
	for (int lower = 1; lower >= 0; lower--) {
		struct span safe, path;

		if (!safename(&safe, name, lower != 0, a))
			break;
		if (has_certificate(&path, certdir, safe, a))
			return demand(t, (struct why){ path, 0, SPAN("") },
			    "verified TLS");
	}
	return 0;
}
