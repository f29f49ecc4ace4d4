/*
 * idn_libidn2 - the idn module, with libidn2
 */
#include "mail/idn.h"

#include <idn2.h>

/*
 * is_host - whether a name is labels of characters that a host's may have
 *
 * Full-width letters and the like are mapped to ASCII, and some of them to
 * what ends an address or begins a path.  The library's own way to prevent
 * that leaves such characters out, which makes another name.
 */
static bool
is_host(struct span name)
{
	char last = '.';

	for (size_t i = 0; i < name.n; i++) {
		char c = ascii_lower(name.p[i]);

		if (last == '.' && c == '.')
			return false;
		last = c;
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_' && c != '.')
			return false;
	}
	return last != '.';
}

/*
 * meaning - what the library's word on a name means
 *
 * It forbids characters that are newer than itself in the same words as those
 * that no name may have.  Without the mapping it tells them apart.
 */
static enum idn_result
meaning(int rc, const char *name)
{
	uint8_t *ignored = NULL;

	if (rc == IDN2_DISALLOWED) {
		rc = idn2_lookup_u8((const uint8_t *)name, &ignored,
		    IDN2_NFC_INPUT | IDN2_NO_TR46);
		idn2_free(ignored);
	}
	switch (rc) {
	case IDN2_OK:
	case IDN2_MALLOC:
	case IDN2_NFC:
	case IDN2_UNASSIGNED:
	case IDN2_INVALID_FLAGS:
		return IDN_UNSURE;
	default:
		return IDN_NO_NAME;
	}
}

/*
 * idn_to_ascii - a name in A-label form                     [5891:5]
 */
static enum idn_result
idn_to_ascii(
    struct span *out, struct span name, struct span *why, struct arena *a)
{
	const char *text = arena_string(a, name);
	uint8_t *ascii = NULL;
	int rc;

	rc = idn2_lookup_u8((const uint8_t *)text, &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK) {
		*why = span_of(idn2_strerror_name(rc));
		return meaning(rc, text);
	}
	*out = span_undotted(arena_copy(a, span_of((const char *)ascii)));
	idn2_free(ascii);
	return is_host(*out) ? IDN_OK : IDN_NO_NAME;
}

const struct idn_module qremote_idn = {
	idn_to_ascii,
};
