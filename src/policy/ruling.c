/*
 * ruling - the table of what each trouble means
 */
#include "policy/ruling.h"

#include "base/compiler.h"

#include <errno.h>
#include <string.h>

#define B(cause) (1u << (cause))
#define GONE (B(BY_SYSTEM) | B(BY_TIMEOUT) | B(BY_CLOSE))
#define SAID (B(BY_4XX) | B(BY_5XX))
#define ANY (~0u)

#define NO_SOCKET "System resources temporarily unavailable: %e"
#define NO_SMTP "Sorry, I wasn't able to establish an SMTP connection"
#define NO_QMTP "Sorry, I wasn't able to establish a QMTP connection"
#define NO_SENSE "Connected to %p but I do not understand what it says"
#define DIED_AT_END "Connected to %p but connection died. Possible duplicate!"
#define CLEAR "QMTP to %p can give neither TLS nor a login, as %w demands"

/*
 * The first row that fits wins; a row with `given` fits only when all of it
 * holds.  A fault of ours or of the network is never REFUSED, so that it
 * never bounces mail; a timeout-table penalty goes to what TRY-01 lists and
 * to nothing else.
 */
/* clang-format off */
static const struct rule {
	enum stage	stage;
	unsigned	causes, given;
	enum act	act;
	enum fate	fate;
	bool		penalise, maybe_twice;
	const char	*ecode;
	const char	*text;
} rules[] = {
{ AT_USAGE,        ANY,          0, STOP, DEFERRED, false, false, "4.3.5",  "I (qmail-remote) was invoked improperly" },
{ AT_MEMORY,       ANY,          0, STOP, DEFERRED, false, false, "4.3.0",  "Out of memory" },
{ AT_ADDRESS,      ANY,          0, STOP, REFUSED,  false, false, "5.1.3",  "Sorry, the address %h has a character in it that no server may see" },
{ AT_MESSAGE,      ANY,          0, STOP, DEFERRED, false, false, "4.3.0",  "Unable to read message: %e" },
{ AT_PARTIAL_LINE, ANY,          0, STOP, REFUSED,  false, false, "5.6.2",  "SMTP cannot transfer messages with partial final lines" },
{ AT_CONTROL,      ANY,          0, STOP, DEFERRED, false, false, "4.3.0",  "Unable to read control files: %w: %e" },
{ AT_ROUTE,        ANY,          0, STOP, DEFERRED, false, false, "4.3.0",  "Unable to follow the route at %w" },
{ AT_SPLIT,        ANY,          0, STOP, DEFERRED, false, false, "4.3.5",  "The recipients need different routes or logins, from %h on" },
{ AT_IDN,          ANY,          0, STOP, DEFERRED, false, false, "4.3.0",  "Unable to make a name for the DNS of %h: %w" },
{ AT_SIGNING,      ANY,          0, STOP, DEFERRED, false, false, "4.3.0",  "Unable to sign the sender by %w: %h" },
{ AT_DEMAND,       ANY,          0, NEXT, DEFERRED, false, false, "4.7.0",  "%w asks for what I cannot do: %h" },
{ AT_SECRET,       ANY,          0, STOP, DEFERRED, false, false, "4.3.0",  "Unable to log in by %w: %h" },
{ AT_OWN_ADDRESSES, ANY,         0, STOP, DEFERRED, false, false, "4.3.0",  "Unable to learn my own addresses: %e" },
{ AT_DNSSEC,       ANY,          0, STOP, DEFERRED, false, false, "4.7.5",  "DANE is asked for, but DNSSEC cannot be used: %h" },
{ AT_CNAME,        ANY,          0, STOP, DEFERRED, false, false, "4.4.3",  "CNAME lookup failed temporarily: %h" },
{ AT_DNS,          ANY,          0, STOP, DEFERRED, false, false, "4.4.3",  "DNS lookup of %h failed temporarily" },
{ AT_NO_SUCH_HOST, ANY,          0, STOP, REFUSED,  false, false, "5.1.2",  "Sorry, I couldn't find any host named %h" },
{ AT_NO_ADDRESS,   ANY,          0, STOP, REFUSED,  false, false, "5.4.4",  "Sorry, I couldn't find a mail exchanger or IP address for %h" },
{ AT_FAMILY,       ANY,          0, STOP, DEFERRED, false, false, "4.4.4",  "Sorry, %h has only addresses of the family that ipfamily keeps me from" },
{ AT_NULL_MX,      ANY,          0, STOP, REFUSED,  false, false, "5.1.10", "Sorry, the domain %h says that it takes no mail" },
{ AT_OURSELVES,    ANY,          0, STOP, REFUSED,  false, false, "5.4.6",  "Sorry, I am the best mail exchanger listed for %h, but I do not treat it as local" },
{ AT_RELAY,        ANY,          0, STOP, DEFERRED, false, false, "4.4.4",  "Sorry, the relay %h of %w has no address" },
{ AT_ALL_SKIPPED,  ANY,          0, STOP, DEFERRED, false, false, "4.4.1",  "Sorry, every server for %h failed lately and is left in peace for now" },
{ AT_TLSA,         ANY,          0, NEXT, DEFERRED, false, false, "4.7.5",  "DNS does not say for now how %p is to be verified: %h" },
{ AT_CLEAR,        ANY,          GIVEN_MXPS,
                                    AGAIN_SMTP, DEFERRED, false, false, "4.7.4", CLEAR },
{ AT_CLEAR,        ANY,          0, NEXT, DEFERRED, false, false, "4.7.4",  CLEAR },
{ AT_UNPROVEN,     ANY,          0, NEXT, DEFERRED, false, false, "4.7.30", "DNSSEC does not prove that %p is an exchanger of %h, as %w demands" },
{ AT_FORBIDDEN,    ANY,          0, NEXT, DEFERRED, false, false, "4.3.0",  "%w keeps me from connecting to %p" },
{ AT_BIND,         ANY,          0, STOP, DEFERRED, false, false, "4.3.0",  "Unable to use the local address that %w names: %e" },
{ AT_CONNECT_QMTP, B(BY_LACK),   0, STOP, DEFERRED, false, false, "4.3.0",  NO_SOCKET },
{ AT_CONNECT_QMTP, ANY,          GIVEN_MXPS,
                                    AGAIN_SMTP, DEFERRED, false, false, "4.4.1", NO_QMTP },
{ AT_CONNECT_QMTP, ANY,          GIVEN_LOCAL,
                                    NEXT, DEFERRED, false, false, "4.4.1",  NO_QMTP },
{ AT_CONNECT_QMTP, ANY,          0, NEXT, DEFERRED, true,  false, "4.4.1",  NO_QMTP },
{ AT_PACKAGE,      B(BY_GARBLE), 0, STOP, DEFERRED, false, false, "4.3.0",  NO_SENSE },
{ AT_ANSWER,       B(BY_GARBLE), 0, STOP, DEFERRED, false, true,  "4.3.0",  "%p answered the message with nonsense. Possible duplicate!" },
{ AT_ANSWER,       ANY,          0, STOP, DEFERRED, false, true,  "4.4.2",  DIED_AT_END },
{ AT_CONNECT,      B(BY_LACK),   0, STOP, DEFERRED, false, false, "4.3.0",  NO_SOCKET },
{ AT_CONNECT,      ANY,          GIVEN_LOCAL,
                                    NEXT, DEFERRED, false, false, "4.4.1",  NO_SMTP },
{ AT_CONNECT,      ANY,          0, NEXT, DEFERRED, true,  false, "4.4.1",  NO_SMTP },
{ AT_GREETING,     GONE,         0, NEXT, DEFERRED, true,  false, "4.4.2",  "Connected to %p but connection died" },
{ AT_GREETING,     B(BY_4XX),    0, NEXT, DEFERRED, true,  false, "4.4.2",  "Connected to %p but greeting failed" },
{ AT_GREETING,     B(BY_5XX),    0, NEXT, REFUSED,  false, false, "5.4.2",  "Connected to %p but greeting failed" },
{ AT_GREETING,     ANY,          0, NEXT, DEFERRED, false, false, "4.5.0",  NO_SENSE },
{ AT_HELLO,        B(BY_4XX), GIVEN_HELLO_NEXT,
                                    NEXT, DEFERRED, true,  false, "4.4.2",  "Connected to %p but my name was rejected" },
{ AT_HELLO,        GONE,         0, STOP, DEFERRED, false, false, "4.4.2",  "Connected to %p but connection died" },
{ AT_HELLO,        B(BY_GARBLE), 0, STOP, DEFERRED, false, false, "4.5.0",  NO_SENSE },
{ AT_HELLO,        ANY,          0, STOP, DEFERRED, false, false, "4.5.0",  "Connected to %p but my name was rejected" },
{ AT_STARTTLS,     B(BY_LACK),   0, NEXT, DEFERRED, false, false, "4.7.4",  "Connected to %p but it offers no TLS, which %w demands" },
{ AT_STARTTLS,     ANY,          GIVEN_MAY_BE_PLAIN,
                                    AGAIN_PLAIN, DEFERRED, false, false, "4.7.0", "Connected to %p but TLS failed" },
{ AT_STARTTLS,     SAID,         0, NEXT, DEFERRED, false, false, "4.7.4",  "Connected to %p but it refused TLS, which %w demands" },
{ AT_STARTTLS,     ANY,          0, NEXT, DEFERRED, false, false, "4.7.0",  "Connected to %p but TLS failed" },
{ AT_HANDSHAKE,    B(BY_LACK),   0, NEXT, DEFERRED, false, false, "4.3.0",  "Unable to use TLS as %w wants it: %h" },
{ AT_HANDSHAKE,    ANY,          GIVEN_MAY_BE_PLAIN,
                                    AGAIN_PLAIN, DEFERRED, false, false, "4.7.0", "Connected to %p but TLS failed: %h" },
{ AT_HANDSHAKE,    B(BY_DISTRUST), 0, NEXT, DEFERRED, false, false, "4.7.5", "Connected to %p but it could not prove who it is, as %w demands: %h" },
{ AT_HANDSHAKE,    ANY,          0, NEXT, DEFERRED, false, false, "4.7.0",  "Connected to %p but TLS failed, which %w demands: %h" },
{ AT_REQUIRETLS,   ANY,          0, NEXT, DEFERRED, false, false, "4.7.30", "Connected to %p but there is no REQUIRETLS in verified TLS: %h" },
{ AT_SMTPUTF8,     ANY,          0, NEXT, REFUSED,  false, false, "5.6.7",  "Connected to %p but it offers no SMTPUTF8, which the message needs" },
{ AT_AUTH,         B(BY_5XX), GIVEN_AUTH_PERMFAIL,
                                    STOP, REFUSED,  false, false, "5.7.8",  "Connected to %p but %h" },
{ AT_AUTH,         SAID|B(BY_GARBLE),
                                 0, STOP, DEFERRED, false, false, "4.7.0",  "Connected to %p but %h" },
{ AT_AUTH,         B(BY_DISTRUST), 0, NEXT, DEFERRED, false, false, "4.7.0", "Connected to %p but it did not prove that it knows the password" },
{ AT_AUTH,         B(BY_LACK),   0, NEXT, DEFERRED, false, false, "4.7.0",  "Connected to %p but it offers no login that may be used, which %w demands" },
{ AT_AUTH,         ANY,          0, STOP, DEFERRED, false, false, "4.4.2",  "Connected to %p but connection died" },
{ AT_MAIL,         B(BY_5XX),    0, STOP, REFUSED,  false, false, "5.1.0",  "Connected to %p but sender was rejected" },
{ AT_MAIL,         B(BY_4XX),    0, STOP, DEFERRED, false, false, "4.1.0",  "Connected to %p but sender was rejected" },
{ AT_MAIL,         B(BY_GARBLE), 0, STOP, DEFERRED, false, false, "4.5.0",  NO_SENSE },
{ AT_RCPT,         B(BY_5XX),    0, STOP, REFUSED,  false, false, "5.1.1",  "Giving up on %p" },
{ AT_RCPT,         B(BY_4XX),    0, STOP, DEFERRED, false, false, "4.1.1",  "Giving up on %p" },
{ AT_RCPT,         B(BY_GARBLE), 0, STOP, DEFERRED, false, false, "4.5.0",  NO_SENSE },
{ AT_DATA,         B(BY_5XX),    0, STOP, REFUSED,  false, false, "5.5.0",  "%p failed on DATA command" },
{ AT_DATA,    B(BY_4XX)|B(BY_GARBLE),
                                 0, STOP, DEFERRED, false, false, "4.5.0",  "%p failed on DATA command" },
{ AT_BODY,         B(BY_5XX),    0, STOP, REFUSED,  false, false, "5.6.0",  "%p failed while I sent the message" },
{ AT_BODY,    B(BY_4XX)|B(BY_GARBLE),
                                 0, STOP, DEFERRED, false, false, "4.6.0",  "%p failed while I sent the message" },
{ AT_DOT,          B(BY_5XX),    0, STOP, REFUSED,  false, false, "5.6.0",  "%p failed after I sent the message" },
{ AT_DOT,          B(BY_4XX),    0, STOP, DEFERRED, false, false, "4.6.0",  "%p failed after I sent the message" },
{ AT_DOT,          B(BY_GARBLE), 0, STOP, DEFERRED, false, true,  "4.5.0",  "%p failed after I sent the message. Possible duplicate!" },
{ AT_DOT,          ANY,          0, STOP, DEFERRED, false, true,  "4.4.2",  DIED_AT_END },
};

