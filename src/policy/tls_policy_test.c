/*
 * tls_policy_test - what the handshake with a server must prove
 *
 * REQ: MSG-09 TLS-01 TLS-02 TLS-04 TLS-05 TLS-10 DANE-03 DANE-05
 */
#include "base/check.h"
#include "base/compiler.h"
#include "policy/tls_policy.h"

#define WHY(name) ((struct why){ { name, sizeof(name) - 1 }, 1, { "", 0 } })

/* A level that a line of tlspolicy may ask for, or no line. */
enum { NO_LINE = TLS_PKIX + 1, LINES };

/* A loop over every combination of facts. */
#define FOR_EVERY_FACTS(f)                                                     \
	for (unsigned code_ = 0; facts_of(&(f), code_); code_++)

static const struct tlsa record = { 3, 1, 1, { "digest", 6 } };

/* One digit of a number, which loses it. */
static unsigned
digit(unsigned *code, unsigned base)
{
	unsigned d = *code % base;

	*code /= base;
	return d;
}

static struct tls_asked
asked(unsigned line, struct why why)
{
	return line == NO_LINE
	           ? (struct tls_asked){ .level = TLS_NEVER }
	           : (struct tls_asked){ (enum tls_level)line, why };
}

/* The combination of a number; false if there are no more. */
static bool
facts_of(struct tls_facts *f, unsigned code)
{
	*f = (struct tls_facts){ .name = SPAN("mx.example.org") };
	if (digit(&code, 2) != 0)
		f->smtps = WHY("smtps");
	if (digit(&code, 2) != 0)
		f->requiretls = WHY("requiretls");
	f->policy = asked(digit(&code, LINES), WHY("policy"));
	if (digit(&code, 2) != 0)
		f->tlshosts = WHY("tlshosts");
	if (digit(&code, 2) != 0)
		f->notlshosts = WHY("notlshosts");
	if (digit(&code, 2) != 0) {
		f->dane = DANE_RECORDS;
		f->tlsa = &record;
		f->ntlsa = 1;
		f->dane_why = WHY("records");
	}
	if (digit(&code, 2) != 0)
		f->exhaustivelist = WHY("exhaustivelist");
	f->policy_default = asked(digit(&code, LINES), WHY("default line"));
	if (digit(&code, 2) != 0)
		f->clientcert = WHY("clientcert");
	return code == 0;
}

static bool
is_so(struct why w)
{
	return w.file.n > 0;
}

/* Whether it is a fact that stands above notlshosts. */
static bool
is_firm(const struct tls_facts *f)
{
	return is_so(f->smtps) || is_so(f->requiretls) ||
	       is_so(f->policy.why) || is_so(f->tlshosts);
}

static void
test_there_are_so_many_combinations(void **state)
{
	struct tls_facts f;
	unsigned n = 0;

	(void)state;
	FOR_EVERY_FACTS(f)
	n++;
	assert_int_equal(n, 2 * 2 * LINES * 2 * 2 * 2 * 2 * LINES * 2);
}

static void
test_nothing_required_is_weakened(void **state)
{
	struct tls_facts f;

	(void)state;
	FOR_EVERY_FACTS(f)
	{
		struct tls_want w = tls_policy(&f);

		assert_int_equal(w.at_once, is_so(f.smtps));
		if (is_so(f.smtps))
			assert_true(w.level >= TLS_ENCRYPT);
		if (is_so(f.requiretls))
			assert_true(w.level >= TLS_PKIX);
		if (is_so(f.policy.why))
			assert_true(w.level >= f.policy.level);
		if (is_so(f.tlshosts))
			assert_true(w.level == TLS_PKIX ||
			            (w.level == TLS_DANE && w.pkix_too));
		/* The one exception that an administrator names. */
		assert_int_equal(tls_policy_excepts(&f),
		    is_so(f.notlshosts) && !is_firm(&f));
		if (tls_policy_excepts(&f))
			assert_int_equal(w.level, TLS_NEVER);
		else if (f.dane == DANE_RECORDS)
			assert_int_equal(w.level, TLS_DANE);
	}
}

