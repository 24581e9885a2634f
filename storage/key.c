/* key.c - the byte encodings of key.h.  Which type uses which is core/type's affair. */
#include "config.h"
#include "storage/key.h"

#include <math.h>

enum {
	MARK_NULL_FIRST = 0, MARK_PRESENT = 1, MARK_NULL_LAST = 2,
	ESCAPE = 0xFF, END = 0x01,      /* after a 00 */
};

void
key_add_null(struct strbuf *b, bool nulls_first)
{
	strbuf_putc(b, nulls_first ? MARK_NULL_FIRST : MARK_NULL_LAST);
}

void
key_add_present(struct strbuf *b)
{
	strbuf_putc(b, MARK_PRESENT);
}

/* The low `size` bytes of v, big-endian. */
static inline void
add_word(struct strbuf *b, uint64_t v, int size, bool desc)
{
	char *at = strbuf_room(b, (size_t) size);

	if (desc)
		v = ~v;
	for (int i = size - 1; i >= 0; i--, v >>= 8)
		at[i] = (char) (v & 0xFF);
	strbuf_wrote(b, (size_t) size);
}

void key_add_bool(struct strbuf *b, bool v, bool desc)    { add_word(b, v, 1, desc); }
void key_add_u8(struct strbuf *b, uint8_t v, bool desc)   { add_word(b, v, 1, desc); }
void key_add_u16(struct strbuf *b, uint16_t v, bool desc) { add_word(b, v, 2, desc); }
void key_add_u32(struct strbuf *b, uint32_t v, bool desc) { add_word(b, v, 4, desc); }
void key_add_u64(struct strbuf *b, uint64_t v, bool desc) { add_word(b, v, 8, desc); }

void
key_add_i16(struct strbuf *b, int16_t v, bool desc)
{
	add_word(b, (uint16_t) v ^ UINT16_C(0x8000), 2, desc);
}

void
key_add_i32(struct strbuf *b, int32_t v, bool desc)
{
	add_word(b, (uint32_t) v ^ UINT32_C(0x80000000), 4, desc);
}

void
key_add_i64(struct strbuf *b, int64_t v, bool desc)
{
	add_word(b, (uint64_t) v ^ (UINT64_C(1) << 63), 8, desc);
}

void
key_add_float(struct strbuf *b, float v, bool desc)
{
	uint32_t u;

	if (v == 0)
		v = 0;                  /* -0 */
	if (isnan(v))
		v = NAN;
	memcpy(&u, &v, sizeof u);
	if (isnan(v))
		u &= UINT32_C(0x7FFFFFFF);      /* NAN's sign is the compiler's choice */
	add_word(b, u >> 31 != 0 ? ~u : u | UINT32_C(0x80000000), 4, desc);
}

void
key_add_double(struct strbuf *b, double v, bool desc)
{
	uint64_t u;

	if (v == 0)
		v = 0;
	if (isnan(v))
		v = (double) NAN;
	memcpy(&u, &v, sizeof u);
	if (isnan(v))
		u &= ~(UINT64_C(1) << 63);
	add_word(b, u >> 63 != 0 ? ~u : u | UINT64_C(1) << 63, 8, desc);
}

void
key_add_bytes(struct strbuf *b, const void *bytes, size_t len, bool desc)
{
	const uint8_t *p = bytes;
	uint8_t flip = desc ? 0xFF : 0;
	uint8_t *at = (uint8_t *) strbuf_room(b, 2 * len + 2);
	uint8_t *to = at;

	for (size_t i = 0; i < len; i++) {
		*to++ = p[i] ^ flip;
		if (UNLIKELY(p[i] == 0))
			*to++ = ESCAPE ^ flip;
	}
	*to++ = flip;
	*to++ = END ^ flip;
	strbuf_wrote(b, (size_t) (to - at));
}

void
key_add_fixed(struct strbuf *b, const void *bytes, size_t len, bool desc)
{
	const uint8_t *p = bytes;
	uint8_t flip = desc ? 0xFF : 0;
	uint8_t *at = (uint8_t *) strbuf_room(b, len);

	for (size_t i = 0; i < len; i++)
		at[i] = p[i] ^ flip;
	strbuf_wrote(b, len);
}

/* --- decoding ---------------------------------------------------------------------------- */

static bool
bad(struct key_reader *r)
{
	r->p = r->end;
	return false;
}