/* Any trouble that the table does not foresee, such as GONE after MAIL. */
static const struct rule otherwise = {
  STAGES,          ANY,          0, STOP, DEFERRED, false, false, "4.4.2",  "Connected to %p but connection died" };

static const char *const stage_names[] = {
	[AT_USAGE] = "usage",		[AT_MEMORY] = "memory",
	[AT_ADDRESS] = "address",	[AT_MESSAGE] = "message",
	[AT_PARTIAL_LINE] = "message",	[AT_CONTROL] = "control",
	[AT_ROUTE] = "route",		[AT_SPLIT] = "route",
	[AT_SIGNING] = "BATV",
	[AT_IDN] = "IDN",		[AT_DEMAND] = "demand",
	[AT_OWN_ADDRESSES] = "own addresses",
	[AT_CNAME] = "CNAME",		[AT_DNS] = "DNS",
	[AT_NO_SUCH_HOST] = "DNS",	[AT_NO_ADDRESS] = "DNS",
	[AT_FAMILY] = "DNS",
	[AT_NULL_MX] = "DNS",		[AT_OURSELVES] = "DNS",
	[AT_RELAY] = "DNS",		[AT_ALL_SKIPPED] = "timeout table",
	[AT_DNSSEC] = "DNSSEC",		[AT_TLSA] = "TLSA",
	[AT_CLEAR] = "QMTP",
	[AT_UNPROVEN] = "DNSSEC",
	[AT_FORBIDDEN] = "bindroutes",	[AT_BIND] = "bind",
	[AT_CONNECT] = "connect",	[AT_CONNECT_QMTP] = "connect",
	[AT_PACKAGE] = "message",	[AT_ANSWER] = "end of message",
	[AT_GREETING] = "greeting",	[AT_HELLO] = "HELO",
	[AT_STARTTLS] = "STARTTLS",	[AT_HANDSHAKE] = "TLS handshake",
	[AT_REQUIRETLS] = "REQUIRETLS",	[AT_SMTPUTF8] = "SMTPUTF8",
	[AT_AUTH] = "AUTH",		[AT_SECRET] = "login",
	[AT_MAIL] = "MAIL",		[AT_RCPT] = "RCPT",
	[AT_DATA] = "DATA",		[AT_BODY] = "message",
	[AT_DOT] = "end of message",
};
/* clang-format on */