static void
test_verification_by_authorities_stays_beside_records(void **state)
{
	struct tls_facts f;

	(void)state;
	FOR_EVERY_FACTS(f)
	{
		struct tls_want w = tls_policy(&f);
		bool by_line =
		    is_so(f.policy.why) && f.policy.level == TLS_PKIX;

		assert_int_equal(w.pkix_too,
		    f.dane == DANE_RECORDS && (by_line || is_so(f.tlshosts)));
		if (w.level == TLS_DANE) {
			assert_ptr_equal(w.tlsa, &record);
			assert_int_equal(w.ntlsa, 1);
		} else {
			assert_int_equal(w.ntlsa, 0);
		}
	}
}

/* Forgets all that stands below what decides. */
static struct tls_facts
without_the_rest(struct tls_facts f)
{
	bool decided = is_firm(&f);

	if (decided)
		f.notlshosts = (struct why){ .line = 0 };
	decided = decided || is_so(f.notlshosts);
	if (is_so(f.notlshosts))
		f.dane = DANE_NONE;
	decided = decided || f.dane == DANE_RECORDS;
	if (decided)
		f.exhaustivelist = (struct why){ .line = 0 };
	decided = decided || is_so(f.exhaustivelist);
	if (decided)
		f.policy_default = (struct tls_asked){ .level = TLS_NEVER };
	decided = decided || is_so(f.policy_default.why);
	if (decided)
		f.clientcert = (struct why){ .line = 0 };
	return f;
}

static void
test_the_first_that_applies_decides(void **state)
{
	struct tls_facts f;

	(void)state;
	FOR_EVERY_FACTS(f)
	{
		struct tls_facts fewer = without_the_rest(f);
		struct tls_want w = tls_policy(&f), v = tls_policy(&fewer);

		assert_int_equal(w.level, v.level);
		assert_int_equal(w.at_once, v.at_once);
		assert_int_equal(w.pkix_too, v.pkix_too);
		assert_true(span_equal(w.why.file, v.why.file));
		assert_true(span_equal(w.ca_file, v.ca_file));
	}
}

