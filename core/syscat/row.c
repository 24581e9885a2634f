/* row.c - one row of a system relation. */
#include "config.h"
#include "core/syscat/row.h"

#include <assert.h>

#include "core/security/access_list.h"
#include "core/type/array.h"

void
row_start(struct rows *r)
{
	memset(r->null, true, sizeof r->null);
}

static void
put(struct rows *r, int col, union datum v)
{
	int i = col - r->base;

	assert(i >= 0 && i < ROW_COLS_MAX);
	r->v[i] = v;
	r->null[i] = false;
}

void
row_int(struct rows *r, int col, int64_t v)
{
	put(r, col, datum_int(v));
}

void
row_float(struct rows *r, int col, double v)
{
	put(r, col, datum_float(v));
}

void
row_text(struct rows *r, int col, const char *s)
{
	if (s != NULL)
		put(r, col, datum_bytes(bytes_make(r->arena, s, strlen(s))));
}

void
row_value(struct rows *r, int col, const struct bytes *b)
{
	if (b != NULL)
		put(r, col, datum_bytes(b));
}

static void
put_array(struct rows *r, int col, const struct type *t, int n, const union datum *v)
{
	const struct bytes *b;
	int32_t dim = n, lower = t->oid == OID_INT2VECTOR || t->oid == OID_OIDVECTOR ? 0 : 1;

	if (n == 0)
		b = array_empty(r->arena, t->elem);
	else if (array_make_nd(r->arena, t->elem, 1, &dim, &lower, v, NULL, &b, r->e) != ERR_OK) {
		r->rc = r->e->code;
		return;
	}
	row_value(r, col, b);
}

void
row_int2s(struct rows *r, int col, const struct type *t, int n, const int16_t *v)
{
	union datum *d = ARENA_ARRAY(r->arena, union datum, n + 1);

	for (int i = 0; i < n; i++)
		d[i] = datum_int(v[i]);
	put_array(r, col, t, n, d);
}

void
row_oids(struct rows *r, int col, const struct type *t, int n, const oid_t *v)
{
	union datum *d = ARENA_ARRAY(r->arena, union datum, n + 1);

	for (int i = 0; i < n; i++)
		d[i] = datum_int(v[i]);
	put_array(r, col, t, n, d);
}

void
row_texts(struct rows *r, int col, int n, const char *const *v)
{
	union datum *d = ARENA_ARRAY(r->arena, union datum, n + 1);

	for (int i = 0; i < n; i++)
		d[i] = datum_bytes(bytes_make(r->arena, v[i], strlen(v[i])));
	put_array(r, col, type_builtin(OID_TEXT_ARRAY), n, d);
}

void
row_access(struct rows *r, int col, const char *acl)
{
	struct list items = { 0 };
	struct aclitem item;

	if (acl == NULL)
		return;
	while (access_next(r->env->catalog, &acl, &item))
		list_push(&items, r->arena, arena_dup(r->arena, &item, sizeof item));
	union datum *d = ARENA_ARRAY(r->arena, union datum, items.n + 1);
	for (int i = 0; i < items.n; i++)
		d[i] = acl_datum(r->arena, *LIST_AT(const struct aclitem, &items, i));
	put_array(r, col, type_builtin(OID_ACLITEM_ARRAY), items.n, d);
}

void
row_input(struct rows *r, int col, const struct type *t, const char *text)
{
	struct type_env env = r->env->type;
	union datum d;

	if (text == NULL || r->rc != ERR_OK)
		return;
	env.arena = r->arena;
	r->rc = t->ops->in(t, &env, text, strlen(text), -1, &d, r->e);
	if (r->rc == ERR_OK)
		put(r, col, d);
}

int
row_push(struct rows *r)
{
	if (r->rc == ERR_OK)
		r->rc = r->to->push(r->to, r->v, r->null, r->e);
	return r->rc;
}
