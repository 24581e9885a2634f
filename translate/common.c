/* common.c - the one type that CASE branches, UNION columns, array elements ... share.
 *
 * Chapter 10.5: all unknown gives text; one category only; a preferred type wins, else the
 * type that the others convert to implicitly. */
#include "config.h"
#include "translate/bind.h"

/* context NULL: no error is stored when nothing matches. */
const struct type *
common_type(struct binder *b, int n, struct expr **x, const char *context, int *ret_which)
{
	const struct type *t = x[0]->type;
	int which = 0, i = 1;

	if (t->oid != OID_UNKNOWN)
		while (i < n && x[i]->type->oid == t->oid)
			i++;
	if (i == n && t->oid != OID_UNKNOWN) {
		if (ret_which != NULL)
			*ret_which = 0;
		return t;
	}
	t = base_type(t, NULL);
	for (; i < n; i++) {
		const struct type *next = base_type(x[i]->type, NULL);

		if (next->oid == OID_UNKNOWN || next->oid == t->oid)
			continue;
		if (t->oid == OID_UNKNOWN) {
			t = next;
			which = i;
		} else if (next->category != t->category) {
			if (context != NULL)
				bind_error(b, x[i]->position, ERR_DATATYPE_MISMATCH,
					   "%s types %s and %s cannot be matched", context,
					   type_show(b, t), type_show(b, next));
			return NULL;
		} else if (!t->preferred && can_coerce_one(b, t, next, COERCE_IMPLICIT) &&
			   !can_coerce_one(b, next, t, COERCE_IMPLICIT)) {
			t = next;
			which = i;
		}
	}
	if (t->oid == OID_UNKNOWN)
		t = type_builtin(OID_TEXT);
	if (ret_which != NULL)
		*ret_which = which;
	return t;
}

/* The typmod all agree on, or none. */
int32_t
common_typmod(int n, struct expr **x, const struct type *t)
{
	int32_t typmod = n > 0 ? x[0]->typmod : -1;

	for (int i = 0; i < n; i++)
		if (x[i]->type->oid != t->oid || x[i]->typmod != typmod)
			return -1;
	return typmod;
}

struct expr *
coerce_common(struct binder *b, struct expr *x, const struct type *t, const char *context)
{
	if (x->type->oid == t->oid)
		return x;
	if (can_coerce_one(b, x->type, t, COERCE_IMPLICIT))
		return coerce_plain(b, x, t, -1, COERCE_IMPLICIT, 'i', 0);
	return bind_fail(b, x->position, ERR_CANNOT_COERCE, "%s could not convert type %s to %s",
			 context, type_show(b, x->type), type_show(b, t));
}

/* The collation x was given by COLLATE, here or below; 0: none. */
static oid_t
explicit_collation(const struct expr *x, int *position)
{
	switch (x->kind) {
	case EXPR_RELABEL:
		if (x->cast_form == 'c') {
			*position = x->collate_position;
			return x->collation;
		}
		return explicit_collation(x->args[0], position);
	case EXPR_FUNC:
	case EXPR_CAST_IO:
	case EXPR_TYPMOD:
		for (int i = 0; x->collation != 0 && i < x->nargs; i++) {
			oid_t c = explicit_collation(x->args[i], position);

			if (c != 0)
				return c;
		}
		return 0;
	default:
		return 0;
	}
}

/* Two arguments that were told different collations do not go together. */
bool
collations_agree(struct binder *b, int n, struct expr **x)
{
	oid_t first = 0;

	for (int i = 0; i < n; i++) {
		int position = 0;
		oid_t c = explicit_collation(x[i], &position);

		if (c != 0 && first != 0 && c != first) {
			bind_error(
				b, position, ERR_COLLATION_MISMATCH,
				"collation mismatch between explicit collations \"%s\" and \"%s\"",
				collation_name(first), collation_name(c));
			return false;
		}
		if (c != 0)
			first = c;
	}
	return true;
}

/* An explicit or column collation beats the default. */
oid_t
common_collation(int n, struct expr **x)
{
	oid_t c = 0;

	for (int i = 0; i < n; i++)
		if (x[i] != NULL && x[i]->collation != 0 && (c == 0 || c == COLLATION_DEFAULT))
			c = x[i]->collation;
	return c;
}
