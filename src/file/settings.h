/*
 * settings - every control file and variable, declared once
 *
 * The table in settings.c is what there is to set: its name, its type, its
 * default and what it does.  A value is read when it is asked for, so that a
 * delivery pays for what it uses.                       confined
 */
#ifndef FILE_SETTINGS_H
#define FILE_SETTINGS_H

#include "base/why.h"
#include "file/cdb.h"
#include "file/control.h"
#include "file/env.h"

#include <stdint.h>

enum setting {
	/* Directories. */
	SET_CONTROLDIR,
	SET_CERTDIR,
	SET_QUEUEDIR,
	/* Names. */
	SET_ME,
	SET_HELOHOST,
	SET_HELOHOSTBYIP,
	/* Routes. */
	SET_SMTPROUTES,
	SET_SMTPROUTE,
	SET_X_SMTPROUTES,
	SET_X_SMTPROUTES_TOO,
	SET_QMTPROUTES,
	SET_QMTPROUTE,
	SET_MORESMTPROUTES,
	SET_REMOTE_AUTH,
	/* Local addresses. */
	SET_BINDROUTES,
	SET_DOMAINBINDINGS,
	SET_OUTGOINGIP_VARIABLE,
	SET_OUTGOINGIP_HOST,
	SET_OUTGOINGIP,
	/* Time. */
	SET_TIMEOUTCONNECT,
	SET_TIMEOUTREMOTE,
	SET_TIMEOUTDELIVERY,
	SET_TIMEOUTDNS,
	/* Servers, and how they are found. */
	SET_DNSSERVERS,
	SET_IPFAMILY,
	SET_NOTIPME,
	SET_MOREIPME,
	SET_CNAME_LOOKUPS,
	SET_DISABLE_CNAME_LOOKUPS,
	SET_DISABLE_CNAME_LOOKUP,
	SET_TRY_NEXT_MX_HELO_FAIL,
	SET_DISABLE_MXPS,
	SET_MIN_PENALTY,
	SET_MAX_TOLERANCE,
	/* The conversation. */
	SET_EHLODISCARD,
	SET_SMTPUTF8,
	SET_BATVKEY,
	SET_BATVMETHOD,
	SET_BATVNOSIGNREMOTE,
	SET_BATVNOSIGNLOCALS,
	SET_DSN_NOTIFY,
	SET_DSN_RET,
	SET_DSN_ENVID,
	SET_DSN_ORCPT,
	/* Protection that must not be left out unnoticed. */
	SET_SMTPS,
	SET_DANE_VERIFICATION,
	SET_DANETIMEOUT,
	SET_TLSADOMAINS,
	SET_DNSSEC,
	SET_TRUSTANCHOR,
	SET_REQUIRETLS,
	SET_REQUIRE_AUTH,
	SET_AUTH_SMTP,
	SET_SECURE_AUTH,
	SET_SALTED_PASSWORD,
	SET_AUTH_PERMFAIL,
	SET_AUTH_SUBMITTER,
	SET_AUTH_SECRET_FILE,
	SET_AUTH_SECRET_PROGRAM,
	SET_REALM,
	SET_DISABLE_AUTH_LOGIN,
	SET_DISABLE_AUTH_PLAIN,
	SET_DISABLE_AUTH_OAUTH2,
	SET_DISABLE_CRAM_MD5,
	SET_DISABLE_CRAM_SHA1,
	SET_DISABLE_CRAM_SHA224,
	SET_DISABLE_CRAM_SHA256,
	SET_DISABLE_CRAM_SHA384,
	SET_DISABLE_CRAM_SHA512,
	SET_DISABLE_CRAM_RIPEMD,
	SET_DISABLE_DIGEST_MD5,
	SET_DISABLE_SCRAM_SHA1,
	SET_DISABLE_SCRAM_SHA256,
	SET_DISABLE_SCRAM_SHA1_PLUS,
	SET_DISABLE_SCRAM_SHA256_PLUS,
	SET_TLSPOLICY,
	SET_CLIENTCERT,
	SET_NOTLHOSTS,
	SET_NOTLSHOSTS_TOO,
	SET_TLSCLIENTMETHOD,
	SET_CLIENTCIPHERLIST,
	SET_CLIENTCIPHERSUITE,
	/* Programs that take the place of qmail-remote, and run it. */
	SET_QREMOTE,
	SET_QREGEX,
	SET_FILTERARGS_VARIABLE,
	SET_FILTERARGS,
	SET_MATCH_RECIPIENT_DOMAIN,
	SET_FROMD_ENVRULES,
	SET_RCPT_ENVRULES,
	SET_SPAMFILTER,
	SET_FILTER_TIMEOUT,
	SET_REDIRECTREMOTE,
	SET_TMPDIR,
	/* For those who want to know. */
	SET_ONSUCCESS_REMOTE,
	SET_ONFAILURE_REMOTE,
	SET_ONTEMPORARY_REMOTE,
	SET_HOOK_TIMEOUT,
	SET_HOOK_EXIT,
	SET_TRACE,
	SETTINGS,
};

