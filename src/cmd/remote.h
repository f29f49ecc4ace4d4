/*
 * remote - what qmail-remote and qmail-remote-classic have in common
 */
#ifndef CMD_REMOTE_H
#define CMD_REMOTE_H

#include "delivery/request.h"
#include "file/settings.h"
#include "net/tcpto.h"

/* In what the two programs differ. */
struct remote_kind {
	enum dialect dialect;
	struct settings_defaults defaults;
	enum tcpto_layout tcpto;
};

/*
 * One delivery: from argv, the environment and fd 0 to the report on fd 1.
 * Returns the exit status: that of a hook, if one ran, else 0; 111 if the
 * report could not be written.
 */
int remote_main(const struct remote_kind *, int argc, char **argv);

#endif
