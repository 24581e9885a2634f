/* hba.c - reading and matching the rules of hba.conf.
 *
 * Refused, with the line named: what could open a door wider than its writer thinks — host
 * names, methods and options that are not supported, included files. */
#include "config.h"
#include "pgwire/net/hba.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/list.h"
#include "core/base/arena.h"

enum conn_kind { KIND_LOCAL, KIND_HOST, KIND_HOSTSSL, KIND_HOSTNOSSL };
enum addr_kind { ADDR_ALL, ADDR_NET, ADDR_SAMEHOST, ADDR_SAMENET };

struct token { const char *text; bool quoted; };

struct rule {
	int line;
	enum conn_kind kind;
	struct list databases, users;   /* struct token */
	enum addr_kind addr;
	int  family, bits;
	unsigned char net[16];
	enum hba_method method;
};

struct hba { struct arena arena; struct list rules; };

/* -- Reading --------------------------------------------------------------------------------- */
struct line {
	const char *path;
	int number;
	const char *at;
	struct arena *arena;
	struct err *e;
};

static int
refuse(const struct line *l, const char *what, const char *word)
{
	if (word == NULL)
		return err_set(l->e, ERR_CONFIG_FILE_ERROR, "%s in file \"%s\" line %d", what, l->path, l->number);
	return err_set(l->e, ERR_CONFIG_FILE_ERROR, "%s \"%s\" in file \"%s\" line %d", what, word, l->path,
	               l->number);
}

/* The tokens of the next field: words separated by commas.  Empty list: the line has ended. */
static int
next_field(struct line *l, struct list *ret)
{
	*ret = (struct list) { 0 };
	for (;;) {
		while (*l->at == ' ' || *l->at == '\t' || *l->at == ',' || *l->at == '\r')
			l->at++;
		if (*l->at == '\0' || *l->at == '#')
			return ERR_OK;
		struct token *t = ARENA_NEW(l->arena, struct token);
		const char *start = l->at;
		if (*start == '"') {
			const char *end = strchr(++start, '"');
			if (end == NULL)
				return refuse(l, "missing closing quote", NULL);
			t->text = arena_strndup(l->arena, start, (size_t) (end - start));
			t->quoted = true;
			l->at = end + 1;
		} else {
			size_t n = strcspn(start, " \t,#\r\"");
			t->text = arena_strndup(l->arena, start, n);
			l->at = start + n;
		}
		list_push(ret, l->arena, t);
		const char *p = l->at;
		while (*p == ' ' || *p == '\t')
			p++;
		if (*l->at != ',' && *p != ',')
			return ERR_OK;
	}
}

static int
single(struct line *l, const char *missing, const char *many, const char **ret)
{
	struct list f;
	int rc = next_field(l, &f);

	if (rc != ERR_OK)
		return rc;
	if (f.n == 0)
		return refuse(l, missing, NULL);
	if (f.n > 1)
		return refuse(l, many, NULL);
	*ret = LIST_AT(struct token, &f, 0)->text;
	return ERR_OK;
}

static int
parse_names(struct line *l, const char *missing, struct list *ret)
{
	int rc = next_field(l, ret);

	if (rc != ERR_OK)
		return rc;
	if (ret->n == 0)
		return refuse(l, missing, NULL);
	for (int i = 0; i < ret->n; i++)
		if (!LIST_AT(struct token, ret, i)->quoted && LIST_AT(struct token, ret, i)->text[0] == '@')
			return refuse(l, "included lists are not supported:", LIST_AT(struct token, ret, i)->text);
	return ERR_OK;
}

static int
mask_bits(const unsigned char *mask, int len)
{
	int bits = 0;

	while (bits < len * 8 && (mask[bits / 8] & 0x80 >> bits % 8) != 0)
		bits++;
	for (int i = bits; i < len * 8; i++)
		if ((mask[i / 8] & 0x80 >> i % 8) != 0)
			return -1;
	return bits;
}

