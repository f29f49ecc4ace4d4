/*
 * settings - every control file and variable, declared once
 *
 * Long because each of them has its row here.
 */
#include "file/settings.h"

#include "base/buf.h"
#include "base/compiler.h"
#include "base/num.h"
#include "file/listing.h"
#include "file/safename.h"

#include <errno.h>
#include <string.h>

/* clang-format off */
static const struct setting_row table[] = {
[SET_CONTROLDIR]      = { NULL, "CONTROLDIR", NULL, "directory", NULL,
	"where control files are" },
[SET_CERTDIR]         = { NULL, "CERTDIR", NULL, "directory", NULL,
	"where certificates and lists of TLS hosts are" },
[SET_QUEUEDIR]        = { NULL, "QUEUEDIR", NULL, "directory", NULL,
	"the queue; its lock/tcpto is the timeout table" },
[SET_ME]              = { "me", NULL, NULL, "line", NULL,
	"this host's name" },
[SET_HELOHOST]        = { "helohost", NULL, NULL, "line", "me",
	"the name to say hello with" },
[SET_HELOHOSTBYIP]    = { "helohostbyip", NULL, "HELOHOSTBYIP", "map", NULL,
	"the name to say hello with, by local address" },
[SET_SMTPROUTES]      = { "smtproutes", NULL, "SMTPROUTESFILE", "map", NULL,
	"artificial SMTP routes; smtproutes.cdb takes its place" },
[SET_SMTPROUTE]       = { NULL, "SMTPROUTE", NULL, "map", NULL,
	"routes in place of smtproutes" },
[SET_X_SMTPROUTES]    = { NULL, "X-SMTPROUTES", NULL, "map", NULL,
	"the same, if SMTPROUTE is not set" },
[SET_X_SMTPROUTES_TOO] = { NULL, "X_SMTPROUTES", NULL, "map", NULL,
	"the same, for shells that cannot set X-SMTPROUTES" },
[SET_QMTPROUTES]      = { "qmtproutes", NULL, "QMTPROUTESFILE", "map", NULL,
	"artificial QMTP routes; qmtproutes.cdb takes its place" },
[SET_QMTPROUTE]       = { NULL, "QMTPROUTE", NULL, "map", NULL,
	"routes in place of qmtproutes" },
[SET_MORESMTPROUTES]  = { "moresmtproutes.cdb", NULL, "MORESMTPROUTESCDB",
	"database", NULL, "artificial SMTP routes by recipient address" },
[SET_REMOTE_AUTH]     = { "remote_auth.cdb", NULL, NULL, "database", NULL,
	"users and passwords for relays" },
[SET_BINDROUTES]      = { "bindroutes", NULL, NULL, "map", NULL,
	"local addresses, by the server's address" },
[SET_DOMAINBINDINGS]  = { "domainbindings", NULL, "DOMAINBINDINGS", "map",
	NULL, "local addresses, by the sender's address or domain" },
[SET_OUTGOINGIP_VARIABLE] = { NULL, "OUTGOINGIP", NULL, "line", NULL,
	"the local address" },
[SET_OUTGOINGIP_HOST] = { "outgoingip.HOST", NULL, NULL, "list", NULL,
	"local addresses for mail to one host" },
[SET_OUTGOINGIP]      = { "outgoingip", NULL, NULL, "list", NULL,
	"local addresses" },
[SET_TIMEOUTCONNECT]  = { "timeoutconnect", NULL, NULL, "number", "60",
	"seconds to wait for a connection" },
[SET_TIMEOUTREMOTE]   = { "timeoutremote", NULL, NULL, "number", "1200",
	"seconds to wait for a reply, or for progress while sending" },
[SET_TIMEOUTDELIVERY] = { "timeoutdelivery", NULL, NULL, "number", NULL,
	"seconds a whole delivery may take; 0: no limit" },
[SET_TIMEOUTDNS]      = { "timeoutdns", NULL, NULL, "number", "120",
	"seconds all DNS lookups of a delivery may take" },
[SET_DNSSERVERS]      = { "dnsservers", "DNSCACHEIP", NULL, "list", NULL,
	"resolvers to ask, in place of those of the system" },
[SET_IPFAMILY]        = { "ipfamily", NULL, NULL, "line", "prefer-ipv4",
	"which addresses to use: any, ipv4, ipv6, prefer-ipv4, prefer-ipv6" },
[SET_NOTIPME]         = { "notipme", NULL, NULL, "list", NULL,
	"local addresses that are not ours as a mail exchanger" },
[SET_MOREIPME]        = { "moreipme", NULL, NULL, "list", NULL,
	"more addresses that are ours as a mail exchanger" },
[SET_CNAME_LOOKUPS]   = { NULL, "CNAME_LOOKUPS", NULL, "switch", NULL,
	"replace recipient domains by their canonical names" },
[SET_DISABLE_CNAME_LOOKUPS] = { NULL, "DISABLE_CNAME_LOOKUPS", NULL, "switch",
	NULL, "do not, even if CNAME_LOOKUPS is set" },
[SET_DISABLE_CNAME_LOOKUP] = { NULL, "DISABLE_CNAME_LOOKUP", NULL, "switch",
	NULL, "the same" },
[SET_TRY_NEXT_MX_HELO_FAIL] = { NULL, "TRY_NEXT_MX_HELO_FAIL", NULL, "switch",
	NULL, "after a 4xx reply to EHLO or HELO, try the next server" },
[SET_DISABLE_MXPS]    = { NULL, "DISABLE_MXPS", NULL, "switch", NULL,
	"no QMTP to exchangers whose preference stands for it" },
[SET_MIN_PENALTY]     = { NULL, "MIN_PENALTY", NULL, "number", "3600",
	"seconds a server that failed is left in peace; 0: never" },
[SET_MAX_TOLERANCE]   = { NULL, "MAX_TOLERANCE", NULL, "number", "120",
	"seconds a server may fail before that counts again" },
[SET_EHLODISCARD]     = { "ehlodiscard", "EHLODISCARD", NULL, "list", NULL,
	"EHLO keywords to take as not offered" },
[SET_SMTPUTF8]        = { NULL, "SMTPUTF8", NULL, "switch", NULL,
	"respect addresses and headers in UTF-8" },
[SET_BATVKEY]         = { "batvkey", "SIGNKEY", "BATVKEY", "secret", NULL,
	"the key that senders are signed with" },
[SET_BATVMETHOD]      = { NULL, "BATVMETHOD", NULL, "line", "md5",
	"how senders are signed: md5, hmac-sha1" },
[SET_BATVNOSIGNREMOTE] = { "batvnosignremote", NULL, "BATVNOSIGNREMOTE",
	"list", NULL, "hosts that get mail with senders not signed" },
[SET_BATVNOSIGNLOCALS] = { "batvnosignlocals", NULL, "BATVNOSIGNLOCALS",
	"list", NULL, "domains whose senders are not signed" },
[SET_DSN_NOTIFY]      = { NULL, "DSN_NOTIFY", NULL, "line", NULL,
	"when servers are to notify the sender" },
[SET_DSN_RET]         = { NULL, "DSN_RET", NULL, "line", NULL,
	"how much of the message they return: FULL, HDRS" },
[SET_DSN_ENVID]       = { NULL, "DSN_ENVID", NULL, "line", NULL,
	"what their notifications call the message" },
[SET_DSN_ORCPT]       = { NULL, "DSN_ORCPT", NULL, "line", NULL,
	"what they call its recipient: type;address" },
[SET_SMTPS]           = { NULL, "SMTPS", NULL, "switch", NULL,
	"TLS from the first byte" },
[SET_DANE_VERIFICATION] = { NULL, "DANE_VERIFICATION", NULL, "switch", NULL,
	"verify servers by DANE; host@port: ask qmail-daned there first" },
[SET_DANETIMEOUT]     = { NULL, "DANETIMEOUT", NULL, "number", "10",
	"seconds to wait for qmail-daned" },
[SET_TLSADOMAINS]     = { "tlsadomains", NULL, "TLSADOMAINS", "list", NULL,
	"servers that DANE is for; tlsadomains.cdb is asked as well" },
[SET_DNSSEC]          = { "dnssec", NULL, NULL, "line", "validate",
	"validate, or trust-ad for a resolver on loopback that does" },
[SET_TRUSTANCHOR]     = { "trustanchor", NULL, NULL, "line", NULL,
	"a file with trust anchors for DNSSEC" },
[SET_REQUIRETLS]      = { NULL, "REQUIRETLS", NULL, "switch", NULL,
	"deliver only over verified TLS, to servers that demand it, too" },
[SET_REQUIRE_AUTH]    = { "requireauth", "REQUIRE_AUTH", NULL, "switch", NULL,
	"deliver only after a login" },
[SET_AUTH_SMTP]       = { NULL, "AUTH_SMTP", NULL, "switch", NULL,
	"log in to relays whose route has a login; by this mechanism" },
[SET_SECURE_AUTH]     = { NULL, "SECURE_AUTH", NULL, "switch", NULL,
	"show a password or token in TLS only" },
[SET_SALTED_PASSWORD] = { NULL, "SALTED_PASSWORD", NULL, "switch", NULL,
	"passwords are salted ones, for SCRAM" },
[SET_AUTH_PERMFAIL]   = { NULL, "AUTH_PERMFAIL", NULL, "switch", NULL,
	"bounce mail when a login is refused for good" },
[SET_AUTH_SUBMITTER]  = { NULL, "AUTH_SUBMITTER", NULL, "line", NULL,
	"the address to name as the submitter after a login, or <>" },
[SET_AUTH_SECRET_FILE] = { NULL, "AUTH_SECRET_FILE", NULL, "line", NULL,
	"a file whose first line is the password, if that is -" },
[SET_AUTH_SECRET_PROGRAM] = { NULL, "AUTH_SECRET_PROGRAM", NULL, "line", NULL,
	"a program whose first line is the password, if that is -" },
[SET_REALM]           = { "realm", NULL, NULL, "line", "me",
	"which realm of a DIGEST-MD5 server to take" },
[SET_DISABLE_AUTH_LOGIN] = { NULL, "DISABLE_AUTH_LOGIN", NULL, "switch", NULL,
	"no LOGIN" },
[SET_DISABLE_AUTH_PLAIN] = { NULL, "DISABLE_AUTH_PLAIN", NULL, "switch", NULL,
	"no PLAIN" },
[SET_DISABLE_AUTH_OAUTH2] = { NULL, "DISABLE_AUTH_OAUTH2", NULL, "switch",
	NULL, "no XOAUTH2, no OAUTHBEARER" },
[SET_DISABLE_CRAM_MD5] = { NULL, "DISABLE_CRAM_MD5", NULL, "switch", NULL,
	"no CRAM-MD5" },
[SET_DISABLE_CRAM_SHA1] = { NULL, "DISABLE_CRAM_SHA1", NULL, "switch", NULL,
	"no CRAM-SHA1" },
[SET_DISABLE_CRAM_SHA224] = { NULL, "DISABLE_CRAM_SHA224", NULL, "switch",
	NULL, "no CRAM-SHA224" },
[SET_DISABLE_CRAM_SHA256] = { NULL, "DISABLE_CRAM_SHA256", NULL, "switch",
	NULL, "no CRAM-SHA256" },
[SET_DISABLE_CRAM_SHA384] = { NULL, "DISABLE_CRAM_SHA384", NULL, "switch",
	NULL, "no CRAM-SHA384" },
[SET_DISABLE_CRAM_SHA512] = { NULL, "DISABLE_CRAM_SHA512", NULL, "switch",
	NULL, "no CRAM-SHA512" },
[SET_DISABLE_CRAM_RIPEMD] = { NULL, "DISABLE_CRAM_RIPEMD", NULL, "switch",
	NULL, "no CRAM-RIPEMD" },
[SET_DISABLE_DIGEST_MD5] = { NULL, "DISABLE_DIGEST_MD5", NULL, "switch", NULL,
	"no DIGEST-MD5" },
[SET_DISABLE_SCRAM_SHA1] = { NULL, "DISABLE_SCRAM_SHA1", NULL, "switch", NULL,
	"no SCRAM-SHA-1" },
[SET_DISABLE_SCRAM_SHA256] = { NULL, "DISABLE_SCRAM_SHA256", NULL, "switch",
	NULL, "no SCRAM-SHA-256" },
[SET_DISABLE_SCRAM_SHA1_PLUS] = { NULL, "DISABLE_SCRAM_SHA1_PLUS", NULL,
	"switch", NULL, "no SCRAM-SHA-1-PLUS" },
[SET_DISABLE_SCRAM_SHA256_PLUS] = { NULL, "DISABLE_SCRAM_SHA256_PLUS", NULL,
	"switch", NULL, "no SCRAM-SHA-256-PLUS" },
[SET_TLSPOLICY]       = { "tlspolicy", "TLSPOLICY", NULL, "list", NULL,
	"how much TLS is demanded, by domain" },
[SET_CLIENTCERT]      = { NULL, "CLIENTCERT", NULL, "line", "clientcert.pem",
	"our certificate and key, below CERTDIR" },
[SET_NOTLHOSTS]       = { "notlhosts", NULL, "NOTLSHOSTS", "list", NULL,
	"domains and servers that get no TLS" },
[SET_NOTLSHOSTS_TOO]  = { "notlshosts", NULL, NULL, "list", NULL,
	"the same" },
[SET_TLSCLIENTMETHOD] = { "tlsclientmethod", NULL, NULL, "line", NULL,
	"TLS versions: TLSv1_2, TLSv1_3, or lowest:highest" },
[SET_CLIENTCIPHERLIST] = { "clientcipherlist", "TLS_CIPHER_LIST", NULL,
	"line", NULL, "ciphers up to TLS 1.2, as OpenSSL has them" },
[SET_CLIENTCIPHERSUITE] = { "clientciphersuite", "TLS_CIPHER_SUITE", NULL,
	"line", NULL, "cipher suites from TLS 1.3 on" },
[SET_QREMOTE]         = { NULL, "QREMOTE", NULL, "line", NULL,
	"what spawn-filter and rd-remote run in place of qmail-remote" },
[SET_QREGEX]          = { NULL, "QREGEX", NULL, "switch", NULL,
	"patterns of spawn-filter and rd-remote are regular expressions" },
[SET_FILTERARGS_VARIABLE] = { NULL, "FILTERARGS", NULL, "command", NULL,
	"the filter that spawn-filter runs" },
[SET_FILTERARGS]      = { "filterargs", NULL, NULL, "map", NULL,
	"filters of spawn-filter, by domain" },
[SET_MATCH_RECIPIENT_DOMAIN] = { NULL, "MATCH_RECIPIENT_DOMAIN", NULL, "switch",
	NULL, "by the recipient's domain, not by the sender's" },
[SET_FROMD_ENVRULES]  = { "fromd.envrules", NULL, "FROMRULES", "map", NULL,
	"variables that spawn-filter sets, by sender" },
[SET_RCPT_ENVRULES]   = { "rcpt.envrules", NULL, "RCPTRULES", "map", NULL,
	"variables that spawn-filter sets, by recipient" },
[SET_SPAMFILTER]      = { "spamfilter", "SPAMFILTER", NULL, "map", NULL,
	"a spam filter, which spawn-filter puts mail off for" },
[SET_FILTER_TIMEOUT]  = { NULL, "FILTER_TIMEOUT", NULL, "number", "600",
	"seconds a filter of spawn-filter may take; 0: no limit" },
[SET_REDIRECTREMOTE]  = { "redirectremote", NULL, NULL, "map", NULL,
	"where rd-remote sends mail instead" },
[SET_TMPDIR]          = { NULL, "TMPDIR", NULL, "line", "/tmp",
	"where messages are kept while they are filtered" },
[SET_ONSUCCESS_REMOTE] = { NULL, "ONSUCCESS_REMOTE", NULL, "line", NULL,
	"a program to run after a message was accepted" },
[SET_ONFAILURE_REMOTE] = { NULL, "ONFAILURE_REMOTE", NULL, "line", NULL,
	"a program to run after a message was refused" },
[SET_ONTEMPORARY_REMOTE] = { NULL, "ONTEMPORARY_REMOTE", NULL, "line", NULL,
	"a program to run after a message was put off" },
[SET_HOOK_TIMEOUT]    = { NULL, "HOOK_TIMEOUT", NULL, "number", "60",
	"seconds such a program may run; 0: no limit" },
[SET_HOOK_EXIT]       = { NULL, "HOOK_EXIT", NULL, "line", NULL,
	"ignore: its exit status does not matter" },
[SET_TRACE]           = { NULL, "QMAIL_REMOTE_TRACE", NULL, "line", NULL,
	"a file, or the number of a descriptor, for a trace of the delivery" },
};
/* clang-format on */

