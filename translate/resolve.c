/* resolve.c - which overload a call or an operator means: PostgreSQL's chapter 10, step by step.
 *
 * An exact match wins.  Otherwise candidates that implicit conversions can reach are thinned
 * out: most exact matches, then most exact-or-preferred, then by guessing the unknown
 * literals' category, then by taking unknown literals for the type of the known arguments.
 *
 * Not here: making the call (call.c, op.c), polymorphic types (poly.c). */
#include "config.h"
#include "translate/bind.h"

#include <stdlib.h>

/* -- Thinning ------------------------------------------------------------------ */
struct thin {
	struct binder *b;
	int nargs;
	const struct type *const *types; /* as given */
	const struct type **base;        /* below domains */
	const oid_t *const *sigs;
	int *alive, n;
};

/* Keep the candidates with the highest score. */
static void
keep_best(struct thin *t, const int *score)
{
	int best = 0, n = 0;

	for (int i = 0; i < t->n; i++)
		if (score[i] > best)
			best = score[i];
	for (int i = 0; i < t->n; i++)
		if (score[i] == best)
			t->alive[n++] = t->alive[i];
	t->n = n;
}

static void
thin_by_match(struct thin *t, bool preferred)
{
	int *score = ARENA_ARRAY(t->b->arena, int, t->n);

	for (int i = 0; i < t->n; i++)
		for (int k = 0; k < t->nargs; k++) {
			oid_t want = t->sigs[t->alive[i]][k];

			if (t->base[k]->oid == OID_UNKNOWN)
				continue;
			if (want == t->base[k]->oid) {
				score[i]++;
			} else if (preferred) {
				const struct type *w = type_of(t->b, want);

				if (w != NULL && w->preferred &&
				    w->category == t->base[k]->category)
					score[i]++;
			}
		}
	keep_best(t, score);
}

/* Unknown argument k: the category all candidates agree on, or string when one takes it.
 * Returns 0 when they do not agree; *preferred: a preferred type of it is among them. */
static char
unknown_category(struct thin *t, int k, bool *preferred)
{
	char category = 0;
	bool conflict = false;

	*preferred = false;
	for (int i = 0; i < t->n; i++) {
		const struct type *w = type_of(t->b, t->sigs[t->alive[i]][k]);
		char c = w != NULL ? w->category : 'X';
		bool pref = w != NULL && w->preferred;

		if (category == 0) {
			category = c;
			*preferred = pref;
		} else if (c == category) {
			*preferred |= pref;
		} else if (c == 'S') {
			category = c;
			*preferred = pref;
		} else {
			conflict = true;
		}
	}
	return conflict && category != 'S' ? 0 : category;
}

static bool
thin_by_category(struct thin *t)
{
	char *category = arena_zalloc(t->b->arena, (size_t) t->nargs + 1);
	bool *preferred = ARENA_ARRAY(t->b->arena, bool, t->nargs);
	int n = 0;

	for (int k = 0; k < t->nargs; k++)
		if (t->base[k]->oid == OID_UNKNOWN) {
			category[k] = unknown_category(t, k, &preferred[k]);
			if (category[k] == 0)
				return false;
		}
	int *kept = ARENA_ARRAY(t->b->arena, int, t->n);
	for (int i = 0; i < t->n; i++) {
		bool keep = true;

		for (int k = 0; keep && k < t->nargs; k++) {
			if (t->base[k]->oid != OID_UNKNOWN)
				continue;
			const struct type *w = type_of(t->b, t->sigs[t->alive[i]][k]);
			keep = w != NULL && w->category == category[k] &&
			       (!preferred[k] || w->preferred);
		}
		if (keep)
			kept[n++] = t->alive[i];
	}
	if (n > 0) {
		memcpy(t->alive, kept, (size_t) n * sizeof *kept);
		t->n = n;
	}
	return true;
}