static int
parse_address(struct line *l, struct rule *r)
{
	const char *text, *mask_text;
	char plain[INET6_ADDRSTRLEN + 8];

	int rc = single(l, "end-of-line before IP address specification", "multiple values specified for host address",
	                &text);
	if (rc != ERR_OK)
		return rc;
	if (strcmp(text, "all") == 0) {
		r->addr = ADDR_ALL;
		return ERR_OK;
	}
	if (strcmp(text, "samehost") == 0 || strcmp(text, "samenet") == 0) {
		r->addr = text[4] == 'h' ? ADDR_SAMEHOST : ADDR_SAMENET;
		return ERR_OK;
	}
	r->addr = ADDR_NET;
	snprintf(plain, sizeof plain, "%s", text);
	char *slash = strchr(plain, '/');
	if (slash != NULL)
		*slash = '\0';
	r->family = strchr(plain, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(r->family, plain, r->net) != 1)
		return refuse(l, "invalid IP address (host names are not supported)", text);
	int max = r->family == AF_INET ? 32 : 128;
	if (slash != NULL) {
		char *end;
		long bits = strtol(slash + 1, &end, 10);
		if (*end != '\0' || end == slash + 1 || bits < 0 || bits > max)
			return refuse(l, "invalid CIDR mask in address", text);
		r->bits = (int) bits;
		return ERR_OK;
	}
	unsigned char mask[16];
	rc = single(l, "end-of-line before netmask specification", "multiple values specified for netmask", &mask_text);
	if (rc != ERR_OK)
		return rc;
	if (inet_pton(r->family, mask_text, mask) != 1 || (r->bits = mask_bits(mask, max / 8)) < 0)
		return refuse(l, "invalid IP mask", mask_text);
	return ERR_OK;
}

static int
parse_method(struct line *l, struct rule *r)
{
	static const struct { const char *name; enum hba_method method; } methods[] = {
		{ "trust", HBA_TRUST }, { "reject", HBA_REJECT }, { "scram-sha-256", HBA_SCRAM },
		{ "md5", HBA_SCRAM },   /* as PostgreSQL: a SCRAM verifier is checked by SCRAM */
		{ "password", HBA_PASSWORD }, { "peer", HBA_PEER },
	};
	const char *text;
	struct list rest;

	int rc = single(l, "end-of-line before authentication method",
	                "multiple values specified for authentication type", &text);
	if (rc != ERR_OK)
		return rc;
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (strcmp(text, methods[i].name) == 0)
			r->method = methods[i].method;
	if (r->method == HBA_NONE)
		return refuse(l, "invalid authentication method", text);
	if (r->method == HBA_PEER && r->kind != KIND_LOCAL)
		return refuse(l, "peer authentication is only supported on local sockets", NULL);
	rc = next_field(l, &rest);
	if (rc == ERR_OK && rest.n > 0)
		rc = refuse(l, "unrecognized authentication option", LIST_AT(struct token, &rest, 0)->text);
	return rc;
}

static int
parse_rule(struct line *l, struct list *rules)
{
	static const struct { const char *name; enum conn_kind kind; } kinds[] = {
		{ "local", KIND_LOCAL }, { "host", KIND_HOST }, { "hostssl", KIND_HOSTSSL },
		{ "hostnossl", KIND_HOSTNOSSL }, { "hostnogssenc", KIND_HOST },
	};
	struct rule *r = ARENA_NEW(l->arena, struct rule);
	struct list first;
	bool known = false;

	int rc = next_field(l, &first);
	if (rc != ERR_OK || first.n == 0)
		return rc;
	const char *word = LIST_AT(struct token, &first, 0)->text;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(word, kinds[i].name) == 0) {
			r->kind = kinds[i].kind;
			known = true;
		}
	if (!known || first.n > 1)
		return refuse(l, "invalid connection type", word);
	r->line = l->number;
	rc = parse_names(l, "end-of-line before database specification", &r->databases);
	if (rc == ERR_OK)
		rc = parse_names(l, "end-of-line before role specification", &r->users);
	if (rc == ERR_OK && r->kind != KIND_LOCAL)
		rc = parse_address(l, r);
	if (rc == ERR_OK)
		rc = parse_method(l, r);
	if (rc == ERR_OK)
		list_push(rules, l->arena, r);
	return rc;
}

int
hba_load(const char *path, struct hba **ret, struct err *e)
{
	FILE *in = fopen(path, "re");
	struct line l = { .path = path, .e = e };
	char *text = NULL;
	size_t size = 0;
	int rc = ERR_OK;

	if (in == NULL)
		return err_set(e, ERR_CONFIG_FILE_ERROR, "could not open configuration file \"%s\": %s", path,
		               strerror(errno));
	struct hba *h = calloc(1, sizeof *h);
	if (h == NULL) {
		(void) fclose(in);
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	}
	arena_init(&h->arena, 0);
	l.arena = &h->arena;
	for (ssize_t n; rc == ERR_OK && (n = getline(&text, &size, in)) >= 0; ) {
		l.number++;
		if (n > 0 && text[n - 1] == '\n')
			text[n - 1] = '\0';
		l.at = text;
		rc = parse_rule(&l, &h->rules);
	}
	free(text);
	(void) fclose(in);
	if (rc == ERR_OK && h->rules.n == 0)
		rc = err_set(e, ERR_CONFIG_FILE_ERROR, "configuration file \"%s\" contains no entries", path);
	if (rc != ERR_OK)
		hba_done(&h);
	else
		*ret = h;
	return rc;
}