static inline bool
get_word(struct key_reader *r, int size, bool desc, uint64_t *ret)
{
	uint64_t v = 0;

	if (r->end - r->p < size)
		return bad(r);
	for (int i = 0; i < size; i++)
		v = v << 8 | r->p[i];
	if (desc)
		v = size == 8 ? ~v : ~v & ((UINT64_C(1) << 8 * size) - 1);
	r->p += size;
	*ret = v;
	return true;
}

bool
key_get_null(struct key_reader *r, bool *ret_null)
{
	if (r->p == r->end || *r->p > MARK_NULL_LAST)
		return bad(r);
	*ret_null = *r->p++ != MARK_PRESENT;
	return true;
}

#define GET_WORD(name, type, size, flip) \
bool \
name(struct key_reader *r, bool desc, type *ret_v) \
{ \
	uint64_t u; \
\
	if (!get_word(r, size, desc, &u)) \
		return false; \
	*ret_v = (type) (u ^ (flip)); \
	return true; \
}

GET_WORD(key_get_u8,  uint8_t,  1, 0)
GET_WORD(key_get_u16, uint16_t, 2, 0)
GET_WORD(key_get_u32, uint32_t, 4, 0)
GET_WORD(key_get_u64, uint64_t, 8, 0)
GET_WORD(key_get_i16, int16_t,  2, UINT64_C(0x8000))
GET_WORD(key_get_i32, int32_t,  4, UINT64_C(0x80000000))
GET_WORD(key_get_i64, int64_t,  8, UINT64_C(1) << 63)

bool
key_get_bool(struct key_reader *r, bool desc, bool *ret_v)
{
	uint64_t u;

	if (!get_word(r, 1, desc, &u))
		return false;
	if (u > 1)
		return bad(r);
	*ret_v = u == 1;
	return true;
}

bool
key_get_float(struct key_reader *r, bool desc, float *ret_v)
{
	uint64_t u;

	if (!get_word(r, 4, desc, &u))
		return false;
	uint32_t bits = (uint32_t) u;
	bits = bits >> 31 != 0 ? bits & UINT32_C(0x7FFFFFFF) : ~bits;
	memcpy(ret_v, &bits, sizeof bits);
	return true;
}

bool
key_get_double(struct key_reader *r, bool desc, double *ret_v)
{
	uint64_t u;

	if (!get_word(r, 8, desc, &u))
		return false;
	u = u >> 63 != 0 ? u & ~(UINT64_C(1) << 63) : ~u;
	memcpy(ret_v, &u, sizeof u);
	return true;
}

/* One walk for reading and skipping. */
static bool
walk_bytes(struct key_reader *r, bool desc, struct strbuf *to)
{
	uint8_t flip = desc ? 0xFF : 0;

	for (const uint8_t *p = r->p; p < r->end; p++) {
		uint8_t c = *p ^ flip;
		if (c == 0) {
			if (++p == r->end)
				break;
			uint8_t after = *p ^ flip;
			if (after == END) {
				r->p = p + 1;
				return true;
			}
			if (after != ESCAPE)
				break;
		}
		if (to != NULL)
			strbuf_putc(to, (char) c);
	}
	return bad(r);
}

bool
key_get_bytes(struct key_reader *r, bool desc, struct strbuf *ret_bytes)
{
	size_t len = ret_bytes->len;

	if (walk_bytes(r, desc, ret_bytes))
		return true;
	ret_bytes->len = len;
	if (ret_bytes->data != NULL)
		ret_bytes->data[len] = '\0';
	return false;
}

bool
key_skip_bytes(struct key_reader *r, bool desc)
{
	return walk_bytes(r, desc, NULL);
}

bool
key_get_fixed(struct key_reader *r, size_t len, bool desc, void *ret_bytes)
{
	uint8_t *to = ret_bytes, flip = desc ? 0xFF : 0;

	if ((size_t) (r->end - r->p) < len)
		return bad(r);
	for (size_t i = 0; i < len; i++)
		to[i] = r->p[i] ^ flip;
	r->p += len;
	return true;
}

bool
key_prefix_end(struct strbuf *b)
{
	while (b->len > 0) {
		uint8_t *last = (uint8_t *) &b->data[b->len - 1];
		if (*last != 0xFF) {
			++*last;
			return true;
		}
		*last = 0;
		b->len--;
	}
	return false;
}
