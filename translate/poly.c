/* poly.c - polymorphic signatures: anyelement, anyarray ... and the anycompatible family.
 *
 * Types of the first family must all be derivable from one type exactly; those of the second
 * from one common type, to which the arguments are converted.
 *
 * Not here: choosing among overloads (resolve.c). */
#include "config.h"
#include "translate/bind.h"

bool
type_is_poly(oid_t oid)
{
	switch (oid) {
	case OID_ANYELEMENT:
	case OID_ANYARRAY:
	case OID_ANYNONARRAY:
	case OID_ANYENUM:
	case OID_ANYRANGE:
	case OID_ANYMULTIRANGE:
	case OID_ANYCOMPATIBLE:
	case OID_ANYCOMPATIBLEARRAY:
	case OID_ANYCOMPATIBLENONARRAY:
	case OID_ANYCOMPATIBLERANGE:
	case OID_ANYCOMPATIBLEMULTIRANGE:
		return true;
	default:
		return false;
	}
}

/* What the actual arguments say so far. */
struct poly {
	const struct type *elem, *array, *range, *multirange;
	const struct type *compat[FUNC_ARGS_MAX];
	int ncompat;
	bool nonarray, is_enum, compat_nonarray, any_elem, any_compat;
	const char *failure; /* format with two types: two, or one */
	const struct type *fail1, *fail2;
	const char *fail_declared;
};

static bool
poly_fail(struct poly *p, const char *failure, const char *declared, const struct type *a,
	  const struct type *c)
{
	p->failure = failure;
	p->fail_declared = declared;
	p->fail1 = a;
	p->fail2 = c;
	return false;
}

static bool
same_or_set(struct poly *p, const struct type **slot, const struct type *t, const char *declared)
{
	if (*slot != NULL && (*slot)->oid != t->oid)
		return poly_fail(p, "not all alike", declared, *slot, t);
	*slot = t;
	return true;
}

static bool
poly_arg(struct poly *p, oid_t declared, const struct type *t)
{
	bool unknown = t->oid == OID_UNKNOWN;
	const struct type *base = base_type(t, NULL);

	switch (declared) {
	case OID_ANYNONARRAY:
		p->nonarray = true;
		p->any_elem = true;
		break;
	case OID_ANYENUM:
		p->is_enum = true;
		p->any_elem = true;
		break;
	case OID_ANYELEMENT:
	case OID_ANYARRAY:
	case OID_ANYRANGE:
	case OID_ANYMULTIRANGE:
		p->any_elem = true;
		break;
	case OID_ANYCOMPATIBLENONARRAY:
		p->compat_nonarray = true;
		p->any_compat = true;
		break;
	case OID_ANYCOMPATIBLE:
	case OID_ANYCOMPATIBLEARRAY:
	case OID_ANYCOMPATIBLERANGE:
	case OID_ANYCOMPATIBLEMULTIRANGE:
		p->any_compat = true;
		break;
	default:
		return true;
	}
	if (unknown)
		return true;
	switch (declared) {
	case OID_ANYELEMENT:
	case OID_ANYNONARRAY:
	case OID_ANYENUM:
		return same_or_set(p, &p->elem, t, "anyelement");
	case OID_ANYARRAY:
		return same_or_set(p, &p->array, base, "anyarray");
	case OID_ANYRANGE:
		return same_or_set(p, &p->range, base, "anyrange");
	case OID_ANYMULTIRANGE:
		return same_or_set(p, &p->multirange, base, "anymultirange");
	case OID_ANYCOMPATIBLE:
	case OID_ANYCOMPATIBLENONARRAY:
		p->compat[p->ncompat++] = t;
		return true;
	case OID_ANYCOMPATIBLEARRAY:
		if (!type_is_array(base))
			return poly_fail(p, "not an array", "anycompatiblearray", base, NULL);
		p->compat[p->ncompat++] = base->elem;
		return true;
	default:
		return poly_fail(p, "not an array", "anycompatiblerange", base, NULL);
	}
}