_Static_assert(COUNT_OF(stage_names) == STAGES, "a stage has no name");

/*
 * is_ours - whether this host has nothing to call from
 *
 * No address of the family, or no port that is not taken.
 */
static bool
is_ours(const struct trouble *t)
{
	return t->cause == BY_SYSTEM &&
	       (t->err == EADDRNOTAVAIL || t->err == EAFNOSUPPORT);
}

/*
 * ruling_for - the first row that fits
 */
struct ruling
ruling_for(const struct trouble *t, unsigned given)
{
	const struct rule *r = &otherwise;

	if (is_ours(t))
		given |= GIVEN_LOCAL;
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		if (rules[i].stage == t->stage &&
		    (rules[i].causes & B(t->cause)) != 0 &&
		    (rules[i].given & ~given) == 0) {
			r = &rules[i];
			break;
		}
	}
	return (struct ruling){ r->act, r->fate, r->penalise, r->maybe_twice,
		r->ecode, r->text };
}

/*
 * ruling_auth_number - the number of a refused login, without its class
 */
const char *
ruling_auth_number(unsigned code)
{
	static const struct {
		unsigned code;
		const char *number;
	} numbers[] = {
		{ 432, ".7.12" },
		{ 534, ".7.9" },
		{ 535, ".7.8" },
		{ 538, ".7.11" },
	};

	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (numbers[i].code == code)
			return numbers[i].number;
	return ".7.0";
}

/*
 * act_name - an act, for a trace
 */
const char *
act_name(enum act a)
{
	return a == NEXT          ? "next"
	       : a == AGAIN_PLAIN ? "again in clear"
	       : a == AGAIN_SMTP  ? "again by SMTP"
	                          : "stop";
}

/*
 * stage_name - a stage, for a postmaster
 */
const char *
stage_name(enum stage s)
{
	return s < STAGES ? stage_names[s] : "?";
}

/*
 * cause_words - a cause, for a postmaster
 */
const char *
cause_words(const struct trouble *t)
{
	const char *words;

	switch (t->cause) {
	case BY_SYSTEM:
		words = strerrordesc_np(t->err);
		return words != NULL ? words : "unknown error";
	case BY_LACK:
		words = strerrordesc_np(t->err);
		return t->err != 0 && words != NULL ? words : "missing";
	case BY_TIMEOUT:
		return "timed out";
	case BY_CLOSE:
		return "connection closed";
	case BY_GARBLE:
		return "not understood";
	case BY_DISTRUST:
		return "not trusted";
	case BY_4XX:
		return "deferred";
	case BY_5XX:
		return "refused";
	case BY_NOTHING:
		break;
	}
	return "no reason";
}
