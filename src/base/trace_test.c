/*
 * trace_test - one JSON object a line                     [8259:4] [8259:7]
 */
#include "base/check.h"
#include "base/compiler.h"
#include "base/trace.h"

#include <sys/mman.h>

/* A trace into memory. */
struct heard {
	struct trace trace;
	char text[64 * 1024];
	size_t n;
};

static struct trace *
begin(struct heard *h)
{
	h->trace.fd = memfd_create("trace", MFD_CLOEXEC);
	h->trace.born = clock_now();
	assert_true(h->trace.fd >= 0);
	return &h->trace;
}

static void
end(struct heard *h)
{
	ssize_t n = pread(h->trace.fd, h->text, sizeof(h->text), 0);

	assert_true(n >= 0);
	assert_true((size_t)n < sizeof(h->text));
	h->n = (size_t)n;
	assert_int_equal(close(h->trace.fd), 0);
}

/* A reader of JSON, as strict as the RFC; it moves *p on. */
static bool
pass(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

/* A string; out gets its code points, which must be below 256. [8259:7] */
static bool
read_string(const char **p, char *out, size_t *n)
{
	*n = 0;
	if (!pass(p, "\""))
		return false;
	while (**p != '"') {
		unsigned char c = (unsigned char)*(*p)++;
		unsigned code = c;
		char hex[5] = "";

		/* Control characters must be escaped; we escape more. */
		if (c < 0x20 || c > 0x7e)
			return false;
		if (c == '\\') {
			c = (unsigned char)*(*p)++;
			code = c;
			if (c == 'u') {
				memcpy(hex, *p, 4);
				if (strspn(hex, "0123456789abcdef") != 4)
					return false;
				code = (unsigned)strtoul(hex, NULL, 16);
				*p += 4;
			} else if (c != '"' && c != '\\') {
				return false;
			}
		}
		if (code > 255)
			return false;
		out[(*n)++] = (char)code;
	}
	return pass(p, "\"");
}

/* A line; values gets those of its items, in order, behind the event. */
static bool
read_line(const char **p, struct span *values, size_t *n, struct arena *a)
{
	size_t digits;

	*n = 0;
	if (!pass(p, "{\"ms\":"))
		return false;
	digits = strspn(*p, "0123456789");
	*p += digits;
	if (digits == 0)
		return false;
	while (pass(p, ",")) {
		char *text = arena_take(a, 8192);
		size_t length;

		if (!read_string(p, text, &length) || length == 0 ||
		    !pass(p, ":") || !read_string(p, text, &length))
			return false;
		values[(*n)++] = (struct span){ text, length };
	}
	return pass(p, "}\n");
}

static void
test_event(void **state)
{
	struct span digits, text;
	struct heard h;
	struct trace *t = begin(&h);

	(void)state;
	TRACE(t, "connect", { "ip", SPAN("192.0.2.1") }, { "port", SPAN("25") },
	    { "name", SPAN(" ~") });
	end(&h);
	text = (struct span){ h.text, h.n };
	assert_true(span_begins(text, SPAN("{\"ms\":")));
	text = span_tail(text, 6);
	digits = span_cut(&text, ',');
	assert_true(digits.n >= 1 && digits.n <= 4);
	check_text(HERE, text,
	    "\"event\":\"connect\",\"ip\":\"192.0.2.1\",\"port\":\"25\","
	    "\"name\":\" ~\"}\n");
}

static void
test_no_items(void **state)
{
	struct heard h;
	struct trace *t = begin(&h);

	(void)state;
	t->born -= 12345;
	trace_say(t, "begin", NULL, 0);
	end(&h);
	assert_true(
	    span_begins((struct span){ h.text, h.n }, SPAN("{\"ms\":1234")));
	assert_true(span_ends(
	    (struct span){ h.text, h.n }, SPAN(",\"event\":\"begin\"}\n")));
}

static void
test_any_byte(void **state)
{
	struct span values[4];
	struct heard h;
	struct trace *t = begin(&h);
	const char *p = h.text;
	size_t n;

	/* Each byte alone, and between others. */
	for (int c = 0; c < 256; c++) {
		char s[] = { (char)c, 'a', (char)c, (char)c };

		TRACE(t, "heard", { "line", { s, 1 } }, { "all", { s, 4 } });
	}
	end(&h);
	h.text[h.n] = '\0';
	for (int c = 0; c < 256; c++) {
		char s[] = { (char)c, 'a', (char)c, (char)c };

		assert_true(read_line(&p, values, &n, check_arena(state)));
		assert_int_equal(n, 3);
		check_span(HERE, values[1], (struct span){ s, 1 });
		check_span(HERE, values[2], (struct span){ s, 4 });
	}
	assert_int_equal(p - h.text, h.n);
}

static void
test_cut(void **state)
{
	char *big = arena_zero(check_arena(state), 5000);
	struct span value = { big, 5000 }, values[4];
	struct heard h;
	struct trace *t = begin(&h);
	const char *p = h.text;
	size_t n;

	/* A value is cut at 1000 bytes, however it is escaped. */
	TRACE(t, "heard", { "line", value });
	memset(big, 'x', 5000);
	TRACE(t, "heard", { "line", value });
	memset(big, '"', 5000);
	TRACE(t, "heard", { "line", value });
	end(&h);
	h.text[h.n] = '\0';
	for (int i = 0; i < 3; i++) {
		assert_true(read_line(&p, values, &n, check_arena(state)));
		assert_int_equal(n, 2);
		assert_int_equal(values[1].n, 1000);
		assert_int_equal(values[1].p[999], "\0x\""[i]);
	}
	assert_int_equal(p - h.text, h.n);
}

static void
test_full(void **state)
{
	char *big = arena_zero(check_arena(state), 1000);
	struct span value = { big, 1000 }, values[8];
	struct heard h;
	struct trace *t = begin(&h);
	const char *p = h.text;
	size_t n;

	/* Six bytes for each: more than a line holds, so some are left out. */
	TRACE(t, "heard", { "a", value }, { "b", value }, { "c", value },
	    { "d", value });
	TRACE(t, "next", { "a", SPAN("b") });
	end(&h);
	h.text[h.n] = '\0';
	assert_true(read_line(&p, values, &n, check_arena(state)));
	assert_in_range(n, 2, 4);
	for (size_t i = 1; i < n; i++)
		check_span(HERE, values[i], value);
	assert_true(read_line(&p, values, &n, check_arena(state)));
	assert_int_equal(n, 2);
	assert_int_equal(p - h.text, h.n);
}

static void
test_nobody_listens(void **state)
{
	struct trace closed = { -1, clock_now() };

	(void)state;
	trace_say(NULL, "connect", NULL, 0);
	trace_say(&closed, "connect", NULL, 0);
	TRACE((const struct trace *)NULL, "connect", { "ip", SPAN("x") });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_event),
		CHECK(test_no_items),
		CHECK(test_any_byte),
		CHECK(test_cut),
		CHECK(test_full),
		CHECK(test_nobody_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
