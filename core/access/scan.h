/* scan.h - private to core/access: the state of a table scan.
 *
 * Owner     table_scan_open() .. table_scan_close().
 * Thread    the transaction's.
 * Failure   as table.h.  Cost: two arrays of BATCH_ROWS pointers. */
#ifndef CORE_ACCESS_SCAN_H
#define CORE_ACCESS_SCAN_H

#include "core/access/index.h"
#include "core/access/row.h"
#include "core/access/table.h"
#include "storage/cursor.h"

enum scan_mode {
	SCAN_ROWS,  /* the table's own file; keys are rows' keys */
	SCAN_INDEX, /* index entries, then rows */
	SCAN_INDEX_ONLY,
	SCAN_SYSTEM,
};

/* What a walk over a file gives: entries of an index, or rows. */
struct entry {
	const uint8_t *key, *value;
	uint32_t klen, vlen;
};

/* One wanted key of a probe; equal keys are neighbours after sorting. */
struct probe_key {
	uint64_t head; /* first 8 bytes, big-endian: decides most comparisons */
	const uint8_t *key;
	uint32_t klen;
	uint16_t ordinal;
	uint32_t exact_len;
	const uint8_t *exact; /* lossy index: the values' lossless encoding */
	const uint8_t *end;   /* ranged: the key begins it, this ends it; NULL: nothing does */
	uint32_t elen;
};

struct probe {
	struct probe_key *keys;
	int nkeys;          /* columns */
	int n, at;          /* at: the group in hand begins here */
	int end;            /* ... and ends before this one; at == end: none in hand */
	bool exact;         /* a key finds at most one entry, by equality */
	bool ranged;        /* keys are ranges, which may overlap */
	bool on_row;        /* the walk's cursor is on a row */
	bool begun;         /* the group's first entry has been looked for */
	int taken;          /* entries given for the group: limit_each */
	struct strbuf last; /* latest: the last entry's key, to go on after it */
	/* A group of several equal keys: its entries, gathered first, given once for each. */
	struct entry *gathered;
	int ngathered, gathered_cap;
	int next_key, next_entry;
};

struct system_rows;

struct table_scan {
	struct exec_env *env;
	struct scan_request req;
	const struct relation *rel;
	const struct index *index; /* walked; NULL: hidden row ids */
	const struct index_kind *kind;
	enum scan_mode mode;
	bool want_key; /* COL_ROW_KEY or COL_CTID */
	bool recheck;  /* lossy index: compare the key columns with the row */
	size_t need;   /* row_prefix() of the wanted columns */
	bool probing;  /* the batch in hand comes from a probe */
	bool started, done;
	struct cursor *walk, *rows; /* `rows` of SCAN_INDEX, and for req.only */
	struct strbuf lo, hi;       /* bounds of the walk */
	bool has_lo, has_hi, empty;
	struct arena arena;      /* of the probe keys and the bounds' bytes */
	struct arena long_arena; /* the strbufs: as long as the scan */
	struct probe probe;
	int room; /* most entries of the next batch */
	struct scan_counts counts;
	struct system_rows *sys;

	/* The rows of the batch in hand. */
	struct entry entries[BATCH_ROWS];
	const uint8_t *images[BATCH_ROWS];
	uint32_t image_len[BATCH_ROWS];
	const uint8_t *row_keys[BATCH_ROWS];
	uint32_t row_klen[BATCH_ROWS];
	const struct probe_key *hits[BATCH_ROWS]; /* probes: whose row it is */
};

static inline int
entry_compare(const struct entry *t, const void *key, size_t len)
{
	int cmp = memcmp(t->key, key, t->klen < len ? t->klen : len);

	return cmp != 0 ? cmp : (t->klen > len) - (t->klen < len);
}

/* bounds.c */
void scan_encode_bounds(struct table_scan *s, const struct scan_bounds *b);

/* fetch.c: entries[0..n) to images and row keys, rows that are gone left out; then to columns. */
int scan_fetch(struct table_scan *s, struct arena *batch, int *n, struct err *e) MUST_CHECK;
int scan_emit(struct table_scan *s, struct arena *batch, int n, struct vec *out,
	      struct err *e) MUST_CHECK;

/* only.c: may scan_only() be asked for the row req.only?  And its entry of the file that is walked. */
bool scan_only_direct(const struct table_scan *s);
int scan_only(struct table_scan *s, struct arena *batch, struct entry *ret, bool *ret_found,
	      struct err *e) MUST_CHECK;

/* system.c */
int scan_system_open(struct table_scan *s, struct err *e) MUST_CHECK;
int scan_system_next(struct table_scan *s, struct vec *out, int *ret_n, struct err *e) MUST_CHECK;

#endif
