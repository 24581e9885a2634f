/* numeric_sum.c - running sums: 128 bits at the largest scale seen, what overflows them goes to
 * a long number on the group's arena. */
#include "config.h"
#include "core/type/numeric_impl.h"

/* rest += z, where z counts units of 10^-scale. */
static void
rest_add(struct numeric_sum *s, struct arena *a, const mpz_t z)
{
	BIG(t);

	mpz_import(t, s->nlimbs, -1, sizeof *s->limbs, 0, 0, s->limbs);
	if (s->rest_negative)
		mpz_neg(t, t);
	mpz_add(t, t, z);
	size_t need = (mpz_sizeinbase(t, 2) + 63) / 64;
	if (need > s->cap) {
		s->cap = (uint32_t) need + 4;
		s->limbs = arena_alloc(a, s->cap * sizeof *s->limbs);
	}
	size_t n = 0;
	mpz_export(s->limbs, &n, -1, sizeof *s->limbs, 0, 0, t);
	s->nlimbs = (uint32_t) n;
	s->rest_negative = mpz_sgn(t) < 0;
}

static void
flush_small(struct numeric_sum *s, struct arena *a)
{
	BIG(z);

	big_set_i128(z, s->small);
	rest_add(s, a, z);
	s->small = 0;
}

static void
raise_scale(struct numeric_sum *s, struct arena *a, int scale)
{
	int d = scale - s->scale;
	i128 v;

	if (d < 38 && !__builtin_mul_overflow(s->small, (i128) ten_to[d], &v))
		s->small = v;
	else
		flush_small(s, a);
	if (s->nlimbs != 0) {
		BIG(z);
		BIG(old);
		mpz_import(old, s->nlimbs, -1, sizeof *s->limbs, 0, 0, s->limbs);
		mpz_set(z, old);
		big_scale(z, (unsigned long) d);
		mpz_sub(z, z, old);
		if (s->rest_negative)
			mpz_neg(z, z);
		rest_add(s, a, z);
	}
	/* small is either scaled already or was moved to rest before rest was scaled */
	s->scale = scale;
}

static void
add_scaled(struct numeric_sum *s, struct arena *a, i128 v, int scale)
{
	if (scale > s->scale)
		raise_scale(s, a, scale);
	int d = s->scale - scale;
	i128 w = v;
	if ((d == 0 || (d < 38 && !__builtin_mul_overflow(v, (i128) ten_to[d], &w)))) {
		if (LIKELY(!__builtin_add_overflow(s->small, w, &v))) {
			s->small = v;
			return;
		}
		flush_small(s, a);
		s->small = w;
		return;
	}
	BIG(z);
	big_set_i128(z, v);
	big_scale(z, (unsigned long) d);
	rest_add(s, a, z);
}

static void
add_big(struct numeric_sum *s, struct arena *a, const struct num *n, bool square, bool negate)
{
	int scale = square ? n->scale * 2 : n->scale;
	BIG(z);

	if (scale > s->scale)
		raise_scale(s, a, scale);
	big_load(z, n);
	if (square)
		mpz_mul(z, z, z);
	if (negate)
		mpz_neg(z, z);
	big_scale(z, (unsigned long) (s->scale - scale));
	rest_add(s, a, z);
}

static void
count_special(struct numeric_sum *s, int kind, int by)
{
	if (kind == NUM_NAN)
		s->nans += by;
	else if (kind == NUM_PINF)
		s->pinfs += by;
	else
		s->ninfs += by;
}

static void
count_scale(struct numeric_sum *s, int scale)
{
	if (scale > s->scale)
		s->max_scale_count = 1;
	else if (scale == s->scale)
		s->max_scale_count++;
}

void
numeric_sum_add(struct numeric_sum *s, struct arena *a, numeric_t n)
{
	struct num v = num_open(n);
	i128 small;

	s->count++;
	if (UNLIKELY(v.kind != NUM_FINITE)) {
		count_special(s, v.kind, 1);
		return;
	}
	count_scale(s, v.scale);
	if (LIKELY(num_small(&v, &small)))
		add_scaled(s, a, small, v.scale);
	else
		add_big(s, a, &v, false, false);
}

