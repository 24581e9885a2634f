/* test_hba.c - hba.conf: rules read and matched, and every way to be refused. */
#include "config.h"
#include "pgwire/net/hba.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/tap.h"

static char path[] = "hba.XXXXXX";

static int
load(const char *text, struct hba **ret, struct err *e)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		bail("cannot write %s", path);
	fputs(text, f);
	fclose(f);
	err_init(e);
	return hba_load(path, ret, e);
}

static bool
is_staff(void *arg, const char *role)
{
	(void) arg;
	return strcmp(role, "staff") == 0;
}

static struct sockaddr_storage
address(const char *text)
{
	struct sockaddr_storage s = { 0 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		memcpy(&s, &four, sizeof four);
	else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
		memcpy(&s, &six, sizeof six);
	return s;
}

static const char rules[] =
	"# comment\n"
	"local all postgres peer\n"
	"local sameuser all trust\n"
	"host replication all 0.0.0.0/0 reject\n"
	"hostssl all +staff 10.0.0.0/8 password  # trailing\n"
	"hostnossl shop,\"all\" ann 10.1.0.0 255.255.0.0 scram-sha-256\n"
	"host all bob ::1/128 md5\n"
	"host all all 192.168.3.128/25 trust\n"
	"host samerole all all scram-sha-256\n";

/* address NULL: a Unix socket */
static const struct {
	const char *what, *address; bool tls, replication; const char *user, *database;
	enum hba_method method; int line;
} matches[] = {
	{ "local superuser", NULL, false, false, "postgres", "x", HBA_PEER, 2 },
	{ "local, own database", NULL, false, false, "eve", "eve", HBA_TRUST, 3 },
	{ "local, another database", NULL, false, false, "eve", "x", HBA_NONE, 0 },
	{ "replication", "10.0.0.1", true, true, "ann", "shop", HBA_REJECT, 4 },
	{ "a member, with TLS", "10.9.9.9", true, false, "ann", "shop", HBA_PASSWORD, 5 },
	{ "without TLS", "10.1.2.3", false, false, "ann", "shop", HBA_SCRAM, 6 },
	{ "outside the mask", "10.2.2.3", false, false, "ann", "shop", HBA_NONE, 0 },
	{ "a database called all", "10.1.2.3", false, false, "ann", "all", HBA_SCRAM, 6 },
	{ "quoted all is a name", "10.1.2.3", false, false, "ann", "other", HBA_NONE, 0 },
	{ "IPv6, md5 means SCRAM", "::1", false, false, "bob", "x", HBA_SCRAM, 7 },
	{ "upper half of a /24", "192.168.3.200", false, false, "eve", "x", HBA_TRUST, 8 },
	{ "lower half of a /24", "192.168.3.100", false, false, "eve", "x", HBA_NONE, 0 },
	{ "samerole", "1.2.3.4", false, false, "eve", "staff", HBA_SCRAM, 9 },
};

static const struct { const char *line, *message; } refused[] = {
	{ "remote all all trust\n", "invalid connection type \"remote\"" },
	{ "host all\n", "end-of-line before role specification" },
	{ "host all all\n", "end-of-line before IP address specification" },
	{ "host all all 10.0.0.0/33 trust\n", "invalid CIDR mask in address \"10.0.0.0/33\"" },
	{ "host all all 10.0.0.0/x trust\n", "invalid CIDR mask in address \"10.0.0.0/x\"" },
	{ "host all all 10.0.0.1 255.0.255.0 trust\n", "invalid IP mask \"255.0.255.0\"" },
	{ "host all all example.com trust\n", "invalid IP address (host names are not supported) \"example.com\"" },
	{ "host all all 10.0.0.0/8\n", "end-of-line before authentication method" },
	{ "host all all 10.0.0.0/8 ldap\n", "invalid authentication method \"ldap\"" },
	{ "host all all 10.0.0.0/8 peer\n", "peer authentication is only supported on local sockets" },
	{ "local all all peer map=x\n", "unrecognized authentication option \"map=x\"" },
	{ "local @file all trust\n", "included lists are not supported: \"@file\"" },
	{ "local \"all all trust\n", "missing closing quote" },
	{ "# nothing\n", "contains no entries" },
};

int
main(void)
{
	struct hba *h = NULL;
	struct err e = { 0 };
	int fd = mkstemp(path);

	if (fd < 0)
		bail("mkstemp");
	(void) close(fd);
	is_int(ERR_OK, load(rules, &h, &e), "rules: %s", e.message);
	for (unsigned i = 0; i < sizeof matches / sizeof matches[0]; i++) {
		const struct sockaddr_storage peer = address(matches[i].address == NULL ? "" : matches[i].address);
		const struct hba_client c = {
			.local = matches[i].address == NULL, .tls = matches[i].tls, .peer = &peer,
			.user = matches[i].user, .database = matches[i].database,
			.replication = matches[i].replication, .is_member = is_staff,
		};
		/* ann is staff, the others are not; the callback knows only the role asked for. */
		struct hba_answer a = hba_match(h, &c);
		is_int(matches[i].method, a.method, "%s: method", matches[i].what);
		is_int(matches[i].line, a.line, "%s: line", matches[i].what);
	}
	hba_done(&h);
	for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		char where[64];
		is_int(ERR_CONFIG_FILE_ERROR, load(refused[i].line, &h, &e), "%s: refused", refused[i].line);
		ok(strstr(e.message, refused[i].message) != NULL, "%s", e.message);
		snprintf(where, sizeof where, "in file \"%s\" line 1", path);
		ok(i == sizeof refused / sizeof refused[0] - 1 || strstr(e.message, where) != NULL, "names the line");
	}
	(void) unlink(path);
	return tap_done();
}
