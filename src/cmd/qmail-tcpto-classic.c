/*
 * qmail-tcpto-classic - prints those that a table of qmail 1.03 has
 *
 * usage: qmail-tcpto-classic
 */
#include "cmd/table.h"

int
main(int argc, char **argv)
{
	static const struct table_kind kind = {
		"qmail-tcpto-classic",
		CLASSIC_QUEUEDIR,
		TCPTO_CLASSIC,
	};

	(void)argv;
	return table_print(&kind, argc);
}
