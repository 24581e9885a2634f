/* acl.c - access lists as they are kept: read, changed, written.
 *
 * The text of PostgreSQL's aclitem[]: {grantee=privileges/grantor,...}, a star after a letter for the
 * grant option; NULL: the defaults.
 *
 * Not here: which letters an object has (grant.c), what they allow (core/security). */
#include "config.h"
#include "core/ddl/acl.h"

#include <ctype.h>

#include "core/security/privilege.h"

static const char acl_letters[] = "arwdDxtXUCcT";

struct acl_item *
acl_item(struct ddl *d, struct acl *acl, const char *grantee, const char *grantor)
{
	for (int i = 0; i < acl->n; i++)
		if (strcmp(acl->at[i].grantee, grantee) == 0 &&
		    strcmp(acl->at[i].grantor, grantor) == 0)
			return &acl->at[i];
	if (acl->n == acl->cap) {
		struct acl_item *more = ARENA_ARRAY(d->a, struct acl_item, acl->cap * 2 + 8);

		if (acl->n > 0)
			memcpy(more, acl->at, (size_t) acl->n * sizeof *more);
		acl->at = more;
		acl->cap = acl->cap * 2 + 8;
	}
	acl->at[acl->n] = (struct acl_item){ .grantee = grantee, .grantor = grantor };
	return &acl->at[acl->n++];
}

int
acl_letter(char c)
{
	const char *p = c != '\0' ? strchr(acl_letters, c) : NULL;

	return p != NULL ? (int) (p - acl_letters) : -1;
}

/* A name up to one of the stop characters; quotes double inside quotes. */
static const char *
read_name(struct ddl *d, const char **at, const char *stop)
{
	struct strbuf b;
	const char *p = *at;

	strbuf_init(&b, d->a);
	strbuf_puts(&b, "");
	if (*p == '"') {
		for (p++; *p != '\0'; p++) {
			if (*p == '"' && p[1] != '"')
				break;
			p += *p == '"';
			strbuf_putc(&b, *p);
		}
		p += *p == '"';
	} else {
		while (*p != '\0' && strchr(stop, *p) == NULL)
			strbuf_putc(&b, *p++);
	}
	*at = p;
	return b.data;
}

void
acl_parse(struct ddl *d, const char *text, struct acl *acl)
{
	char buffer[512];

	while (privilege_next_item(&text, buffer, sizeof buffer)) {
		const char *p = buffer, *grantee, *letters;
		struct acl_item *it;

		grantee = read_name(d, &p, "=");
		letters = p += *p == '=';
		p += strcspn(p, "/");
		p += *p == '/';
		it = acl_item(d, acl, grantee, read_name(d, &p, ""));
		for (p = letters; *p != '\0' && *p != '/'; p++) {
			int n = acl_letter(*p);

			if (n < 0)
				continue;
			it->has[n] = true;
			it->option[n] = p[1] == '*';
		}
	}
}

static void
print_name(struct strbuf *to, const char *name)
{
	bool plain = true;

	for (const char *p = name; *p != '\0'; p++)
		plain &= isalnum((unsigned char) *p) || *p == '_';
	if (plain) {
		strbuf_puts(to, name);
		return;
	}
	strbuf_putc(to, '"');
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '"')
			strbuf_putc(to, '"');
		strbuf_putc(to, *p);
	}
	strbuf_putc(to, '"');
}

static void
print_item(const struct acl_item *it, struct strbuf *to)
{
	print_name(to, it->grantee);
	strbuf_putc(to, '=');
	for (unsigned k = 0; k < ACL_LETTERS; k++)
		if (it->has[k])
			strbuf_printf(to, "%c%s", acl_letters[k], it->option[k] ? "*" : "");
	strbuf_putc(to, '/');
	print_name(to, it->grantor);
}

/* An array's element: quoted when it has something that could be mistaken. */
static void
print_element(struct strbuf *to, const char *text)
{
	if (strpbrk(text, "\"\\{}, \t\n") == NULL) {
		strbuf_puts(to, text);
		return;
	}
	strbuf_putc(to, '"');
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			strbuf_putc(to, '\\');
		strbuf_putc(to, *p);
	}
	strbuf_putc(to, '"');
}

const char *
acl_print(struct ddl *d, const struct acl *acl)
{
	struct strbuf b, item;
	bool first = true;

	strbuf_init(&b, d->a);
	strbuf_init(&item, d->a);
	strbuf_putc(&b, '{');
	for (int i = 0; i < acl->n; i++) {
		bool any = false;

		for (unsigned k = 0; k < ACL_LETTERS; k++)
			any |= acl->at[i].has[k];
		if (!any)
			continue;
		if (!first)
			strbuf_putc(&b, ',');
		first = false;
		strbuf_clear(&item);
		print_item(&acl->at[i], &item);
		print_element(&b, item.data);
	}
	strbuf_putc(&b, '}');
	return b.data;
}

/* --- roles that change ------------------------------------------------------------------------ */

const char *
ddl_acl_of_owner(struct ddl *d, const struct object *o, oid_t owner)
{
	const struct role *from = catalog_role_by_oid(d->c, o->owner), *to = catalog_role_by_oid(d->c, owner);

	if (from == NULL || to == NULL)
		return o->acl;
	return acl_replace(d, o->acl, from->o.name, to->o.name);
}

const char *
acl_replace(struct ddl *d, const char *text, const char *from, const char *to)
{
	struct acl acl = { 0 }, changed = { 0 };

	if (text == NULL)
		return NULL;
	acl_parse(d, text, &acl);
	for (int i = 0; i < acl.n; i++) {
		const struct acl_item *it = &acl.at[i];
		struct acl_item *into =
			acl_item(d, &changed, strcmp(it->grantee, from) == 0 ? to : it->grantee,
				 strcmp(it->grantor, from) == 0 ? to : it->grantor);

		for (int k = 0; k < ACL_LETTERS; k++) {
			into->has[k] |= it->has[k];
			into->option[k] |= it->option[k];
		}
	}
	return acl_print(d, &changed);
}