/* The level that a fact asks for by itself; its name is in the reason. */
static enum tls_level
level_alone(const struct tls_facts *f, struct span fact)
{
	const struct {
		struct why why;
		enum tls_level level;
	} rows[] = {
		{ f->smtps, TLS_ENCRYPT },
		{ f->requiretls, TLS_PKIX },
		{ f->policy.why, f->policy.level },
		{ f->tlshosts, TLS_PKIX },
		{ f->notlshosts, TLS_NEVER },
		{ f->dane_why, TLS_DANE },
		{ f->exhaustivelist, TLS_NEVER },
		{ f->policy_default.why, f->policy_default.level },
		{ f->clientcert, TLS_MAY },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (is_so(rows[i].why) && span_equal(rows[i].why.file, fact))
			return rows[i].level;
	/* Nobody: then nothing was asked for. */
	assert_true(span_equal(fact, SPAN("default")));
	return TLS_NEVER;
}

static void
test_the_reason_is_the_fact_that_decided(void **state)
{
	struct tls_facts f;

	(void)state;
	FOR_EVERY_FACTS(f)
	{
		struct tls_want w = tls_policy(&f);

		assert_int_equal(level_alone(&f, w.why.file), w.level);
	}
}

static void
test_names(void **state)
{
	struct tls_facts f;

	(void)state;
	FOR_EVERY_FACTS(f)
	{
		struct tls_want w = tls_policy(&f);

		assert_true(span_equal(w.name, f.name));
		/* The authorities of the file, and else those of the system. */
		assert_true(span_equal(w.ca_file, f.tlshosts.file));
	}
}

#define decides(want, by, ...)                                                 \
	decides_at(HERE, want, by, &(const struct tls_facts){ __VA_ARGS__ })

static void
decides_at(struct place at, enum tls_level level, const char *by,
    const struct tls_facts *f)
{
	struct tls_want w = tls_policy(f);

	check_number(at, w.level, level);
	check_text(at, w.why.file, by);
}

#define SMTPS .smtps = WHY("SMTPS")
#define REQUIRETLS .requiretls = WHY("REQUIRETLS")
#define LINE(l) .policy = { l, WHY("line") }
#define TLSHOSTS .tlshosts = WHY("tlshosts")
#define NOTLSHOSTS .notlshosts = WHY("notlshosts")
#define RECORDS                                                                \
	.dane = DANE_RECORDS, .tlsa = &record, .ntlsa = 1,                     \
	.dane_why = WHY("TLSA")
#define EXHAUSTIVE .exhaustivelist = WHY("exhaustivelist")
#define BY_DEFAULT(l) .policy_default = { l, WHY("default line") }
#define CLIENTCERT .clientcert = WHY("clientcert")

static void
test_order(void **state)
{
	(void)state;
	decides(TLS_NEVER, "default", .name = SPAN("mx"));
	decides(TLS_MAY, "clientcert", CLIENTCERT);
	/* Each decides over all that stand below it. */
	decides(
	    TLS_ENCRYPT, "default line", BY_DEFAULT(TLS_ENCRYPT), CLIENTCERT);
	decides(TLS_NEVER, "exhaustivelist", EXHAUSTIVE, BY_DEFAULT(TLS_PKIX),
	    CLIENTCERT);
	decides(TLS_DANE, "TLSA", RECORDS, EXHAUSTIVE, BY_DEFAULT(TLS_PKIX),
	    CLIENTCERT);
	decides(TLS_NEVER, "notlshosts", NOTLSHOSTS, RECORDS,
	    BY_DEFAULT(TLS_PKIX), CLIENTCERT);
	decides(
	    TLS_PKIX, "tlshosts", TLSHOSTS, NOTLSHOSTS, EXHAUSTIVE, CLIENTCERT);
	decides(TLS_MAY, "line", LINE(TLS_MAY), NOTLSHOSTS, EXHAUSTIVE,
	    BY_DEFAULT(TLS_PKIX));
	decides(
	    TLS_ENCRYPT, "SMTPS", SMTPS, NOTLSHOSTS, EXHAUSTIVE, CLIENTCERT);
	decides(TLS_PKIX, "REQUIRETLS", REQUIRETLS, NOTLSHOSTS, EXHAUSTIVE,
	    BY_DEFAULT(TLS_PKIX), CLIENTCERT);
	/* Of several demands the highest is the reason. */
	decides(TLS_ENCRYPT, "SMTPS", SMTPS, LINE(TLS_MAY));
	decides(TLS_PKIX, "line", SMTPS, LINE(TLS_PKIX));
	decides(TLS_PKIX, "line", LINE(TLS_PKIX), TLSHOSTS);
	decides(TLS_PKIX, "tlshosts", LINE(TLS_MAY), TLSHOSTS);
	decides(TLS_PKIX, "REQUIRETLS", SMTPS, REQUIRETLS, LINE(TLS_ENCRYPT));
	decides(TLS_PKIX, "tlshosts", REQUIRETLS, TLSHOSTS);
	decides(TLS_DANE, "TLSA", REQUIRETLS, RECORDS);
	decides(TLS_DANE, "TLSA", SMTPS, LINE(TLS_NEVER), TLSHOSTS, RECORDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_there_are_so_many_combinations),
		CHECK(test_nothing_required_is_weakened),
		CHECK(test_verification_by_authorities_stays_beside_records),
		CHECK(test_the_first_that_applies_decides),
		CHECK(test_the_reason_is_the_fact_that_decided),
		CHECK(test_names),
		CHECK(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
