/*
 * qmail-tcpto - prints the addresses that lately failed
 *
 * usage: qmail-tcpto
 */
#include "cmd/table.h"

int
main(int argc, char **argv)
{
	static const struct table_kind kind = {
		"qmail-tcpto",
		QUEUEDIR,
		TCPTO_WIDE,
	};

	(void)argv;
	return table_print(&kind, argc);
}
