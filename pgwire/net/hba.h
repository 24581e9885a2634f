/* hba.h - hba.conf: who may connect from where, and how they prove who they are.
 *
 * The syntax is pg_hba.conf's.  The first rule that matches decides; none: refused.
 *
 * Owner     hba_load() makes a rule set on an arena of its own; hba_done() takes it back.
 * Thread    a loaded set is read by any.
 * Failure   F0000 with file and line; nothing is loaded then.
 * Cost      a match is a walk through the rules. */
#ifndef PGWIRE_NET_HBA_H
#define PGWIRE_NET_HBA_H

#include <stdbool.h>
#include <sys/socket.h>

#include "core/base/err.h"

enum hba_method { HBA_NONE, HBA_TRUST, HBA_REJECT, HBA_SCRAM, HBA_PASSWORD, HBA_PEER };

struct hba;

struct hba_client {
	bool local, tls;
	const struct sockaddr_storage *peer;
	const char *user, *database;
	bool replication;
	/* Is the user a member of this role?  For "+role" and samerole. */
	bool (*is_member)(void *arg, const char *role);
	void *arg;
};

struct hba_answer { enum hba_method method; int line; };

int  hba_load(const char *path, struct hba **ret, struct err *e) MUST_CHECK;
void hba_done(struct hba **h);
struct hba_answer hba_match(const struct hba *h, const struct hba_client *c);

#endif
