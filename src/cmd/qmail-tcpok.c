/*
 * qmail-tcpok - forgets the addresses that lately failed
 *
 * usage: qmail-tcpok
 */
#include "cmd/table.h"

int
main(int argc, char **argv)
{
	static const struct table_kind kind = {
		"qmail-tcpok",
		QUEUEDIR,
		TCPTO_WIDE,
	};

	(void)argv;
	return table_clear(&kind, argc);
}
