/* names.c - names of implicit objects, as PostgreSQL chooses them; quoting.
 *
 * Not here: what the names are given to. */
#include "config.h"
#include "core/ddl/private.h"

#include <ctype.h>

#include "core/func/session_api.h"

/* Cut to at most `max` bytes at a character's boundary. */
static size_t
clip(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char) s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* name1_name2_label in 63 bytes: the longer of the two names gives way. */
const char *
ddl_object_name(struct arena *a, const char *name1, const char *name2, const char *label)
{
	size_t len1 = strlen(name1), len2 = name2 != NULL ? strlen(name2) : 0, over = 0;

	if (name2 != NULL)
		over++;
	if (label != NULL)
		over += strlen(label) + 1;
	while (len1 + len2 + over > NAME_MAX_LEN) {
		if (len1 > len2)
			len1--;
		else
			len2--;
	}
	len1 = clip(name1, strlen(name1), len1);
	if (name2 != NULL)
		len2 = clip(name2, strlen(name2), len2);
	return arena_printf(a, "%.*s%s%.*s%s%s", (int) len1, name1, name2 != NULL ? "_" : "",
			    (int) len2, name2 != NULL ? name2 : "", label != NULL ? "_" : "",
			    label != NULL ? label : "");
}

static bool
constraint_exists(const struct ddl *d, oid_t schema, const char *name)
{
	for (int i = 0; i < catalog_count(d->c, OBJ_RELATION); i++) {
		const struct relation *r =
			(const struct relation *) catalog_at(d->c, OBJ_RELATION, i);

		if (r->o.schema != schema)
			continue;
		for (int k = 0; k < r->nconstraints; k++)
			if (strcmp(r->constraints[k].name, name) == 0)
				return true;
	}
	return false;
}

const char *
ddl_choose_relation_name(struct ddl *d, oid_t schema, const char *name1, const char *name2,
			 const char *label, bool constraint)
{
	const char *used = label;

	for (int pass = 1;; pass++) {
		const char *name = ddl_object_name(d->a, name1, name2, used);

		if (catalog_relation(d->c, schema, name) == NULL &&
		    !(constraint && constraint_exists(d, schema, name)))
			return name;
		used = arena_printf(d->a, "%s%d", label, pass);
	}
}

const char *
ddl_choose_constraint_name(struct ddl *d, oid_t schema, const char *name1, const char *name2,
			   const char *label)
{
	const char *used = label;

	for (int pass = 1;; pass++) {
		const char *name = ddl_object_name(d->a, name1, name2, used);

		if (!constraint_exists(d, schema, name))
			return name;
		used = arena_printf(d->a, "%s%d", label, pass);
	}
}

/* a_b_c, no longer than a name needs. */
const char *
ddl_join_names(struct arena *a, const char *const *names, int n)
{
	struct strbuf b;

	strbuf_init(&b, a);
	strbuf_puts(&b, "");
	for (int i = 0; i < n && b.len <= NAME_MAX_LEN; i++) {
		if (i > 0)
			strbuf_putc(&b, '_');
		strbuf_puts(&b, names[i]);
	}
	return b.data;
}

bool
ddl_type_exists(const struct ddl *d, oid_t schema, const char *name)
{
	return catalog_type_by_name(d->c, schema, name) != NULL;
}

static bool
plain(const char *ident)
{
	if (!(islower((unsigned char) *ident) || *ident == '_'))
		return false;
	for (const char *p = ident; *p != '\0'; p++)
		if (!(islower((unsigned char) *p) || isdigit((unsigned char) *p) || *p == '_'))
			return false;
	return true;
}

void
ddl_quote(struct strbuf *to, const char *ident)
{
	if (plain(ident)) {
		strbuf_puts(to, ident);
		return;
	}
	strbuf_putc(to, '"');
	for (const char *p = ident; *p != '\0'; p++) {
		if (*p == '"')
			strbuf_putc(to, '"');
		strbuf_putc(to, *p);
	}
	strbuf_putc(to, '"');
}

const char *
ddl_qualified(struct ddl *d, const struct object *o)
{
	const struct session_api *s = d->env->exec->session;
	const oid_t *path = NULL;
	int n = s != NULL && s->search_path != NULL ? s->search_path(s->self, true, &path) : 0;
	struct strbuf b;
	bool visible = o->schema == 0;

	for (int i = 0; i < n && !visible; i++) {
		if (path[i] == o->schema)
			visible = true;
		else if (catalog_relation(d->c, path[i], o->name) != NULL)
			break;
	}
	strbuf_init(&b, d->a);
	if (!visible) {
		ddl_quote(&b, ddl_schema_name(d, o->schema));
		strbuf_putc(&b, '.');
	}
	ddl_quote(&b, o->name);
	return b.data;
}