void
numeric_sum_add_int(struct numeric_sum *s, struct arena *a, int64_t v)
{
	s->count++;
	count_scale(s, 0);
	add_scaled(s, a, v, 0);
}

void
numeric_sum_add_square(struct numeric_sum *s, struct arena *a, numeric_t n)
{
	struct num v = num_open(n);
	i128 small;

	s->count++;
	if (v.kind != NUM_FINITE) {
		count_special(s, v.kind == NUM_NINF ? NUM_PINF : v.kind, 1);
		return;
	}
	count_scale(s, v.scale * 2);
	if (num_small(&v, &small) && !__builtin_mul_overflow(small, small, &small))
		add_scaled(s, a, small, v.scale * 2);
	else
		add_big(s, a, &v, true, false);
}

bool
numeric_sum_remove(struct numeric_sum *s, struct arena *a, numeric_t n)
{
	struct num v = num_open(n);
	i128 small;

	if (v.kind != NUM_FINITE) {
		count_special(s, v.kind, -1);
		s->count--;
		return true;
	}
	if (v.scale == s->scale) {
		if (s->max_scale_count > 1 || s->scale == 0)
			s->max_scale_count--;
		else if (s->count - s->nans - s->pinfs - s->ninfs > 1)
			return false;           /* the next smaller scale is not known */
		else {
			s->count--;
			s->small = 0;
			s->nlimbs = 0;
			s->rest_negative = false;
			s->scale = 0;
			s->max_scale_count = 0;
			return true;
		}
	}
	s->count--;
	if (num_small(&v, &small))
		add_scaled(s, a, -small, v.scale);
	else
		add_big(s, a, &v, false, true);
	return true;
}

void
numeric_sum_merge(struct numeric_sum *into, struct arena *a, const struct numeric_sum *from)
{
	if (from->scale > into->scale)
		into->max_scale_count = from->max_scale_count;
	else if (from->scale == into->scale)
		into->max_scale_count += from->max_scale_count;
	into->count += from->count;
	into->nans += from->nans;
	into->pinfs += from->pinfs;
	into->ninfs += from->ninfs;
	add_scaled(into, a, from->small, from->scale);
	if (from->nlimbs != 0) {
		BIG(z);
		mpz_import(z, from->nlimbs, -1, sizeof *from->limbs, 0, 0, from->limbs);
		if (from->rest_negative)
			mpz_neg(z, z);
		big_scale(z, (unsigned long) (into->scale - from->scale));
		rest_add(into, a, z);
	}
}

int
numeric_sum_total(const struct numeric_sum *s, struct arena *a, numeric_t *ret, struct err *e)
{
	if (s->nans > 0 || (s->pinfs > 0 && s->ninfs > 0)) {
		*ret = numeric_nan(a);
	} else if (s->pinfs > 0 || s->ninfs > 0) {
		*ret = numeric_inf(a, s->ninfs > 0);
	} else if (s->nlimbs == 0 && s->scale <= NUMERIC_SCALE_MAX) {
		*ret = num_make(a, s->small, s->scale);
	} else {
		BIG(z);
		BIG(small);
		mpz_import(z, s->nlimbs, -1, sizeof *s->limbs, 0, 0, s->limbs);
		if (s->rest_negative)
			mpz_neg(z, z);
		big_set_i128(small, s->small);
		mpz_add(z, z, small);
		return big_make(a, z, s->scale, ret, e);
	}
	return ERR_OK;
}

int
numeric_sum_avg(const struct numeric_sum *s, struct arena *a, numeric_t *ret, struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	numeric_t total;

	int rc = numeric_sum_total(s, &tmp, &total, e);
	if (rc != ERR_OK)
		return rc;
	return numeric_div(a, total, numeric_from_int(&tmp, s->count), ret, e);
}