_Static_assert(COUNT_OF(table) == SETTINGS, "a setting has no row");

struct settings {
	const struct env *env;
	const struct settings_defaults *defaults;
	struct arena *arena;
	const char *controldir;
	struct listing listing;
};

/*
 * settings_row - the row of a setting
 */
const struct setting_row *
settings_row(enum setting id)
{
	return &table[id];
}

/*
 * variable - the value of a variable that is set and not empty
 */
static bool
variable(struct span *out, const struct settings *s, const char *name)
{
	return name != NULL && env_get(out, s->env, name) && out->n > 0;
}

/*
 * settings_dir - a directory
 */
const char *
settings_dir(const struct settings *s, enum setting id)
{
	struct span value;

	if (variable(&value, s, table[id].env))
		return value.p;
	switch (id) {
	case SET_CERTDIR:
		return s->defaults->certdir;
	case SET_QUEUEDIR:
		return s->defaults->queuedir;
	default:
		return s->defaults->controldir;
	}
}

/*
 * settings_new - the settings of one delivery
 */
struct settings *
settings_new(const struct env *env, const struct settings_defaults *defaults,
    struct arena *a)
{
	struct settings *s = arena_zero(a, sizeof(*s));

	s->env = env;
	s->defaults = defaults;
	s->arena = a;
	s->controldir = settings_dir(s, SET_CONTROLDIR);
	listing_read(&s->listing, s->controldir);
	return s;
}

