/*
 * qmail-tcpok-classic - forgets those that a table of qmail 1.03 has
 *
 * usage: qmail-tcpok-classic
 */
#include "cmd/table.h"

int
main(int argc, char **argv)
{
	static const struct table_kind kind = {
		"qmail-tcpok-classic",
		CLASSIC_QUEUEDIR,
		TCPTO_CLASSIC,
	};

	(void)argv;
	return table_clear(&kind, argc);
}