/* The common type of the second family; NULL when there is none. */
static const struct type *
poly_common(struct binder *b, const struct poly *p)
{
	const struct type *t = NULL;

	for (int i = 0; i < p->ncompat; i++) {
		const struct type *next = base_type(p->compat[i], NULL);

		if (t == NULL || t->oid == next->oid) {
			t = t == NULL ? next : t;
			continue;
		}
		if (t->category != next->category)
			return NULL;
		if (!t->preferred && can_coerce_one(b, t, next, COERCE_IMPLICIT) &&
		    !can_coerce_one(b, next, t, COERCE_IMPLICIT))
			t = next;
	}
	for (int i = 0; i < p->ncompat; i++)
		if (!can_coerce_one(b, p->compat[i], t, COERCE_IMPLICIT))
			return NULL;
	return t == NULL ? type_builtin(OID_TEXT) : t;
}

/* The multirange type of a range type; NULL: none. */
static const struct type *
multirange_over(struct binder *b, const struct type *range)
{
	const struct user_type *u = (const struct user_type *) catalog_object(b->catalog, OBJ_TYPE, range->oid);

	if (u != NULL)
		return catalog_type(b->catalog, u->partner);
	for (int i = 0; i < type_builtin_count(); i++) {
		const struct type *t = type_builtin_at(i);
		if (t != NULL && t->kind == TYPE_MULTIRANGE && t->sub->oid == range->oid)
			return t;
	}
	return NULL;
}

/* Does everything fit together?  Completes range from multirange, elem from array or range. */
static bool
poly_settle(struct poly *p)
{
	if (p->array != NULL && p->array->oid != OID_ANYARRAY) {
		if (!type_is_array(p->array))
			return poly_fail(p, "not an array", "anyarray", p->array, NULL);
		if (p->elem != NULL && p->elem->oid != p->array->elem->oid)
			return poly_fail(p, "not consistent", "anyarray", p->array, p->elem);
		p->elem = p->array->elem;
	}
	if (p->multirange != NULL) {
		if (p->multirange->kind != TYPE_MULTIRANGE)
			return poly_fail(p, "not a multirange type", "anymultirange", p->multirange,
					 NULL);
		if (p->range != NULL && p->range->oid != p->multirange->sub->oid)
			return poly_fail(p, "not consistent", "anymultirange", p->multirange,
					 p->range);
		p->range = p->multirange->sub;
	}
	if (p->range != NULL) {
		if (p->range->kind != TYPE_RANGE)
			return poly_fail(p, "not a range type", "anyrange", p->range, NULL);
		if (p->elem != NULL && p->range->sub != NULL && p->elem->oid != p->range->sub->oid)
			return poly_fail(p, "not consistent", "anyrange", p->range, p->elem);
		p->elem = p->range->sub;
	}
	if (p->nonarray && p->elem != NULL && type_is_array(p->elem))
		return poly_fail(p, "is an array", "anynonarray", p->elem, NULL);
	if (p->is_enum && (p->elem == NULL || p->elem->kind != TYPE_ENUM))
		return poly_fail(p, "not an enum", "anyenum",
				 p->elem != NULL ? p->elem : type_builtin(OID_UNKNOWN), NULL);
	return true;
}

bool
poly_consistent(struct binder *b, int n, const struct type *const *actual, const oid_t *declared)
{
	struct poly p = { 0 };

	for (int i = 0; i < n; i++)
		if (!poly_arg(&p, declared[i], actual[i]))
			return false;
	if (!poly_settle(&p))
		return false;
	if (p.ncompat > 0) {
		const struct type *t = poly_common(b, &p);

		if (t == NULL || (p.compat_nonarray && type_is_array(t)))
			return false;
	}
	return true;
}

static const struct type *
poly_report(struct binder *b, const struct poly *p)
{
	const char *first = type_show(b, p->fail1);

	if (p->fail2 != NULL && p->failure[4] == 'a') {
		bind_error(b, 0, ERR_DATATYPE_MISMATCH,
			   "arguments declared \"%s\" are not all alike", p->fail_declared);
		err_detail(b->e, "%s versus %s", first, type_show(b, p->fail2));
	} else if (p->fail2 != NULL) {
		bind_error(
			b, 0, ERR_DATATYPE_MISMATCH,
			"argument declared %s is not consistent with argument declared anyelement",
			p->fail_declared);
		err_detail(b->e, "%s versus %s", first, type_show(b, p->fail2));
	} else if (p->failure[0] == 'i') {
		bind_error(b, 0, ERR_DATATYPE_MISMATCH,
			   "type matched to anynonarray is an array type: %s", first);
	} else if (p->failure[4] == 'a' && p->failure[7] == 'e') {
		bind_error(b, 0, ERR_DATATYPE_MISMATCH,
			   "type matched to anyenum is not an enum type: %s", first);
	} else {
		bind_error(b, 0, ERR_DATATYPE_MISMATCH, "argument declared %s is %s but type %s",
			   p->fail_declared, p->failure, first);
	}
	return NULL;
}