/*
 * settings_flag - whether a switch is set
 */
bool
settings_flag(const struct settings *s, enum setting id)
{
	struct span value;

	return env_get(&value, s->env, table[id].env) ||
	       (table[id].file != NULL &&
	           listing_may_have(&s->listing, span_of(table[id].file)) &&
	           settings_has_file(s, &value, span_of(table[id].file)));
}

/*
 * path_of - the path of a file, and whether it may be there
 *
 * A name that begins with '/' or '.' is a path, which only a variable can
 * give; any other is below the control directory.
 */
static const char *
path_of(const struct settings *s, struct span name, bool *may_be_there)
{
	struct buf b;

	*may_be_there = true;
	buf_init(&b, s->arena, SIZE_MAX);
	if (name.p[0] != '/' && name.p[0] != '.') {
		*may_be_there = span_find(name, '/') < name.n ||
		                listing_may_have(&s->listing, name);
		buf_puts(&b, s->controldir);
		buf_putc(&b, '/');
	}
	buf_put(&b, name);
	buf_putc(&b, '\0');
	return b.p;
}

/*
 * name_of - the name of a setting's file, as a variable may have it
 */
static struct span
name_of(const struct settings *s, const struct setting_row *row)
{
	struct span name;

	return variable(&name, s, row->renamed_by) ? name : span_of(row->file);
}

