/* path.c - the search path: schemas where names without a schema are looked for.
 *
 * The list is worked out again when the setting, the catalog or the role has changed; its own
 * version changes only when the result does, so that plans survive unrelated DDL.
 *
 * Also here: the schema of temporary objects, made when the first is. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/security/privilege.h"

enum { PATH_MAX_SCHEMAS = 64, NAME_LEN_MAX = 64 };

/* The next identifier of the list, folded or unquoted; false: the end. */
static bool
next_name(const char **p, char name[NAME_LEN_MAX])
{
	const char *at = *p + strspn(*p, " \t\n,");
	size_t n = 0;

	if (*at == '\0')
		return false;
	if (*at == '"') {
		for (at++; *at != '\0'; at++) {
			if (*at == '"' && *++at != '"')
				break;
			if (n < NAME_LEN_MAX - 1)
				name[n++] = *at;
		}
	} else {
		for (; *at != '\0' && strchr(" \t\n,", *at) == NULL; at++)
			if (n < NAME_LEN_MAX - 1)
				name[n++] = (char) (*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
	}
	name[n] = '\0';
	*p = at;
	return true;
}

static void
add(oid_t *path, int *n, oid_t schema)
{
	for (int i = 0; i < *n; i++)
		if (path[i] == schema)
			return;
	if (*n < PATH_MAX_SCHEMAS)
		path[(*n)++] = schema;
}

static void
temp_name(const struct session *s, char name[NAME_LEN_MAX])
{
	snprintf(name, NAME_LEN_MAX, "pg_temp_%d", s->pid);
}

/* The explicit path into `path`; whether it names pg_catalog and pg_temp itself. */
static int
resolve(struct session *s, const struct catalog *c, oid_t *path, bool *ret_catalog, bool *ret_temp)
{
	const struct role *me = catalog_role_by_oid(c, s->role_oid);
	const char *p = settings_text(&s->settings, SET_search_path);
	char name[NAME_LEN_MAX];
	int n = 0;

	*ret_catalog = *ret_temp = false;
	while (next_name(&p, name)) {
		if (strcmp(name, "$user") == 0 && me != NULL)
			snprintf(name, sizeof name, "%s", me->o.name);
		if (strcmp(name, "pg_temp") == 0) {
			*ret_temp = true;
			if (s->temp_schema != 0)
				add(path, &n, s->temp_schema);
			continue;
		}
		const struct schema *schema = catalog_schema(c, name);
		if (schema == NULL || (!s->superuser && !privilege_has(c, s->role_oid, &schema->o, 'U')))
			continue;
		*ret_catalog |= schema->o.oid == OID_PG_CATALOG;
		add(path, &n, schema->o.oid);
	}
	return n;
}

static void
refresh(struct session *s)
{
	struct catalog *c = session_catalog(s);
	oid_t full[PATH_MAX_SCHEMAS + 2], named[PATH_MAX_SCHEMAS];
	char temp[NAME_LEN_MAX];
	bool has_catalog, has_temp;
	int hidden = 0;

	if (s->path_version != 0 && s->path_catalog == catalog_version(c) &&
	    s->path_settings == s->settings.version && s->path_role == s->role_oid) {
		catalog_release(c);
		return;
	}
	temp_name(s, temp);
	const struct schema *t = catalog_schema(c, temp);
	s->temp_schema = t != NULL ? t->o.oid : 0;
	int n = resolve(s, c, named, &has_catalog, &has_temp);
	if (s->temp_schema != 0 && !has_temp)
		full[hidden++] = s->temp_schema;
	if (!has_catalog)
		full[hidden++] = OID_PG_CATALOG;
	if (n + hidden > PATH_MAX_SCHEMAS)
		n = PATH_MAX_SCHEMAS - hidden;
	memcpy(full + hidden, named, (size_t) n * sizeof named[0]);
	n += hidden;
	if (s->path_version == 0 || s->npath != n || s->npath_hidden != hidden ||
	    memcmp(s->path, full, (size_t) n * sizeof full[0]) != 0) {
		memcpy(s->path, full, (size_t) n * sizeof full[0]);
		s->npath = n;
		s->npath_hidden = hidden;
		s->path_version++;
	}
	s->path_catalog = catalog_version(c);
	s->path_settings = s->settings.version;
	s->path_role = s->role_oid;
	catalog_release(c);
}

int
session_search_path(void *self, bool implicit, const oid_t **ret)
{
	struct session *s = self;

	refresh(s);
	*ret = implicit ? s->path : s->path + s->npath_hidden;
	return implicit ? s->npath : s->npath - s->npath_hidden;
}

uint64_t
session_path_version(struct session *s)
{
	refresh(s);
	return s->path_version;
}

int
session_make_temp_schema(struct session *s, struct err *e)
{
	struct draft *d;
	char name[NAME_LEN_MAX];

	refresh(s);
	if (s->temp_schema != 0)
		return ERR_OK;
	int rc = tx_draft(s, &d, e);
	if (rc == ERR_OK)
		rc = txn_statement_begin(s->txn, e);
	if (rc != ERR_OK)
		return rc;
	temp_name(s, name);
	const struct schema schema = { .o = { .class = OBJ_SCHEMA, .oid = draft_new_oid(d), .owner = s->user_oid,
	                                      .name = name } };
	draft_put(d, &schema.o);
	rc = draft_seal(d, e);
	txn_statement_end(s->txn);
	return rc;
}