/* All known arguments of one type: suppose the unknown ones are of it too. */
static void
thin_by_known(struct thin *t)
{
	const struct type *known = NULL;

	for (int k = 0; k < t->nargs; k++) {
		if (t->base[k]->oid == OID_UNKNOWN)
			continue;
		if (known != NULL && known->oid != t->base[k]->oid)
			return;
		known = t->base[k];
	}
	if (known == NULL)
		return;
	const struct type **same = ARENA_ARRAY(t->b->arena, const struct type *, t->nargs);
	for (int k = 0; k < t->nargs; k++)
		same[k] = known;
	int found = -1;
	for (int i = 0; i < t->n; i++)
		if (can_coerce(t->b, t->nargs, same, t->sigs[t->alive[i]], COERCE_IMPLICIT)) {
			if (found >= 0)
				return;
			found = t->alive[i];
		}
	if (found >= 0) {
		t->alive[0] = found;
		t->n = 1;
	}
}

/* n candidates that can all be reached; returns how many cannot be told apart (1: decided,
 * alive[0]). */
int
select_candidate(struct binder *b, int nargs, const struct type *const *types, int n,
		 const oid_t *const *sigs, int *alive)
{
	struct thin t = { b,    nargs, types, ARENA_ARRAY(b->arena, const struct type *, nargs + 1),
			  sigs, alive, n };
	int nunknown = 0;

	for (int k = 0; k < nargs; k++) {
		t.base[k] = base_type(types[k], NULL);
		nunknown += types[k]->oid == OID_UNKNOWN;
	}
	thin_by_match(&t, false);
	if (t.n > 1)
		thin_by_match(&t, true);
	if (t.n == 1 || nunknown == 0)
		return t.n;
	thin_by_category(&t);
	if (t.n > 1)
		thin_by_known(&t);
	return t.n;
}

/* -- Operators ----------------------------------------------------------------- */
/* Operators over arrays, enums, records are polymorphic: exact lookups see the types they
 * are declared for. */
static const struct operator*
	binary_exact(const char *name, const struct type *l, const struct type *r)
{
	oid_t lo = l->oid, ro = r->oid;

	if (lo == OID_UNKNOWN)
		lo = ro;
	else if (ro == OID_UNKNOWN)
		ro = lo;
	const struct operator* op = operator_exact(name, lo, ro);
	if (op != NULL || (lo != l->oid && ro != r->oid))
		return op;
	/* A domain with an unknown, or with its like: what its base type has. */
	if (l->oid == OID_UNKNOWN || r->oid == OID_UNKNOWN) {
		const struct type *base = base_type(l->oid == OID_UNKNOWN ? r : l, NULL);

		if (base->oid != lo)
			op = operator_exact(name, base->oid, base->oid);
	}
	return op;
}

const struct operator* operator_find(struct binder *b, const char *name, const struct type *l,
				     const struct type *r, int *ret_fail)
{
	const struct operator* const * all;
	const struct type *types[2] = { l != NULL ? l : r, r };
	int nargs = l != NULL ? 2 : 1, n = 0;
	const struct operator* op = l != NULL ? binary_exact(name, l, r)
					      : operator_exact(name, 0, r->oid);

	if (op != NULL)
		return op;
	int total = operator_candidates(name, &all);
	const oid_t **sigs = ARENA_ARRAY(b->arena, const oid_t *, total + 1);
	int *alive = ARENA_ARRAY(b->arena, int, total + 1);
	for (int i = 0; i < total; i++) {
		if ((all[i]->left == 0) != (l == NULL))
			continue;
		oid_t *sig = ARENA_ARRAY(b->arena, oid_t, 2);
		sig[0] = l != NULL ? all[i]->left : all[i]->right;
		sig[1] = all[i]->right;
		sigs[i] = sig;
		if (can_coerce(b, nargs, types, sig, COERCE_IMPLICIT))
			alive[n++] = i;
	}
	if (n > 1)
		n = select_candidate(b, nargs, types, n, sigs, alive);
	*ret_fail = n == 0 ? MATCH_NONE : n == 1 ? MATCH_OK : MATCH_AMBIGUOUS;
	return n == 1 ? all[alive[0]] : NULL;
}