/*
 * read_file - the text of a file, if it is there
 */
static enum cause
read_file(struct span *out, struct span *source, struct settings *s,
    struct span name, struct fault *fault)
{
	bool may_be_there;
	const char *path = path_of(s, name, &may_be_there);
	enum cause c;

	*source = span_of(path);
	if (!may_be_there)
		return BY_LACK;
	*fault = (struct fault){ .why.file = *source };
	c = control_read(out, path, s->arena, &fault->err, &fault->why.line);
	if (c == BY_GARBLE)
		fault->why.rule = SPAN("a NUL byte");
	return c;
}

/*
 * value_of - the text of a setting, and where it comes from
 *
 * BY_LACK: neither the variable nor the file is there.
 */
static enum cause
value_of(struct span *out, struct span *source, struct settings *s,
    const struct setting_row *row, struct fault *fault)
{
	*out = SPAN("");
	*source = span_of(row->env);
	if (variable(out, s, row->env))
		return BY_NOTHING;
	if (row->file == NULL)
		return BY_LACK;
	return read_file(out, source, s, name_of(s, row), fault);
}

/*
 * settings_text - a line
 */
enum cause
settings_text(
    struct span *out, struct settings *s, enum setting id, struct fault *fault)
{
	const struct setting_row *row = &table[id];
	struct span source;
	enum cause c;

