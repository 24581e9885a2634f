/* numeric_core.c - the value format: making, taking apart, comparing, hashing, order keys.
 *
 * Not here: text (numeric_text.c), arithmetic (numeric_arith.c), functions (numeric_math.c). */
#include "config.h"
#include "core/type/numeric_impl.h"

#include <math.h>

#include "core/base/hash.h"

#define E19 ((u128) UINT64_C(10000000000000000000))
const u128 ten_to[39] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
	UINT64_C(10000000000), UINT64_C(100000000000), UINT64_C(1000000000000),
	UINT64_C(10000000000000), UINT64_C(100000000000000), UINT64_C(1000000000000000),
	UINT64_C(10000000000000000), UINT64_C(100000000000000000), UINT64_C(1000000000000000000),
	E19, E19 * 10, E19 * 100, E19 * 1000, E19 * 10000, E19 * 100000, E19 * 1000000,
	E19 * 10000000, E19 * 100000000, E19 * 1000000000, E19 * UINT64_C(10000000000),
	E19 * UINT64_C(100000000000), E19 * UINT64_C(1000000000000),
	E19 * UINT64_C(10000000000000), E19 * UINT64_C(100000000000000),
	E19 * UINT64_C(1000000000000000), E19 * UINT64_C(10000000000000000),
	E19 * UINT64_C(100000000000000000), E19 * UINT64_C(1000000000000000000), E19 * E19,
};

int
u128_digits(u128 v)
{
	if (v == 0)
		return 0;
	uint64_t hi = (uint64_t) (v >> 64);
	int bits = hi != 0 ? 128 - __builtin_clzll(hi) : 64 - __builtin_clzll((uint64_t) v);
	int n = bits * 1233 >> 12;      /* bits * log10(2), or one less than the answer */
	return n < 39 && v >= ten_to[n] ? n + 1 : n;
}

numeric_t
num_make(struct arena *a, i128 coef, int scale)
{
	bool neg = coef < 0;
	u128 v = neg ? -(u128) coef : (u128) coef;
	uint64_t hi = (uint64_t) (v >> 64), lo = (uint64_t) v;
	int bits = hi != 0 ? 128 - __builtin_clzll(hi) : lo != 0 ? 64 - __builtin_clzll(lo) : 0;
	size_t len = (size_t) (bits + 7) / 8;
	struct bytes *b = bytes_make(a, NULL, 2 + len);
	uint16_t head = (uint16_t) (scale | (neg ? HEAD_NEG : 0));

	memcpy(b->data, &head, sizeof head);
	memcpy(b->data + sizeof head, &v, len);         /* little-endian */
	return b;
}

static numeric_t
make_special(struct arena *a, int kind)
{
	uint16_t head = (uint16_t) (HEAD_SPECIAL | (kind == NUM_NINF ? HEAD_NEG : 0) | kind);

	return bytes_make(a, &head, sizeof head);
}

numeric_t numeric_nan(struct arena *a) { return make_special(a, NUM_NAN); }
numeric_t
numeric_inf(struct arena *a, bool negative)
{
	return make_special(a, negative ? NUM_NINF : NUM_PINF);
}
numeric_t numeric_from_int(struct arena *a, int64_t v) { return num_make(a, v, 0); }
numeric_t numeric_from_int128(struct arena *a, __int128 v) { return num_make(a, v, 0); }
numeric_t
numeric_from_scaled(struct arena *a, __int128 coef, int scale)
{
	return num_make(a, coef, scale);
}

bool numeric_is_nan(numeric_t n) { return num_open(n).kind == NUM_NAN; }
bool numeric_is_special(numeric_t n) { return num_open(n).kind != NUM_FINITE; }
int  numeric_scale(numeric_t n) { return num_open(n).scale; }

bool
numeric_is_inf(numeric_t n)
{
	int kind = num_open(n).kind;

	return kind == NUM_PINF || kind == NUM_NINF;
}

int
numeric_sign(numeric_t n)
{
	struct num v = num_open(n);

	if (v.kind == NUM_NAN || (v.kind == NUM_FINITE && v.len == 0))
		return 0;
	return v.neg ? -1 : 1;
}

/* ---- GMP */

void
big_done(mpz_t *z)
{
	mpz_clear(*z);
}

void
big_load(mpz_t z, const struct num *n)
{
	mpz_import(z, n->len, -1, 1, 0, 0, n->coef);
	if (n->neg)
		mpz_neg(z, z);
}

void
big_set_i128(mpz_t z, i128 v)
{
	u128 u = v < 0 ? -(u128) v : (u128) v;

	mpz_import(z, sizeof u, -1, 1, 0, 0, &u);
	if (v < 0)
		mpz_neg(z, z);
}

void
big_scale(mpz_t z, unsigned long k)
{
	if (k <= 19) {
		mpz_mul_ui(z, z, (unsigned long) ten_to[k]);
		return;
	}
	BIG(ten);
	mpz_ui_pow_ui(ten, 10, k);
	mpz_mul(z, z, ten);
}

