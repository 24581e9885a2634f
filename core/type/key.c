/* key.c - order-preserving bytes of integers, doubles and byte strings. */
#include "config.h"
#include "core/type/key.h"

#include <math.h>
#include <string.h>

void
key_put_uint(struct strbuf *to, uint64_t v, int size)
{
	unsigned char *p = (unsigned char *) strbuf_room(to, 8);

	for (int i = size - 1; i >= 0; i--, v >>= 8)
		p[i] = (unsigned char) v;
	strbuf_wrote(to, (size_t) size);
}

size_t
key_get_uint(const void *at, size_t len, int size, uint64_t *ret)
{
	const unsigned char *p = at;
	uint64_t v = 0;

	if (len < (size_t) size)
		return 0;
	for (int i = 0; i < size; i++)
		v = v << 8 | p[i];
	*ret = v;
	return (size_t) size;
}

void
key_put_int(struct strbuf *to, int64_t v, int size)
{
	key_put_uint(to, (uint64_t) v ^ UINT64_C(1) << (8 * size - 1), size);
}

size_t
key_get_int(const void *p, size_t len, int size, int64_t *ret)
{
	uint64_t u;
	int unused = 64 - 8 * size;

	if (key_get_uint(p, len, size, &u) == 0)
		return 0;
	u ^= UINT64_C(1) << (8 * size - 1);
	*ret = (int64_t) (u << unused) >> unused;
	return (size_t) size;
}

void
key_put_double(struct strbuf *to, double v)
{
	uint64_t u;

	if (isnan(v)) {
		key_put_uint(to, UINT64_MAX, 8);
		return;
	}
	if (v == 0)
		v = 0;          /* -0 and 0 are one key */
	memcpy(&u, &v, sizeof u);
	u = (u & UINT64_C(1) << 63) != 0 ? ~u : u | UINT64_C(1) << 63;
	key_put_uint(to, u, 8);
}

void
key_put_bytes(struct strbuf *to, const void *at, size_t len)
{
	const char *p = at, *end = p + len;

	while (p < end) {
		const char *zero = memchr(p, 0, (size_t) (end - p));
		if (zero == NULL) {
			strbuf_add(to, p, (size_t) (end - p));
			break;
		}
		strbuf_add(to, p, (size_t) (zero - p));
		strbuf_add(to, "\0\xff", 2);
		p = zero + 1;
	}
	strbuf_add(to, "\0\1", 2);
}

size_t
key_read_bytes(const void *at, size_t len, struct arena *a, const struct bytes **ret)
{
	const char *p = at;
	size_t n = 0, zeros = 0;

	for (;; n++) {
		if (n + 1 >= len)
			return 0;
		if (p[n] != '\0')
			continue;
		if (p[n + 1] == '\1')
			break;
		n++;
		zeros++;
	}
	struct bytes *b = bytes_make(a, NULL, n - zeros);
	char *to = b->data;
	for (size_t i = 0; i < n; i++) {
		*to++ = p[i];
		if (p[i] == '\0')
			i++;
	}
	*ret = b;
	return n + 2;
}