	c = value_of(out, &source, s, row, fault);
	if (c != BY_NOTHING && c != BY_LACK)
		return c;
	*out = control_first(*out);
	if (out->n > 0)
		return BY_NOTHING;
	if (id == SET_HELOHOST || id == SET_REALM)
		return settings_text(out, s, SET_ME, fault);
	*out = span_of(row->unless_given);
	return BY_NOTHING;
}

/*
 * settings_number - a number
 */
enum cause
settings_number(
    uint64_t *out, struct settings *s, enum setting id, struct fault *fault)
{
	const struct setting_row *row = &table[id];
	struct span text, source;
	enum cause c;

	c = value_of(&text, &source, s, row, fault);
	if (c != BY_NOTHING && c != BY_LACK)
		return c;
	text = control_first(text);
	if (text.n == 0)
		text = span_of(row->unless_given);
	if (text.n == 0 || num_leading(out, text))
		return BY_NOTHING;
	*fault = (struct fault){ { source, 1, SPAN("not a number") }, 0 };
	return BY_GARBLE;
}

/*
 * settings_list - the lines of a list or map
 */
enum cause
settings_list(struct control *out, struct span *source, struct settings *s,
    enum setting id, struct fault *fault)
{
	enum cause c;

	*out = (struct control){ 0 };
	c = value_of(&out->rest, source, s, &table[id], fault);
	return c == BY_LACK ? BY_NOTHING : c;
}