/* -- Functions ----------------------------------------------------------------- */
struct candidate {
	const struct func *func;
	int nargs;  /* of the expanded signature */
	oid_t *sig; /* in the order of the call's arguments, then defaults */
	int *order;
	int ndefaults, nvariadic;
};

struct call {
	struct binder *b;
	int nargs, nnamed;
	const struct type *const *types;
	const char *const *names; /* of the last nnamed arguments */
	bool expand;
	bool literal; /* the only argument is a literal */
};

/* Named arguments to positions; false: they do not fit this function. */
static bool
match_names(const struct call *c, const struct func *f, struct candidate *to)
{
	int npos = c->nargs - c->nnamed;
	bool *given = ARENA_ARRAY(c->b->arena, bool, f->nargs + 1);
	int *order = ARENA_ARRAY(c->b->arena, int, f->nargs + 1);

	if (f->arg_names == NULL || c->nargs > f->nargs)
		return false;
	for (int i = 0; i < f->nargs; i++)
		order[i] = -1;
	for (int i = 0; i < npos; i++) {
		order[i] = i;
		given[i] = true;
	}
	for (int k = 0; k < c->nnamed; k++) {
		int at_arg = -1;

		for (int i = 0; i < f->nargs; i++)
			if (f->arg_names[i] != NULL && strcmp(f->arg_names[i], c->names[k]) == 0) {
				at_arg = i;
				break;
			}
		if (at_arg < 0 || given[at_arg])
			return false;
		given[at_arg] = true;
		order[at_arg] = npos + k;
	}
	for (int i = 0; i < f->nargs - f->ndefaults; i++)
		if (!given[i])
			return false;
	to->order = order;
	to->nargs = f->nargs;
	to->ndefaults = f->nargs - c->nargs;
	to->sig = ARENA_ARRAY(c->b->arena, oid_t, f->nargs + 1);
	int next_default = c->nargs;
	for (int i = 0; i < f->nargs; i++)
		to->sig[order[i] >= 0 ? order[i] : next_default++] = f->args[i];
	return true;
}

static bool
match_positions(const struct call *c, const struct func *f, struct candidate *to)
{
	to->order = NULL;
	to->ndefaults = 0;
	if (c->nargs > f->nargs || c->nargs < f->nargs - f->ndefaults)
		return false;
	to->nargs = f->nargs;
	to->ndefaults = f->nargs - c->nargs;
	to->sig = ARENA_ARRAY(c->b->arena, oid_t, f->nargs + 1);
	if (f->nargs > 0)
		memcpy(to->sig, f->args, (size_t) f->nargs * sizeof *to->sig);
	return true;
}

/* f(a, b, c...) where the last declared argument repeats. */
static bool
match_variadic(const struct call *c, const struct func *f, struct candidate *to)
{
	if (!c->expand || f->variadic == 0 || c->nnamed > 0 || c->nargs < f->nargs)
		return false;
	to->order = NULL;
	to->ndefaults = 0;
	to->nargs = c->nargs;
	to->nvariadic = c->nargs - f->nargs + 1;
	to->sig = ARENA_ARRAY(c->b->arena, oid_t, c->nargs + 1);
	for (int i = 0; i < c->nargs; i++)
		to->sig[i] = i < f->nargs - 1 ? f->args[i] : f->variadic;
	return true;
}

static int
collect(const struct call *c, const char *schema, const char *name, struct candidate **ret)
{
	struct list all = { 0 };
	int n = 0;

	functions_named(c->b, schema, name, &all);
	struct candidate *to = ARENA_ARRAY(c->b->arena, struct candidate, all.n + 1);
	for (int i = 0; i < all.n; i++) {
		const struct func *f = all.at[i];
		bool fits = false;

		to[n] = (struct candidate){ .func = f };
		if (match_variadic(c, f, &to[n]))
			fits = true;
		else if (f->variadic == 0 || !c->expand || c->nargs < f->nargs)
			fits = c->nnamed > 0 ? match_names(c, f, &to[n])
					     : match_positions(c, f, &to[n]);
		n += fits;
	}
	*ret = to;
	return n;
}