/* What a build decides: where the files are if no variable says so. */
struct settings_defaults {
	const char *controldir, *certdir, *queuedir;
};

struct settings;

/* Where a setting could not be read, and why. */
struct fault {
	struct why why;
	/* errno, or 0. */
	int err;
};

/* The settings of one delivery, in memory of the arena. */
struct settings *settings_new(
    const struct env *, const struct settings_defaults *, struct arena *);

/* A switch: set when its variable is present, even empty, or its file. */
bool settings_flag(const struct settings *, enum setting);

/* A directory, as a C string. */
const char *settings_dir(const struct settings *, enum setting);

/*
 * settings_text - a line: the variable's, else the file's, else the default
 *
 * BY_NOTHING: *out has it; empty if there is none.  Else the file cannot be
 * read (BY_SYSTEM) or holds a NUL (BY_GARBLE), and *fault says where.
 */
enum cause settings_text(
    struct span *out, struct settings *, enum setting, struct fault *fault);

/*
 * settings_number - a number, likewise
 *
 * The leading digits count.  BY_GARBLE also if there is no digit at all.
 * *out is left alone if there is no value and no default.
 */
enum cause settings_number(
    uint64_t *out, struct settings *, enum setting, struct fault *fault);

/*
 * settings_list - the lines of a list or map, ready for control_next()
 *
 * *source names the file, or the variable, that they come from.  Causes as
 * above; a file that is absent has no lines.
 */
enum cause settings_list(struct control *out, struct span *source,
    struct settings *, enum setting, struct fault *fault);

/*
 * settings_list_of - the same for a file of each host, such as
 * outgoingip.HOST; a host that cannot be part of a file name has no lines
 */
enum cause settings_list_of(struct control *out, struct span *source,
    struct settings *, enum setting, struct span host, struct fault *fault);

/*
 * settings_database - the database of a setting: the file itself if that is a
 * database, else the file beside it whose name ends in ".cdb"
 *
 * BY_LACK: there is none.  BY_SYSTEM, BY_GARBLE: *fault says what is wrong.
 */
enum cause settings_database(
    struct cdb *out, struct settings *, enum setting, struct fault *fault);

/*
 * settings_show - the text of any setting, and where it comes from: the path
 * of a file, the name of a variable, or "default"
 *
 * BY_LACK: it is not set, and has no default.
 */
enum cause settings_show(struct span *value, struct span *source,
    struct settings *, enum setting, struct fault *fault);

/* The same settings in another environment, in memory of their arena. */
struct settings *settings_with(const struct settings *, const struct env *);

/* The memory they live in. */
struct arena *settings_arena(const struct settings *);

/* The environment they were made for. */
const struct env *settings_env(const struct settings *);

/* The same for programs of others: without routes, which may hold passwords,
 * and without the key that signs senders. */
struct env settings_env_for_others(const struct settings *);

/* Whether the control directory has a file of this name, and its path. */
bool settings_has_file(
    const struct settings *, struct span *path, struct span name);

/* A walk through the names in the control directory.    confined */
struct names {
	/* A DIR. */
	void *directory;
};

/*
 * Begins the walk; false if the directory cannot be read.  Each name is valid
 * until the next.  The walk must be ended.
 */
bool settings_names(struct names *, const struct settings *);
bool settings_next_name(struct span *name, struct names *);
void settings_end_names(struct names *);

/* One row of the table, for those who print it; NULL where not declared. */
struct setting_row {
	/* Below the control directory; NULL: a variable only. */
	const char *file;
	/* The variable that gives the value in place of the file. */
	const char *env;
	/* The variable that names another file. */
	const char *renamed_by;
	/* "switch", "line", "number", "list", "map", "directory",
	 * "database", "command", "secret". */
	const char *type;
	/* As the manual shows it; NULL: none. */
	const char *unless_given;
	const char *help;
};

/* The row of a setting. */
const struct setting_row *settings_row(enum setting);

#endif
