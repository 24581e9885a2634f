/* startup.h - who connects to what: the startup packet's parameters.
 *
 * Owner     all texts point into the packet.  Thread: any.
 * Failure   08P01; 0A000 for another major version; 28000 without a user.
 * Cost      no allocation. */
#ifndef PGWIRE_PROTO_STARTUP_H
#define PGWIRE_PROTO_STARTUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/err.h"

enum {
	STARTUP_PARAM_MAX = 64,
	PROTOCOL_MAJOR = 3, PROTOCOL_MINOR = 0, /* the newest minor we speak */
};

struct startup_param { const char *name, *value; };

struct startup {
	uint32_t version;
	bool     negotiate;             /* a newer minor, or _pq_ options: answer with what we speak */
	const char *user, *database;    /* never NULL; database defaults to user */
	const char *options;            /* command-line style settings; NULL: none */
	bool     replication;
	int      nparams;               /* settings */
	struct startup_param params[STARTUP_PARAM_MAX];
	int      nunknown;              /* _pq_. options that we do not know */
	const char *unknown[STARTUP_PARAM_MAX];
};

/* `body` is the packet after its length word. */
int startup_parse(const void *body, size_t len, struct startup *ret, struct err *e) MUST_CHECK;

/* Splits `options` ("-c a=b --c=d" with backslash escapes) into settings; calls `fn` for each. */
int startup_options(const char *options, int (*fn)(void *arg, const char *name, const char *value, struct err *e),
                    void *arg, struct err *e) MUST_CHECK;

#endif
