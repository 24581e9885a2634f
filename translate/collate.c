/* collate.c - order by the rules of a language.
 *
 * What is to be ordered becomes its sort key, a bytea, in the bound tree: a key of ORDER BY, the
 * sides of <, a column of an index.  Planner and executor so know nothing of collations, and an
 * index over the keys serves range conditions and order as any index on an expression does.
 * Equality needs none of this, as all collations are deterministic.
 *
 * Not here: which collation an expression has (common.c), ICU (core/type/collation.h). */
#include "config.h"
#include "translate/bind.h"

#include "core/type/collation.h"

enum { FUNC_COLLATION_KEY = 8700, BYTEA_LT = 1957, BYTEA_LE = 1958, BYTEA_GT = 1959, BYTEA_GE = 1960 };

static bool
is_text(const struct type *t)
{
	const struct type *base = base_type(t, NULL);

	return base->oid == OID_TEXT || base->oid == OID_VARCHAR || base->oid == OID_BPCHAR;
}

/* Is its order another than that of its bytes? */
bool
has_language(const struct expr *x)
{
	return x->collation != 0 && collation_by_oid(x->collation) != NULL && is_text(x->type);
}

bool
is_collation_key(const struct expr *x)
{
	return x->kind == EXPR_FUNC && x->func->oid == FUNC_COLLATION_KEY;
}

static struct expr *
make_key(struct binder *b, struct expr *x, oid_t collation)
{
	struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 2);

	args[0] = coerce_to(b, x, type_builtin(OID_TEXT), -1, COERCE_IMPLICIT, 'i', 0);
	if (args[0] == NULL)
		return NULL;
	args[1] = expr_const(b->arena, type_builtin(OID_OID), datum_int(collation));
	struct expr *key = expr_func(b->arena, func_by_oid(FUNC_COLLATION_KEY),
				     type_builtin(OID_BYTEA), 2, args);
	key->position = x->position;
	return key;
}

struct expr *
order_key(struct binder *b, struct expr *x)
{
	return has_language(x) ? make_key(b, x, x->collation) : x;
}

struct expr *
ordered_value(struct expr *key)
{
	if (!is_collation_key(key))
		return key;
	struct expr *x = key->args[0];
	return x->kind == EXPR_RELABEL && x->cast_form == 'i' ? x->args[0] : x;
}

/* Arrays and rows of such texts would be ordered by bytes. */
int
refuse_nested_language(struct binder *b, const struct expr *x)
{
	if (x->collation == 0 || collation_by_oid(x->collation) == NULL || is_text(x->type))
		return ERR_OK;
	bind_unsupported(b, x->position, "the order of arrays by a collation of ICU",
			 "Order by the elements, or use COLLATE \"C\".");
	return b->e->code;
}

static oid_t
key_operator(const char *name)
{
	if (name[0] == '<')
		return name[1] == '\0' ? BYTEA_LT : name[1] == '=' && name[2] == '\0' ? BYTEA_LE : 0;
	if (name[0] == '>')
		return name[1] == '\0' ? BYTEA_GT : name[1] == '=' && name[2] == '\0' ? BYTEA_GE : 0;
	return 0;
}

int
collate_comparison(struct binder *b, const struct operator **op, struct expr **in)
{
	struct expr *pair[2] = { in[0], in[1] };
	oid_t by_key = key_operator((*op)->name), collation = common_collation(2, pair);

	if (by_key == 0 || collation_by_oid(collation) == NULL || !is_text(in[0]->type) ||
	    !is_text(in[1]->type) || (*op)->ret != OID_BOOL)
		return ERR_OK;
	for (int i = 0; i < 2; i++) {
		in[i] = make_key(b, in[i], collation);
		if (in[i] == NULL)
			return b->e->code;
	}
	*op = operator_by_oid(by_key);
	return ERR_OK;
}
