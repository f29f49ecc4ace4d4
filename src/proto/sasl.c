/*
 * sasl - who speaks which mechanism
 */
#include "proto/sasl.h"

#include "base/module.h"

/*
 * sasl_maker_of - who speaks a mechanism
 */
const struct sasl_maker *
sasl_maker_of(const struct mechanism *m, struct arena *a, struct span *why)
{
	switch (m->maker) {
	case MADE_BY_HMAC:
		return &sasl_hmac;
	case MADE_BY_TOKEN:
		return &sasl_token;
	case MADE_BY_CERTIFICATE:
		return &sasl_certificate;
	case MADE_BY_LIBRARY:
		break;
	}
	return module_open("sasl", why, a);
}