void
big_div_round(mpz_t q, const mpz_t n, const mpz_t d)
{
	BIG(r);
	int sign = mpz_sgn(n) * mpz_sgn(d);

	mpz_tdiv_qr(q, r, n, d);
	mpz_mul_2exp(r, r, 1);
	if (mpz_cmpabs(r, d) >= 0) {
		if (sign < 0)
			mpz_sub_ui(q, q, 1);
		else
			mpz_add_ui(q, q, 1);
	}
}

void
big_round(mpz_t z, unsigned long k)
{
	if (k == 0)
		return;
	BIG(ten);
	mpz_ui_pow_ui(ten, 10, k);
	big_div_round(z, z, ten);
}

int
big_digits(const mpz_t z)
{
	if (mpz_sgn(z) == 0)
		return 0;
	size_t n = mpz_sizeinbase(z, 10);       /* exact, or one too many */
	BIG(ten);
	mpz_ui_pow_ui(ten, 10, n - 1);
	return (int) (mpz_cmpabs(z, ten) >= 0 ? n : n - 1);
}

int
num_overflow(struct err *e)
{
	return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
}

int
big_make(struct arena *a, const mpz_t z, int scale, numeric_t *ret, struct err *e)
{
	size_t digits = mpz_sgn(z) == 0 ? 0 : mpz_sizeinbase(z, 10);

	if (scale > NUMERIC_SCALE_MAX)
		return num_overflow(e);
	if (digits > (size_t) (NUMERIC_INT_DIGITS_MAX + scale) &&
	    big_digits(z) > NUMERIC_INT_DIGITS_MAX + scale)
		return num_overflow(e);
	size_t len = (mpz_sgn(z) == 0 ? 0 : mpz_sizeinbase(z, 2) + 7) / 8;
	struct bytes *b = bytes_make(a, NULL, 2 + len);
	uint16_t head = (uint16_t) (scale | (mpz_sgn(z) < 0 ? HEAD_NEG : 0));
	memcpy(b->data, &head, sizeof head);
	mpz_export(b->data + sizeof head, NULL, -1, 1, 0, 0, z);
	*ret = b;
	return ERR_OK;
}

/* ---- Weights */

int
num_weight(const struct num *n)
{
	i128 v;

	if (n->len == 0)
		return 0;
	if (num_small(n, &v))
		return u128_digits(v < 0 ? -(u128) v : (u128) v) - 1 - n->scale;
	BIG(z);
	big_load(z, n);
	return big_digits(z) - 1 - n->scale;
}

void
num_leading(const struct num *n, int *ret_weight, int *ret_first)
{
	i128 small;

	if (n->len == 0) {
		*ret_weight = *ret_first = 0;
		return;
	}
	int top = num_weight(n);
	int weight = top >= 0 ? top / DEC_DIGITS : -((-top + DEC_DIGITS - 1) / DEC_DIGITS);
	int have = top + 1 + n->scale;                  /* decimal digits of the coefficient */
	int want = top - weight * DEC_DIGITS + 1;       /* of them in the first base-10000 digit */
	*ret_weight = weight;
	if (num_small(n, &small)) {
		u128 v = small < 0 ? -(u128) small : (u128) small;
		*ret_first =
			(int) (have >= want ? v / ten_to[have - want] : v * ten_to[want - have]);
		return;
	}
	BIG(z);
	BIG(ten);
	big_load(z, n);
	mpz_ui_pow_ui(ten, 10, (unsigned long) (have - want));
	mpz_tdiv_q(z, z, ten);
	*ret_first = (int) mpz_get_ui(z);
}

/* ---- Order */

static int
rank(const struct num *n)       /* -Infinity, finite, Infinity, NaN */
{
	return n->kind == NUM_NINF ? 0 : n->kind == NUM_FINITE ? 1 : n->kind == NUM_PINF ? 2 : 3;
}

static int
cmp_big(const struct num *x, const struct num *y)
{
	BIG(a);
	BIG(b);

	if ((x->neg && x->len != 0) != (y->neg && y->len != 0))
		return x->neg ? -1 : 1;
	big_load(a, x);
	big_load(b, y);
	if (x->scale < y->scale)
		big_scale(a, (unsigned long) (y->scale - x->scale));
	else if (y->scale < x->scale)
		big_scale(b, (unsigned long) (x->scale - y->scale));
	int c = mpz_cmp(a, b);
	return c < 0 ? -1 : c > 0;
}

