/* grant.c - GRANT and REVOKE of privileges on objects.
 *
 * Privileges are kept as the text of PostgreSQL's aclitem[]: {grantee=privileges/grantor,...}, a
 * star after a letter for the grant option; NULL: the defaults.
 *
 * Not here: roles (role.c), checking (core/security). */
#include "config.h"
#include "core/ddl/private.h"

#include <ctype.h>
#include <strings.h>

#include "core/security/privilege.h"

static const struct {
	const char *name;
	char letter;
} privileges[] = {
	{ "insert", 'a' },   { "select", 'r' },     { "update", 'w' },  { "delete", 'd' },
	{ "truncate", 'D' }, { "references", 'x' }, { "trigger", 't' }, { "execute", 'X' },
	{ "usage", 'U' },    { "create", 'C' },     { "connect", 'c' }, { "temporary", 'T' },
	{ "temp", 'T' },
};

/* In the order in which aclitems print. */
static const char letter_order[] = "arwdDxtXUCcT";

struct item {
	const char *grantee; /* "": PUBLIC */
	const char *grantor;
	bool has[sizeof letter_order], option[sizeof letter_order];
};

struct acl {
	struct item *at;
	int n, cap;
};

static struct item *
item_of(struct ddl *d, struct acl *acl, const char *grantee, const char *grantor)
{
	for (int i = 0; i < acl->n; i++)
		if (strcmp(acl->at[i].grantee, grantee) == 0 &&
		    strcmp(acl->at[i].grantor, grantor) == 0)
			return &acl->at[i];
	if (acl->n == acl->cap) {
		struct item *more = ARENA_ARRAY(d->a, struct item, acl->cap * 2 + 8);

		if (acl->n > 0)
			memcpy(more, acl->at, (size_t) acl->n * sizeof *more);
		acl->at = more;
		acl->cap = acl->cap * 2 + 8;
	}
	acl->at[acl->n] = (struct item){ .grantee = grantee, .grantor = grantor };
	return &acl->at[acl->n++];
}

static int
letter_number(char c)
{
	const char *p = c != '\0' ? strchr(letter_order, c) : NULL;

	return p != NULL ? (int) (p - letter_order) : -1;
}

