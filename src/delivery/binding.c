/*
 * binding - the local end of a connection: its address, and the name it says
 * hello with
 */
#include "delivery/binding.h"

#include "base/compiler.h"
#include "delivery/fault.h"
#include "mail/address.h"

#include <time.h>

/*
 * no_name - there is nothing to say hello with
 */
static int
no_name(struct trouble *t, enum cause c)
{
	const struct fault f = { .why.file = SPAN("helohost, or me") };

	return fault_trouble(t, c, &f);
}

/*
 * read_files - the lines of all files
 */
static int
read_files(struct source_facts *f, struct settings *s, struct span host,
    struct trouble *t)
{
	const struct {
		enum setting id;
		struct source_file *file;
	} files[] = {
		{ SET_BINDROUTES, &f->bindroutes },
		{ SET_DOMAINBINDINGS, &f->domainbindings },
		{ SET_OUTGOINGIP, &f->outgoingip },
		{ SET_HELOHOSTBYIP, &f->helohostbyip },
	};
	struct fault fault;
	enum cause c;

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		c = settings_list(&files[i].file->lines, &files[i].file->name,
		    s, files[i].id, &fault);
		if (c != BY_NOTHING)
			return fault_trouble(t, c, &fault);
	}
	c = settings_list_of(&f->outgoingip_host.lines,
	    &f->outgoingip_host.name, s, SET_OUTGOINGIP_HOST, host, &fault);
	if (c == BY_NOTHING)
		c = settings_text(&f->outgoingip_variable, s,
		    SET_OUTGOINGIP_VARIABLE, &fault);
	return c == BY_NOTHING ? 0 : fault_trouble(t, c, &fault);
}

/*
 * binding_read - the files, and the name for hello
 */
int
binding_read(struct binding *out, struct settings *s, struct span host,
    struct span sender, struct trouble *t)
{
	struct fault fault = { .err = 0 };
	enum cause c;

	*out =
	    (struct binding){ .facts.sender = sender, .facts.now = time(NULL) };
	if (read_files(&out->facts, s, host, t) < 0)
		return -1;
	if (source_names_sender(&out->helo_why, &out->facts)) {
		out->helo = address_domain(sender);
	} else {
		c = settings_text(&out->helo, s, SET_HELOHOST, &fault);
		if (c != BY_NOTHING)
			return fault_trouble(t, c, &fault);
		out->helo_why =
		    (struct why){ SPAN("helohost, or me"), 0, SPAN("") };
	}
	if (span_has_control(out->helo))
		return no_name(t, BY_GARBLE);
	/* Without helohostbyip there will be no better one. */
	if (out->helo.n == 0 && !binding_helo_by_ip(out))
		return no_name(t, BY_LACK);
	return 0;
}

/*
 * binding_for - the local end of a connection to a peer
 */
int
binding_for(struct local_end *out, const struct binding *b,
    const struct ip *peer, struct trouble *t)
{
	out->result = source_for(&out->ip, &out->why, &b->facts, peer);
	if (out->result == SOURCE_SYSTEM || out->result == SOURCE_BIND)
		return 0;
	*t = (struct trouble){ .cause = BY_GARBLE, .why = out->why };
	t->stage = out->result == SOURCE_BAD ? AT_BIND : AT_FORBIDDEN;
	return -1;
}

/*
 * binding_helo_by_ip - whether the local address matters for the name
 */
bool
binding_helo_by_ip(const struct binding *b)
{
	return b->facts.helohostbyip.lines.rest.n > 0;
}

/*
 * binding_helo - the name for a connection from a local address
 */
int
binding_helo(struct span *helo, struct why *why, const struct binding *b,
    const struct ip *local, struct trouble *t)
{
	*helo = b->helo;
	*why = b->helo_why;
	(void)source_name_of(helo, why, &b->facts, local);
	if (helo->n == 0)
		return no_name(t, BY_LACK);
	return span_has_control(*helo) ? no_name(t, BY_GARBLE) : 0;
}