int
numeric_cmp(numeric_t a, numeric_t b)
{
	struct num x = num_open(a), y = num_open(b);
	i128 u, v;

	if (UNLIKELY(x.kind != NUM_FINITE || y.kind != NUM_FINITE))
		return rank(&x) < rank(&y) ? -1 : rank(&x) > rank(&y);
	int d = x.scale - y.scale;
	if (LIKELY(d == 0 && x.len <= 7 && y.len <= 7)) {
		int64_t p = (int64_t) load_up_to_8(x.coef, x.len),
			q = (int64_t) load_up_to_8(y.coef, y.len);
		p = x.neg ? -p : p;
		q = y.neg ? -q : q;
		return p < q ? -1 : p > q;
	}
	if (num_small(&x, &u) && num_small(&y, &v) && d > -38 && d < 38) {
		if (d == 0)
			return u < v ? -1 : u > v;
		if (!(d < 0 ? __builtin_mul_overflow(u, (i128) ten_to[-d], &u)
		            : __builtin_mul_overflow(v, (i128) ten_to[d], &v)))
			return u < v ? -1 : u > v;
	}
	return cmp_big(&x, &y);
}

/* The digits without trailing zeros and the weight of the first: what equal values share. */
static size_t
plain_digits(const struct num *n, char *small, char **big)
{
	i128 v;
	size_t len;
	char *text = small;

	if (num_small(n, &v)) {
		u128 u = v < 0 ? -(u128) v : (u128) v;
		char tmp[40], *at = tmp + sizeof tmp;
		for (; u != 0; u /= 10)
			*--at = (char) ('0' + (int) (u % 10));
		len = (size_t) (tmp + sizeof tmp - at);
		memcpy(small, at, len);
	} else {
		BIG(z);
		big_load(z, n);
		mpz_abs(z, z);
		text = *big = mpz_get_str(NULL, 10, z);
		len = strlen(text);
	}
	while (len > 0 && text[len - 1] == '0')
		len--;
	return len;
}

static void
free_digits(char *text)
{
	void (*release)(void *, size_t);

	if (text == NULL)
		return;
	mp_get_memory_functions(NULL, NULL, &release);
	release(text, strlen(text) + 1);
}

uint64_t
numeric_hash(numeric_t n)
{
	struct num v = num_open(n);
	i128 small;

	if (v.kind != NUM_FINITE)
		return hash_u64((uint64_t) v.kind + 1);
	if (num_small(&v, &small)) {
		int scale = v.scale;
		while (small != 0 && small % 10 == 0) {
			small /= 10;
			scale--;
		}
		if (small == 0)
			return hash_u64(0);
		return hash_mix(hash_mix((uint64_t) small, (uint64_t) (small >> 64)),
				(uint64_t) scale);
	}
	/* Values with trailing zeros may be small under another scale. */
	BIG(z);
	BIG(r);
	int scale = v.scale;
	big_load(z, &v);
	while (mpz_tdiv_q_ui(r, z, 10) == 0 && mpz_sgn(r) != 0) {
		mpz_swap(z, r);
		scale--;
	}
	if (mpz_sizeinbase(z, 2) <= 120) {
		u128 u = 0;
		mpz_export(&u, NULL, -1, 1, 0, 0, z);
		i128 s = mpz_sgn(z) < 0 ? -(i128) u : (i128) u;
		return hash_mix(hash_mix((uint64_t) s, (uint64_t) (s >> 64)), (uint64_t) scale);
	}
	uint64_t h = hash_bytes(mpz_limbs_read(z), mpz_size(z) * sizeof(mp_limb_t));
	return hash_mix(h, (uint64_t) scale * 2 + (mpz_sgn(z) < 0));
}

int
numeric_min_scale(numeric_t n)
{
	struct num v = num_open(n);
	char small[40], *big = NULL;

	if (v.kind != NUM_FINITE || v.len == 0)
		return 0;
	int digits = (int) plain_digits(&v, small, &big);
	free_digits(big);
	int scale = digits - 1 - num_weight(&v);
	return scale < 0 ? 0 : scale;
}

bool
numeric_is_integer(numeric_t n)
{
	return !numeric_is_special(n) && numeric_min_scale(n) == 0;
}

/* Class, then for ordinary numbers the weight in 3 bytes and the digits in pairs (1..100)
 * up to a 0; negative ones with every bit after the class turned. */
void
numeric_key(numeric_t n, struct strbuf *to)
{
	struct num v = num_open(n);
	char small[40], *big = NULL;
	static const char class_of[] = { 0, 6, 5, 1 };

	if (v.kind != NUM_FINITE || v.len == 0) {
		strbuf_putc(to, v.kind != NUM_FINITE ? class_of[v.kind] : 3);
		return;
	}
	unsigned char turn = v.neg ? 0xff : 0;
	uint32_t weight = (uint32_t) (num_weight(&v) + 0x400000);
	size_t n_digits = plain_digits(&v, small, &big);
	const char *d = big != NULL ? big : small;
	strbuf_putc(to, v.neg ? 2 : 4);
	for (int shift = 16; shift >= 0; shift -= 8)
		strbuf_putc(to, (char) ((unsigned char) (weight >> shift) ^ turn));
	for (size_t i = 0; i < n_digits; i += 2) {
		int pair = (d[i] - '0') * 10 + (i + 1 < n_digits ? d[i + 1] - '0' : 0);
		strbuf_putc(to, (char) ((unsigned char) (pair + 1) ^ turn));
	}
	strbuf_putc(to, (char) turn);
	free_digits(big);
}