static void
add_letters(struct item *it, const char *letters)
{
	for (const char *p = letters; *p != '\0'; p++)
		it->has[letter_number(*p)] = true;
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

static void
parse(struct ddl *d, const char *text, struct acl *acl)
{
	char buffer[512];

	while (privilege_next_item(&text, buffer, sizeof buffer)) {
		const char *p = buffer, *grantee, *letters;
		struct item *it;

		grantee = read_name(d, &p, "=");
		letters = p += *p == '=';
		p += strcspn(p, "/");
		p += *p == '/';
		it = item_of(d, acl, grantee, read_name(d, &p, ""));
		for (p = letters; *p != '\0' && *p != '/'; p++) {
			int n = letter_number(*p);

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
print_item(const struct item *it, struct strbuf *to)
{
	print_name(to, it->grantee);
	strbuf_putc(to, '=');
	for (unsigned k = 0; k < sizeof letter_order - 1; k++)
		if (it->has[k])
			strbuf_printf(to, "%c%s", letter_order[k], it->option[k] ? "*" : "");
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

static const char *
print(struct ddl *d, const struct acl *acl)
{
	struct strbuf b, item;
	bool first = true;

	strbuf_init(&b, d->a);
	strbuf_init(&item, d->a);
	strbuf_putc(&b, '{');
	for (int i = 0; i < acl->n; i++) {
		bool any = false;

		for (unsigned k = 0; k < sizeof letter_order - 1; k++)
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

/* --- what applies to which object ------------------------------------------------------------- */

static const char *
all_letters(const struct object *o)
{
	switch (o->class) {
	case OBJ_RELATION:
		return ((const struct relation *) o)->kind == REL_SEQUENCE ? "rwU" : "arwdDxt";
	case OBJ_SCHEMA:
		return "UC";
	case OBJ_TYPE:
		return "U";
	case OBJ_DATABASE:
		return "CcT";
	case OBJ_FUNCTION:
		return "X";
	default:
		return "";
	}
}

static const char *
default_public(const struct object *o)
{
	return o->class == OBJ_TYPE	  ? "U"
	       : o->class == OBJ_DATABASE ? "cT"
	       : o->class == OBJ_FUNCTION ? "X"
					  : "";
}

static const char *
kind_word(const struct object *o)
{
	switch (o->class) {
	case OBJ_RELATION:
		return ((const struct relation *) o)->kind == REL_SEQUENCE ? "sequence" : "table";
	case OBJ_SCHEMA:
		return "schema";
	case OBJ_TYPE:
		return "type";
	case OBJ_FUNCTION:
		return "function";
	default:
		return "database";
	}
}

static const char *
upper(struct ddl *d, const char *name)
{
	char *copy = arena_strdup(d->a, name);

	for (char *p = copy; *p != '\0'; p++)
		*p = (char) toupper((unsigned char) *p);
	return copy;
}

static int
wanted_letters(struct ddl *d, const struct object *o, const struct cmd_grant *cmd, const char **ret,
	       struct err *e)
{
	struct strbuf b;

	*ret = all_letters(o);
	if (cmd->privileges.n == 0)
		return ERR_OK;
	strbuf_init(&b, d->a);
	strbuf_puts(&b, "");
	for (int i = 0; i < cmd->privileges.n; i++) {
		const char *name = LIST_AT(const char, &cmd->privileges, i);
		char letter = '\0';

		for (unsigned k = 0; k < ARRAY_LEN(privileges); k++)
			if (strcasecmp(privileges[k].name, name) == 0)
				letter = privileges[k].letter;
		if (letter == '\0')
			return err_set(e, ERR_SYNTAX_ERROR, "unrecognized privilege type \"%s\"",
				       name);
		if (strchr(all_letters(o), letter) == NULL)
			return err_set(e, ERR_INVALID_GRANT_OPERATION,
				       "invalid privilege type %s for %s", upper(d, name),
				       kind_word(o));
		strbuf_putc(&b, letter);
	}
	*ret = b.data;
	return ERR_OK;
}

static void
apply(struct ddl *d, struct acl *acl, const char *grantee, const char *grantor, const char *letters,
      const struct cmd_grant *cmd)
{
	struct item *it = item_of(d, acl, grantee, grantor);

	for (const char *p = letters; *p != '\0'; p++) {
		int n = letter_number(*p);

		if (cmd->grant) {
			it->has[n] = true;
			it->option[n] |= cmd->grant_option;
		} else {
			it->option[n] = false;
			if (!cmd->grant_option)
				it->has[n] = false;
		}
	}
}

static const char *
changed_acl(struct ddl *d, const struct object *o, const char *letters, const struct cmd_grant *cmd)
{
	const struct role *owner = catalog_role_by_oid(d->c, o->owner);
	const char *grantor = owner != NULL ? owner->o.name : "";
	struct acl acl = { 0 };

	if (o->acl != NULL) {
		parse(d, o->acl, &acl);
	} else {
		if (*default_public(o) != '\0')
			add_letters(item_of(d, &acl, "", grantor), default_public(o));
		add_letters(item_of(d, &acl, grantor, grantor), all_letters(o));
	}
	for (int i = 0; i < cmd->grantees.n; i++) {
		const struct role *r = LIST_AT(const struct role, &cmd->grantees, i);

		apply(d, &acl, r != NULL ? r->o.name : "", grantor, letters, cmd);
	}
	return print(d, &acl);
}

static int
lock_object(struct ddl *d, const struct object_ref *ref, const struct object **ret, struct err *e)
{
	enum object_class class;
	const struct relation *r;
	int rc;

	switch (ref->kind) {
	case OBJECT_SCHEMA:
		class = OBJ_SCHEMA;
		break;
	case OBJECT_TYPE:
	case OBJECT_DOMAIN:
		class = OBJ_TYPE;
		break;
	case OBJECT_DATABASE:
		class = OBJ_DATABASE;
		break;
	case OBJECT_FUNCTION:
	case OBJECT_PROCEDURE:
		class = OBJ_FUNCTION;
		break;
	default:
		rc = ddl_lock_relation(d, ref->oid, LOCK_SHARE_UPDATE_EXCLUSIVE, &r, e);
		*ret = rc == ERR_OK ? &r->o : NULL;
		return rc;
	}
	rc = ddl_lock_object(d, class, ref->oid, LOCK_SHARE_UPDATE_EXCLUSIVE, e);
	*ret = catalog_object(d->c, class, ref->oid);
	return rc;
}

static void
put_with_acl(struct ddl *d, const struct object *o, const char *acl)
{
	union {
		struct schema s;
		struct database db;
		struct user_type t;
		struct function f;
	} copy;
	struct relation *r;

	switch (o->class) {
	case OBJ_RELATION:
		r = ddl_copy_relation(d, (const struct relation *) o);
		r->o.acl = acl;
		ddl_put_relation(d, r);
		break;
	case OBJ_SCHEMA:
		copy.s = *(const struct schema *) o;
		copy.s.o.acl = acl;
		draft_put(d->draft, &copy.s.o);
		break;
	case OBJ_DATABASE:
		copy.db = *(const struct database *) o;
		copy.db.o.acl = acl;
		draft_put(d->draft, &copy.db.o);
		break;
	case OBJ_FUNCTION:
		copy.f = *(const struct function *) o;
		copy.f.o.acl = acl;
		draft_put(d->draft, &copy.f.o);
		break;
	default:
		copy.t = *(const struct user_type *) o;
		copy.t.o.acl = acl;
		draft_put(d->draft, &copy.t.o);
		break;
	}
}

int
ddl_grant(struct ddl *d, const struct cmd_grant *cmd, struct err *e)
{
	int rc = ERR_OK;

	if (cmd->columns.n > 0)
		return err_unsupported(e, "privileges on columns",
				       "Grant on the table, or on a view of the columns.");
	for (int i = 0; rc == ERR_OK && i < cmd->objects.n; i++) {
		const struct object *o = NULL;
		const char *letters;

		rc = lock_object(d, LIST_AT(const struct object_ref, &cmd->objects, i), &o, e);
		if (rc == ERR_OK && !ddl_has_role(d, o->owner))
			rc = err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied for %s %s",
				     kind_word(o), o->name);
		if (rc == ERR_OK)
			rc = wanted_letters(d, o, cmd, &letters, e);
		if (rc == ERR_OK) {
			put_with_acl(d, o, changed_acl(d, o, letters, cmd));
			rc = ddl_seal(d, e);
		}
	}
	return rc;
}
