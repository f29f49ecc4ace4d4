/*
 * datagram_test - questions over UDP
 */
#include "base/check.h"
#include "net/datagram.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* Somebody who listens at a port of 127.0.0.1 that the system chooses. */
static int
listener(struct endpoint *at)
{
	struct sockaddr_in sin;
	socklen_t n = sizeof(sin);
	int fd, err;

	*at = (struct endpoint){ .port = 0 };
	assert_true(ip_parse(&at->ip, SPAN("127.0.0.1")));
	assert_int_equal(datagram_listen(&fd, at, &err), BY_NOTHING);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &n), 0);
	at->port = ntohs(sin.sin_port);
	return fd;
}

/* What was said to the listener. */
static void
heard(int fd, const char *want)
{
	char text[100];
	ssize_t n = recv(fd, text, sizeof(text), 0);

	assert_true(n >= 0);
	check_text(HERE, (struct span){ text, (size_t)n }, want);
	assert_int_equal(recv(fd, text, sizeof(text), 0), -1);
}

static void
test_tell(void **state)
{
	struct endpoint at;
	int fd = listener(&at);

	(void)state;
	assert_true(datagram_tell(&at, SPAN("hello")));
	heard(fd, "hello");
	close(fd);
}

static void
test_nobody_answers(void **state)
{
	struct endpoint at;
	int fd = listener(&at), err;
	instant began = clock_now();
	char answer[2];

	(void)state;
	assert_int_equal(
	    datagram_ask(answer, 2, &at, SPAN("q"), clock_in(50), &err),
	    BY_TIMEOUT);
	assert_in_range(clock_now() - began, 50, 5000);
	heard(fd, "q");
	/* A deadline that has passed. */
	assert_int_equal(
	    datagram_ask(answer, 2, &at, SPAN("r"), began, &err), BY_TIMEOUT);
	heard(fd, "r");
	close(fd);
}

static void
test_nobody_there(void **state)
{
	struct endpoint at;
	char answer[2];
	int err = 0;

	(void)state;
	close(listener(&at));
	assert_int_equal(
	    datagram_ask(answer, 2, &at, SPAN("q"), clock_in(5000), &err),
	    BY_SYSTEM);
	assert_int_equal(err, ECONNREFUSED);
}

static void
test_address_in_use(void **state)
{
	struct endpoint at;
	int first = listener(&at), second, err = 0;

	(void)state;
	assert_int_equal(datagram_listen(&second, &at, &err), BY_SYSTEM);
	assert_int_equal(err, EADDRINUSE);
	assert_int_equal(second, -1);
	close(first);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tell),
		cmocka_unit_test(test_nobody_answers),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_address_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
