/*
 * daned - the protocol of qmail-daned
 */
#include "proto/daned.h"

#include "base/num.h"
#include "net/datagram.h"

/*
 * is_name_byte - whether a name may have it
 */
static bool
is_name_byte(char c)
{
	c = ascii_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
	       c == '-' || c == '_';
}

/*
 * daned_name - a name as it is asked for and remembered
 */
bool
daned_name(struct span *out, char room[DANED_NAME_MAX], struct span name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || name.n > DANED_NAME_MAX || name.p[name.n - 1] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		/* No label is empty. */
		if (!is_name_byte(name.p[i]) ||
		    (name.p[i] == '.' && (i == 0 || name.p[i - 1] == '.')))
			return false;
		room[i] = ascii_lower(name.p[i]);
	}
	*out = (struct span){ room, name.n };
	return true;
}

/*
 * daned_put - a question
 */
struct span
daned_put(
    char packet[DANED_QUESTION_MAX], enum daned_verb verb, struct span name)
{
	struct span lower;

	if (!daned_name(&lower, packet + 1, name))
		return SPAN("");
	packet[0] = (char)verb;
	packet[lower.n + 1] = '\0';
	return (struct span){ packet, lower.n + 2 };
}

/*
 * daned_parse - a question that came
 */
bool
daned_parse(enum daned_verb *verb, struct span *name, char room[DANED_NAME_MAX],
    struct span packet)
{
	if (packet.n < 2 || packet.p[packet.n - 1] != '\0')
		return false;
	switch (packet.p[0]) {
	case DANED_VERIFY:
		*verb = DANED_VERIFY;
		break;
	case DANED_QUERY:
		*verb = DANED_QUERY;
		break;
	case DANED_SUCCESS:
		*verb = DANED_SUCCESS;
		break;
	case DANED_FAILURE:
		*verb = DANED_FAILURE;
		break;
	default:
		return false;
	}
	return daned_name(
	    name, room, (struct span){ packet.p + 1, packet.n - 2 });
}

/*
 * daned_answer_put - the two bytes of an answer
 */
void
daned_answer_put(char bytes[DANED_ANSWER], struct daned_answer a)
{
	bytes[0] = a.known ? 1 : 0;
	bytes[1] = (char)a.status;
}

/*
 * daned_answer_parse - what two bytes mean
 */
bool
daned_answer_parse(struct daned_answer *out, const char bytes[DANED_ANSWER])
{
	if ((bytes[0] != 0 && bytes[0] != 1) || bytes[1] < 0 ||
	    bytes[1] >= DANED_STATUSES)
		return false;
	out->known = bytes[0] == 1;
	out->status = (enum daned_status)bytes[1];
	return true;
}

/*
 * daned_excuses - whether an answer says that DANE is not for this name
 */
bool
daned_excuses(struct daned_answer a)
{
	return a.status == DANED_WHITELISTED ||
	       (a.known && a.status == DANED_NOT_VERIFIED);
}

/*
 * daned_status_name - a status, for a person
 */
const char *
daned_status_name(enum daned_status s)
{
	static const char *const names[DANED_STATUSES] = {
		[DANED_NEW] = "not known",
		[DANED_WHITELISTED] = "whitelisted",
		[DANED_VERIFIED] = "verified",
		[DANED_NOT_VERIFIED] = "not to be verified",
		[DANED_FAILED] = "failed",
		[DANED_STALE] = "too old",
	};

	return names[s];
}

/*
 * daned_endpoint - where a daemon is
 */
bool
daned_endpoint(struct endpoint *out, struct span text)
{
	size_t at = span_find_last(text, '@');
	struct span host = span_head(text, at);
	struct span port = at < text.n ? span_tail(text, at + 1) : SPAN("");
	uint64_t number = DANED_PORT;

	if (port.n > 0 &&
	    (!num_whole(&number, port) || number == 0 || number > UINT16_MAX))
		return false;
	out->port = (uint16_t)number;
	if (host.n == 0)
		host = SPAN("127.0.0.1");
	else if (span_equal(host, SPAN("0")))
		host = SPAN("0.0.0.0");
	return ip_parse(&out->ip, host) || ip_parse_literal(&out->ip, host);
}

/*
 * daned_ask - asks a daemon
 */
enum cause
daned_ask(struct daned_answer *out, const struct endpoint *to,
    enum daned_verb verb, struct span name, instant by, int *err)
{
	char packet[DANED_QUESTION_MAX], bytes[DANED_ANSWER];
	struct span question = daned_put(packet, verb, name);
	enum cause c;

	if (question.n == 0)
		return BY_GARBLE;
	c = datagram_ask(bytes, sizeof(bytes), to, question, by, err);
	if (c == BY_NOTHING && !daned_answer_parse(out, bytes))
		c = BY_GARBLE;
	return c;
}

/*
 * daned_tell - tells a daemon, and waits for nothing
 */
void
daned_tell(const struct endpoint *to, enum daned_verb verb, struct span name)
{
	char packet[DANED_QUESTION_MAX];
	struct span text = daned_put(packet, verb, name);

	if (text.n > 0)
		(void)datagram_tell(to, text);
}
