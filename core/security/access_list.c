/* access_list.c - reading and writing access lists.
 *
 * Not here: what a list allows a role (privilege.c), how GRANT changes it (core/ddl). */
#include "config.h"
#include "core/security/access_list.h"

#include <stdlib.h>

/* A role: its oid or, in old lists, its name, quoted or not.  `ends` is what follows it. */
static bool
read_role(const struct catalog *c, const char **at, const char *ends, oid_t *ret)
{
	char name[256];
	const char *p = *at;
	bool quoted = *p == '"', digits = !quoted;
	size_t n = 0;

	for (p += quoted; *p != '\0' && (quoted || strchr(ends, *p) == NULL); p++) {
		if (quoted && *p == '"' && *++p != '"')
			break;
		if (n + 1 == sizeof name)
			return false;
		digits &= *p >= '0' && *p <= '9';
		name[n++] = *p;
	}
	name[n] = '\0';
	*at = p;
	if (n == 0) {
		*ret = 0;
		return true;
	}
	if (digits) {
		*ret = (oid_t) strtoul(name, NULL, 10);
		return true;
	}
	const struct role *r = catalog_role(c, name);
	*ret = r != NULL ? r->o.oid : 0;
	return r != NULL;
}

/* One element of the array, without its quotes; false: none left. */
static bool
next_element(const char **at, char *to, size_t cap)
{
	const char *p = *at;
	bool quoted;
	size_t n = 0;

	if ((*p != '{' && *p != ',') || p[1] == '}' || p[1] == '\0')
		return false;
	quoted = *++p == '"';
	for (p += quoted; *p != '\0'; p++) {
		if (quoted ? *p == '"' : *p == ',' || *p == '}')
			break;
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		if (n + 1 == cap)
			return false;
		to[n++] = *p;
	}
	to[n] = '\0';
	*at = p + (quoted && *p == '"');
	return true;
}

static bool
read_entry(const struct catalog *c, const char *p, struct aclitem *ret)
{
	*ret = (struct aclitem){ 0 };
	if (!read_role(c, &p, "=", &ret->grantee) || *p != '=')
		return false;
	for (p++; *p != '\0' && *p != '/'; p++) {
		const char letter[2] = { *p, '\0' };
		uint16_t bit = access_bits(letter);

		ret->rights |= bit;
		if (p[1] == '*')
			ret->grant_options |= bit;
	}
	return *p == '/' && (p++, read_role(c, &p, "", &ret->grantor));
}

bool
access_next(const struct catalog *c, const char **at, struct aclitem *ret)
{
	char element[512];

	while (next_element(at, element, sizeof element))
		if (read_entry(c, element, ret))
			return true;
	return false;
}

uint16_t
access_bits(const char *letters)
{
	uint16_t set = 0;

	for (; *letters != '\0'; letters++) {
		const char *at = strchr(ACL_LETTERS, *letters);

		if (at != NULL)
			set = (uint16_t) (set | 1u << (at - ACL_LETTERS));
	}
	return set;
}

void
access_begin(struct strbuf *to)
{
	strbuf_clear(to);
	strbuf_putc(to, '{');
}

void
access_add(struct strbuf *to, const struct aclitem *item)
{
	if (to->len > 1)
		strbuf_putc(to, ',');
	if (item->grantee != 0)
		strbuf_int(to, item->grantee);
	strbuf_putc(to, '=');
	for (int i = 0; ACL_LETTERS[i] != '\0'; i++) {
		if ((item->rights & 1 << i) != 0)
			strbuf_putc(to, ACL_LETTERS[i]);
		if ((item->grant_options & 1 << i) != 0)
			strbuf_putc(to, '*');
	}
	strbuf_putc(to, '/');
	strbuf_int(to, item->grantor);
}

const char *
access_end(struct strbuf *to)
{
	strbuf_putc(to, '}');
	return to->data;
}

const char *
access_owner_default(const struct object *o)
{
	switch (o->class) {
	case OBJ_RELATION:
		return ((const struct relation *) o)->kind == REL_SEQUENCE ? "rwU" : "arwdDxt";
	case OBJ_SCHEMA:
		return "UC";
	case OBJ_TYPE:
		return "U";
	case OBJ_DATABASE:
		return "CTc";
	case OBJ_FUNCTION:
		return "X";
	default:
		return "";
	}
}

const char *
access_public_default(const struct object *o)
{
	switch (o->class) {
	case OBJ_TYPE:
		return "U";
	case OBJ_DATABASE:
		return "Tc";
	case OBJ_FUNCTION:
		return "X";
	default:
		return "";
	}
}
