/*
 * asker - asks qmail-daned, and times its answers
 *
 * usage: bench-asker port questions a-second names
 *
 * Asks the daemon at 127.0.0.1 so many questions, one after the other, so many
 * a second; 0 a second: each as soon as the last is answered.
 *
 * With names, each question is about one of so many, the nth of which comes up
 * 1/n as often as the first, as with the domains that a server sends mail to.
 * Of every fifth name it tells, after it has asked, that its server was
 * verified, or of some of those that it was not, as deliveries would.  With 0
 * names it tells of a new one each time, as nobody does but to do harm.
 *
 * Prints microseconds from the time a question was due to its answer, which
 * half, 99 of 100, 999 of 1000 and all were below; questions without an answer
 * within a second; and microseconds for all.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	SECOND = 1000 * 1000,
	/* Of how many names one has records, and of those one has wrong ones. */
	WITH_RECORDS = 5,
	WITH_WRONG = 100,
};

struct asker {
	int fd;
	long questions, rate, names;
	/* For each name, how often it or one before it comes up, of 1. */
	double *share;
	unsigned long long chance;
	/* Answers by their microseconds, and those that never came. */
	long *took;
	long lost;
};

/*
 * now - microseconds on the clock that is never set
 */
static long long
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/*
 * sleep_until - does nothing until then
 */
static void
sleep_until(long long then)
{
	struct timespec t = { then / SECOND, then % SECOND * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
		continue;
}

/*
 * share_out - how often each name comes up
 */
static int
share_out(struct asker *a)
{
	double sum = 0;

	a->share = calloc((size_t)a->names + 1, sizeof(*a->share));
	if (a->share == NULL)
		return 0;
	for (long i = 0; i < a->names; i++)
		a->share[i] = sum += 1.0 / (double)(i + 1);
	for (long i = 0; i < a->names; i++)
		a->share[i] /= sum;
	return 1;
}

/*
 * pick - one of the names
 */
static long
pick(struct asker *a)
{
	long low = 0, high = a->names - 1;
	double at;

	a->chance = a->chance * 6364136223846793005U + 1442695040888963407U;
	at = (double)(a->chance >> 11) / (double)(1ULL << 53);
	while (low < high) {
		long middle = (low + high) / 2;

		if (a->share[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * ask - one question that was due then; 0 if it cannot be asked
 */
static int
ask(struct asker *a, char verb, long name, long long due)
{
	struct pollfd p = { .fd = a->fd, .events = POLLIN };
	char packet[100], answer[3];
	long long took;
	int n = snprintf(packet, sizeof(packet), "%cmx%ld.example", verb, name);

	if (send(a->fd, packet, (size_t)n + 1, 0) != n + 1)
		return 0;
	if (poll(&p, 1, 1000) <= 0) {
		a->lost++;
		return 1;
	}
	if (recv(a->fd, answer, sizeof(answer), 0) != 2)
		return 0;
	took = now() - due;
	a->took[took < SECOND ? took : SECOND - 1]++;
	return 1;
}

/*
 * ask_all - every question; 0 if one cannot be asked
 */
static int
ask_all(struct asker *a)
{
	long long began = now();
	/* The name that is told of next; -1: none. */
	long told = -1;

	for (long i = 0; i < a->questions; i++) {
		long name = a->names == 0 ? i : told >= 0 ? told : pick(a);
		char verb = 'q';
		long long due = now();

		if (a->rate > 0) {
			due = began + (long long)i * SECOND / a->rate;
			sleep_until(due);
		}
		if (a->names == 0 || told >= 0)
			verb = name % WITH_WRONG == 0 ? 'F' : 'S';
		told = verb == 'q' && name % WITH_RECORDS == 0 ? name : -1;
		if (!ask(a, verb, name, due))
			return 0;
	}
	return 1;
}

/*
 * below - the time that this part of all answers, in thousandths, took at most
 */
static long
below(const struct asker *a, long part)
{
	long answers = a->questions - a->lost, seen = 0;

	for (long i = 0; i < SECOND; i++) {
		seen += a->took[i];
		if (seen > 0 && seen * 1000 >= answers * part)
			return i;
	}
	return SECOND;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct asker a = { .chance = 1 };
	long long began;

	if (argc != 5) {
		(void)fputs(
		    "usage: bench-asker port questions a-second names\n",
		    stderr);
		return 2;
	}
	to.sin_port = htons((unsigned short)strtol(argv[1], NULL, 10));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.questions = strtol(argv[2], NULL, 10);
	a.rate = strtol(argv[3], NULL, 10);
	a.names = strtol(argv[4], NULL, 10);
	a.took = calloc(SECOND, sizeof(*a.took));
	a.fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (a.took == NULL || a.fd < 0 || !share_out(&a) ||
	    connect(a.fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		perror("bench-asker");
		return 1;
	}
	began = now();
	if (!ask_all(&a)) {
		perror("bench-asker: cannot ask");
		return 1;
	}
	(void)printf("%ld %ld %ld %ld %ld %lld\n", below(&a, 500),
	    below(&a, 990), below(&a, 999), below(&a, 1000), a.lost,
	    now() - began);
	(void)close(a.fd);
	free(a.share);
	free(a.took);
	return 0;
}