/* Two candidates that are called the same way: fewer defaults, then not variadic, wins. */
static int
drop_shadowed(const struct call *c, struct candidate *cand, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++) {
		bool shadowed = false;

		for (int k = 0; k < n && !shadowed; k++) {
			if (k == i || memcmp(cand[k].sig, cand[i].sig,
					     (size_t) c->nargs * sizeof(oid_t)) != 0)
				continue;
			shadowed = cand[k].ndefaults < cand[i].ndefaults ||
				   (cand[k].ndefaults == cand[i].ndefaults &&
				    cand[k].nvariadic == 0 && cand[i].nvariadic > 0);
		}
		if (!shadowed)
			cand[kept++] = cand[i];
	}
	return kept;
}

static bool
exact(const struct call *c, const struct candidate *cand)
{
	for (int k = 0; k < c->nargs; k++)
		if (cand->sig[k] != c->types[k]->oid)
			return false;
	return true;
}

/* f(x) where f names a type and x converts to it without a function of that name. */
static const struct type *
as_cast(const struct call *c, const char *name)
{
	PgQuery__String str = PG_QUERY__STRING__INIT;
	PgQuery__Node node = PG_QUERY__NODE__INIT, *names[1] = { &node };
	PgQuery__TypeName tn = PG_QUERY__TYPE_NAME__INIT;

	if (c->nargs != 1 || c->nnamed != 0)
		return NULL;
	str.sval = (char *) name;
	node.node_case = PG_QUERY__NODE__NODE_STRING;
	node.string = &str;
	tn.n_names = 1;
	tn.names = names;
	const struct type *t = find_type(c->b, &tn);
	if (t == NULL)
		return NULL;
	if (c->types[0]->oid == OID_UNKNOWN)
		return c->literal ? t : NULL;
	const struct cast *cast =
		cast_find(base_type(c->types[0], NULL)->oid, base_type(t, NULL)->oid);
	if (base_type(c->types[0], NULL)->oid == base_type(t, NULL)->oid ||
	    (cast != NULL && cast->method != 'f'))
		return t;
	if (cast == NULL && can_coerce_one(c->b, c->types[0], t, COERCE_EXPLICIT) &&
	    !(type_is_row(c->types[0]) && t->category == 'S'))
		return t;
	return NULL;
}

int
func_resolve(struct binder *b, const char *schema, const char *name, int nargs, const struct type *const *types,
	     int nnamed, const char *const *arg_names, bool expand_variadic, bool literal,
	     struct func_match *ret)
{
	struct call c = { b, nargs, nnamed, types, arg_names, expand_variadic, literal };
	struct candidate *cand;
	int n = collect(&c, schema, name, &cand), found = -1;

	n = drop_shadowed(&c, cand, n);
	for (int i = 0; i < n && found < 0; i++)
		if (exact(&c, &cand[i]))
			found = i;
	if (found < 0) {
		const struct type *t = schema == NULL ? as_cast(&c, name) : NULL;

		if (t != NULL) {
			*ret = (struct func_match){ .cast_to = t, .ret = t, .nargs = 1 };
			return MATCH_OK;
		}
		const oid_t **sigs = ARENA_ARRAY(b->arena, const oid_t *, n + 1);
		int *alive = ARENA_ARRAY(b->arena, int, n + 1), m = 0;
		for (int i = 0; i < n; i++) {
			sigs[i] = cand[i].sig;
			if (can_coerce(b, nargs, types, cand[i].sig, COERCE_IMPLICIT))
				alive[m++] = i;
		}
		if (m > 1)
			m = select_candidate(b, nargs, types, m, sigs, alive);
		if (m != 1)
			return m == 0 ? MATCH_NONE : MATCH_AMBIGUOUS;
		found = alive[0];
	}
	const struct candidate *k = &cand[found];
	*ret = (struct func_match){ .func = k->func,
				    .nargs = k->nargs,
				    .declared = k->sig,
				    .ndefaults = k->ndefaults,
				    .order = k->order,
				    .nvariadic = k->nvariadic };
	return MATCH_OK;
}