/*
 * settings_list_of - the lines of a file of each host
 *
 * In lower case first, then as it is written.
 */
enum cause
settings_list_of(struct control *out, struct span *source, struct settings *s,
    enum setting id, struct span host, struct fault *fault)
{
	struct span stem = span_of(table[id].file);
	enum cause c = BY_LACK;

	*out = (struct control){ 0 };
	*source = stem;
	stem = span_head(stem, span_find(stem, '.') + 1);
	for (int lower = 1; lower >= 0 && c == BY_LACK; lower--) {
		struct span safe;
		struct buf b;

		if (!safename(&safe, host, lower != 0, s->arena))
			break;
		buf_init(&b, s->arena, SIZE_MAX);
		buf_put(&b, stem);
		buf_put(&b, safe);
		c = read_file(&out->rest, source, s, buf_span(&b), fault);
		/* A name that is too long for a file has none. */
		if (c == BY_SYSTEM && fault->err == ENAMETOOLONG)
			c = BY_LACK;
	}
	return c == BY_LACK ? BY_NOTHING : c;
}

/*
 * settings_database - the database of a setting
 */
enum cause
settings_database(
    struct cdb *out, struct settings *s, enum setting id, struct fault *fault)
{
	struct span name = name_of(s, &table[id]);
	bool may_be_there;
	const char *path;
	enum cause c;
	struct buf b;

	buf_init(&b, s->arena, SIZE_MAX);
	buf_put(&b, name);
	/* A variable names a database itself, whatever it is called. */
	if (!span_ends(name, SPAN(".cdb")) &&
	    !span_ends(span_of(table[id].file), SPAN(".cdb")))
		buf_put(&b, SPAN(".cdb"));
	path = path_of(s, buf_span(&b), &may_be_there);
	if (!may_be_there)
		return BY_LACK;
	*fault = (struct fault){ .why.file = span_of(path) };
	c = cdb_open(out, path, s->arena, &fault->err);
	if (c == BY_GARBLE)
		fault->why.rule = SPAN("not a database");
	return c;
}

/*
 * settings_with - the same settings in another environment
 */
struct settings *
settings_with(const struct settings *s, const struct env *env)
{
	struct settings *changed = arena_take(s->arena, sizeof(*changed));

	*changed = *s;
	changed->env = env;
	return changed;
}

/*
 * settings_arena - the memory they live in
 */
struct arena *
settings_arena(const struct settings *s)
{
	return s->arena;
}

/*
 * settings_env - the environment they were made for
 */
const struct env *
settings_env(const struct settings *s)
{
	return s->env;
}

/*
 * settings_env_for_others - the environment without what may be secret
 */
struct env
settings_env_for_others(const struct settings *s)
{
	static const enum setting secrets[] = { SET_SMTPROUTE, SET_X_SMTPROUTES,
		SET_X_SMTPROUTES_TOO, SET_QMTPROUTE, SET_BATVKEY };
	const char *names[COUNT_OF(secrets)];
	struct env env;

	for (size_t i = 0; i < COUNT_OF(secrets); i++)
		names[i] = table[secrets[i]].env;
	env_without(&env, s->env, names, COUNT_OF(names), s->arena);
	return env;
}

/*
 * settings_show - the text of any setting, and where it comes from
 */
enum cause
settings_show(struct span *value, struct span *source, struct settings *s,
    enum setting id, struct fault *fault)
{
	const struct setting_row *row = &table[id];
	enum cause c;

	c = value_of(value, source, s, row, fault);
	if (c != BY_LACK)
		return c;
	if (strcmp(row->type, "switch") == 0 && settings_flag(s, id)) {
		*source = span_of(row->env);
		return BY_NOTHING;
	}
	*source = SPAN("default");
	if (id == SET_CONTROLDIR || id == SET_CERTDIR || id == SET_QUEUEDIR)
		*value = span_of(settings_dir(s, id));
	else if (id == SET_HELOHOST || id == SET_REALM)
		return settings_show(value, source, s, SET_ME, fault);
	else
		*value = span_of(row->unless_given);
	return value->n > 0 ? BY_NOTHING : BY_LACK;
}