void
hba_done(struct hba **h)
{
	if (*h == NULL)
		return;
	arena_done(&(*h)->arena);
	free(*h);
	*h = NULL;
}

/* -- Matching --------------------------------------------------------------------------------- */
static bool
same_prefix(const unsigned char *a, const unsigned char *b, int bits)
{
	if (memcmp(a, b, (size_t) bits / 8) != 0)
		return false;
	int rest = bits % 8;
	return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

/* The bytes of an address; 0: neither IPv4 nor IPv6. */
static int
address_bytes(const struct sockaddr *sa, unsigned char out[16])
{
	if (sa->sa_family == AF_INET) {
		memcpy(out, &((const struct sockaddr_in *) (const void *) sa)->sin_addr, 4);
		return 4;
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *) (const void *) sa)->sin6_addr, 16);
		return 16;
	}
	return 0;
}

/* Is the peer this machine (or on a network of it)? */
static bool
is_near(const struct sockaddr_storage *peer, bool whole_net)
{
	unsigned char theirs[16], ours[16], mask[16];
	struct ifaddrs *all;
	bool near = false;
	int n = address_bytes((const struct sockaddr *) peer, theirs);

	if (n == 0 || getifaddrs(&all) != 0)
		return false;
	for (struct ifaddrs *i = all; i != NULL && !near; i = i->ifa_next) {
		if (i->ifa_addr == NULL || i->ifa_netmask == NULL || i->ifa_addr->sa_family != peer->ss_family)
			continue;
		(void) address_bytes(i->ifa_addr, ours);
		int bits = n * 8;
		if (whole_net && address_bytes(i->ifa_netmask, mask) == n)
			bits = mask_bits(mask, n);
		near = bits >= 0 && same_prefix(theirs, ours, bits);
	}
	freeifaddrs(all);
	return near;
}

static bool
address_matches(const struct rule *r, const struct hba_client *c)
{
	unsigned char theirs[16];

	switch (r->addr) {
	case ADDR_ALL:
		return true;
	case ADDR_SAMEHOST:
	case ADDR_SAMENET:
		return is_near(c->peer, r->addr == ADDR_SAMENET);
	case ADDR_NET:
		return c->peer->ss_family == r->family &&
		       address_bytes((const struct sockaddr *) c->peer, theirs) != 0 &&
		       same_prefix(theirs, r->net, r->bits);
	}
	return false;
}

static bool
database_matches(const struct list *names, const struct hba_client *c)
{
	for (int i = 0; i < names->n; i++) {
		const struct token *t = LIST_AT(struct token, names, i);
		if (!t->quoted && strcmp(t->text, "replication") == 0) {
			if (c->replication)
				return true;
		} else if (c->replication) {
			continue;       /* "all" does not mean replication */
		} else if (!t->quoted && strcmp(t->text, "all") == 0) {
			return true;
		} else if (!t->quoted && strcmp(t->text, "sameuser") == 0) {
			if (strcmp(c->database, c->user) == 0)
				return true;
		} else if (!t->quoted && (strcmp(t->text, "samerole") == 0 || strcmp(t->text, "samegroup") == 0)) {
			if (c->is_member(c->arg, c->database))
				return true;
		} else if (strcmp(t->text, c->database) == 0) {
			return true;
		}
	}
	return false;
}

static bool
user_matches(const struct list *names, const struct hba_client *c)
{
	for (int i = 0; i < names->n; i++) {
		const struct token *t = LIST_AT(struct token, names, i);
		if (!t->quoted && strcmp(t->text, "all") == 0)
			return true;
		if (!t->quoted && t->text[0] == '+' ? c->is_member(c->arg, t->text + 1)
		                                    : strcmp(t->text, c->user) == 0)
			return true;
	}
	return false;
}

struct hba_answer
hba_match(const struct hba *h, const struct hba_client *c)
{
	for (int i = 0; i < h->rules.n; i++) {
		const struct rule *r = LIST_AT(struct rule, &h->rules, i);
		if ((r->kind == KIND_LOCAL) != c->local ||
		    (r->kind == KIND_HOSTSSL && !c->tls) || (r->kind == KIND_HOSTNOSSL && c->tls) ||
		    (!c->local && !address_matches(r, c)) ||
		    !database_matches(&r->databases, c) || !user_matches(&r->users, c))
			continue;
		return (struct hba_answer) { r->method, r->line };
	}
	return (struct hba_answer) { HBA_NONE, 0 };
}