struct poly_result {
	const struct type *elem, *array, *range, *multirange, *compat, *compat_array;
};

static const struct type *
poly_pick(const struct poly_result *r, oid_t declared)
{
	switch (declared) {
	case OID_ANYELEMENT:
	case OID_ANYNONARRAY:
	case OID_ANYENUM:
		return r->elem;
	case OID_ANYARRAY:
		return r->array;
	case OID_ANYRANGE:
		return r->range;
	case OID_ANYMULTIRANGE:
		return r->multirange;
	case OID_ANYCOMPATIBLE:
	case OID_ANYCOMPATIBLENONARRAY:
		return r->compat;
	case OID_ANYCOMPATIBLEARRAY:
		return r->compat_array;
	default:
		return NULL;
	}
}

static bool
poly_resolve(struct binder *b, struct poly *p, bool allow_poly, struct poly_result *to)
{
	to->elem = p->elem;
	to->array = p->array;
	to->range = p->range;
	to->multirange = p->multirange != NULL || p->range == NULL ? p->multirange
								   : multirange_over(b, p->range);
	if (p->any_elem && p->elem == NULL && p->array == NULL && !allow_poly) {
		bind_error(b, 0, ERR_DATATYPE_MISMATCH,
			   "could not determine polymorphic type because input has type %s",
			   "unknown");
		return false;
	}
	if (to->elem == NULL && to->array == NULL && p->any_elem) {
		to->elem = type_builtin(OID_ANYELEMENT);
		to->array = type_builtin(OID_ANYARRAY);
	}
	if (to->elem == NULL && to->array != NULL)
		to->elem = type_builtin(OID_ANYELEMENT);
	if (to->array == NULL && to->elem != NULL)
		to->array = array_over(b, to->elem);
	if (p->any_compat) {
		to->compat = poly_common(b, p);
		if (to->compat == NULL) {
			bind_error(b, 0, ERR_DATATYPE_MISMATCH,
				   "arguments of anycompatible family cannot be cast to a common "
				   "type");
			return false;
		}
		to->compat_array = array_over(b, to->compat);
	}
	return true;
}

const struct type *
poly_enforce(struct binder *b, int n, const struct type *const *actual, oid_t *declared, oid_t ret,
	     bool allow_poly)
{
	struct poly p = { 0 };
	struct poly_result r = { 0 };
	bool any = type_is_poly(ret);

	for (int i = 0; i < n; i++)
		any |= type_is_poly(declared[i]);
	if (!any)
		return type_of(b, ret);
	for (int i = 0; i < n; i++)
		if (!poly_arg(&p, declared[i], actual[i]))
			return poly_report(b, &p);
	if (!poly_settle(&p))
		return poly_report(b, &p);
	if (!poly_resolve(b, &p, allow_poly, &r))
		return NULL;
	for (int i = 0; i < n; i++) {
		if (!type_is_poly(declared[i]))
			continue;
		const struct type *t = poly_pick(&r, declared[i]);

		if (t == NULL &&
		    (declared[i] == OID_ANYARRAY || declared[i] == OID_ANYCOMPATIBLEARRAY)) {
			bind_error(b, 0, ERR_UNDEFINED_OBJECT,
				   "could not find array type for data type %s",
				   type_show(b, r.elem != NULL ? r.elem : r.compat));
			return NULL;
		}
		if (t != NULL)
			declared[i] = t->oid;
	}
	if (!type_is_poly(ret))
		return type_of(b, ret);
	const struct type *t = poly_pick(&r, ret);
	if (t == NULL)
		bind_error(b, 0, ERR_UNDEFINED_OBJECT, "could not find array type for data type %s",
			   r.elem != NULL     ? type_show(b, r.elem)
			   : r.compat != NULL ? type_show(b, r.compat)
					      : "unknown");
	return t;
}
