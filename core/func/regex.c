/* regex.c - compiled patterns and the search for matches (see regex.h).
 *
 * The only file that includes PCRE2.
 * Not here: the dialect (regex_tree.c, regex_class.c), SQL functions (regex_funcs.c). */
#include "config.h"
#include "core/func/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/func/regex_divide.h"

enum {
	CACHE_SIZE = 32,
	JIT_AFTER = 8,                  /* uses before native code pays */
	MATCH_LIMIT = 5000000, HEAP_LIMIT_KIB = 65536,
	DFA_WORKSPACE = 16384,
};

struct regex {
	char   *pattern;
	size_t  len;
	int     flags;
	uint64_t hash, used;            /* last use, counted in uses of the cache */
	int     uses;
	struct arena arena;             /* the tree */
	struct rx_tree tree;
	bool    fixed;                  /* every way of matching gives the same extent and groups */
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_code **parts;             /* by node: without groups, for the DFA matcher */
};

static _Thread_local struct regex *cache[CACHE_SIZE];
static _Thread_local uint64_t clock;
static _Thread_local pcre2_match_context *limits;
static _Thread_local int *workspace;

static void
regex_free(struct regex *r)
{
	for (int i = 0; r->parts != NULL && i < r->tree.nnodes; i++)
		pcre2_code_free(r->parts[i]);
	free(r->parts);
	pcre2_match_data_free(r->match);
	pcre2_code_free(r->code);
	arena_done(&r->arena);
	free(r->pattern);
	free(r);
}

static int
fail_memory(struct err *e)
{
	return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
}

static int
compile(struct regex *r, const struct rx_node *n, bool groups, pcre2_code **ret, struct err *e)
{
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOTALL | PCRE2_NO_UTF_CHECK |
	                   PCRE2_NEVER_BACKSLASH_C;
	struct strbuf b = { 0 };
	PCRE2_SIZE where;
	int why = 0;

	if (!groups)
		options |= PCRE2_NO_AUTO_POSSESS;       /* it would hide shorter matches */
	if ((r->tree.flags & REGEX_ICASE) != 0)
		options |= PCRE2_CASELESS;
	rx_write(n, groups, &b);
	pcre2_code *code = pcre2_compile((PCRE2_SPTR) b.data, b.len, options, &why, &where, NULL);
	strbuf_done(&b);
	if (code == NULL) {
		PCRE2_UCHAR text[128] = { 0 };
		(void) pcre2_get_error_message(why, text, sizeof text);
		return err_set(e, ERR_INVALID_REGULAR_EXPRESSION, "invalid regular expression: %s",
		               (const char *) text);
	}
	*ret = code;
	return ERR_OK;
}

static int
regex_make(const char *pattern, size_t len, int flags, struct regex **ret, struct err *e)
{
	struct regex *r = calloc(1, sizeof *r);

	if (r == NULL)
		return fail_memory(e);
	arena_init(&r->arena, 0);
	r->pattern = malloc(len + 1);
	if (r->pattern == NULL) {
		regex_free(r);
		return fail_memory(e);
	}
	memcpy(r->pattern, pattern, len);
	r->pattern[len] = '\0';
	r->len = len;
	r->flags = flags;
	int rc = rx_parse(&r->arena, r->pattern, len, flags, &r->tree, e);
	if (rc == ERR_OK)
		rc = compile(r, r->tree.root, true, &r->code, e);
	if (rc == ERR_OK) {
		r->fixed = !r->tree.root->choice || r->tree.backrefs ||
		           regex_is_decided(&r->arena, r->tree.root);
		r->match = pcre2_match_data_create_from_pattern(r->code, NULL);
		r->parts = calloc((size_t) r->tree.nnodes + 1, sizeof *r->parts);
		if (r->match == NULL || r->parts == NULL)
			rc = fail_memory(e);
	}
	if (rc != ERR_OK) {
		r->tree.nnodes = r->parts == NULL ? 0 : r->tree.nnodes;
		regex_free(r);
		return rc;
	}
	*ret = r;
	return ERR_OK;
}

static int
thread_ready(struct err *e)
{
	if (limits != NULL)
		return ERR_OK;
	workspace = malloc(DFA_WORKSPACE * sizeof *workspace);
	limits = pcre2_match_context_create(NULL);
	if (limits == NULL || workspace == NULL)
		return fail_memory(e);
	(void) pcre2_set_match_limit(limits, MATCH_LIMIT);
	(void) pcre2_set_heap_limit(limits, HEAP_LIMIT_KIB);
	return ERR_OK;
}

int
regex_get(const char *pattern, size_t len, int flags, struct regex **ret, struct err *e)
{
	uint64_t hash = hash_mix(hash_bytes(pattern, len), (uint64_t) flags);
	int oldest = 0;
	struct regex *r = NULL;

	int rc = thread_ready(e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < CACHE_SIZE; i++) {
		r = cache[i];
		if (r != NULL && r->hash == hash && r->flags == flags && r->len == len &&
		    memcmp(r->pattern, pattern, len) == 0)
			goto found;
		if (cache[oldest] != NULL && (r == NULL || r->used < cache[oldest]->used))
			oldest = i;
	}
	rc = regex_make(pattern, len, flags, &r, e);
	if (rc != ERR_OK)
		return rc;
	r->hash = hash;
	if (cache[oldest] != NULL)
		regex_free(cache[oldest]);
	cache[oldest] = r;
found:
	r->used = ++clock;
	if (++r->uses == JIT_AFTER)
		(void) pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	*ret = r;
	return ERR_OK;
}

int
regex_groups(const struct regex *r)
{
	return r->tree.ngroups;
}

static int
fail_match(int rc, struct err *e)
{
	PCRE2_UCHAR text[128] = { 0 };

	if (rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT ||
	    rc == PCRE2_ERROR_HEAPLIMIT || rc == PCRE2_ERROR_JIT_STACKLIMIT)
		return err_set(e, ERR_INVALID_REGULAR_EXPRESSION,
		               "regular expression failed: regular expression is too complex");
	(void) pcre2_get_error_message(rc, text, sizeof text);
	return err_set(e, ERR_INVALID_REGULAR_EXPRESSION, "regular expression failed: %s",
	               (const char *) text);
}

/* ---- The DFA matcher: slower by a constant, but no pattern makes it exponential */
static int
part_code(struct regex *r, const struct rx_node *n, pcre2_code **ret, struct err *e)
{
	if (r->parts[n->id] == NULL) {
		int rc = compile(r, n, false, &r->parts[n->id], e);
		if (rc != ERR_OK)
			return rc;
	}
	*ret = r->parts[n->id];
	return ERR_OK;
}

static int
dfa(const pcre2_code *code, const char *s, size_t len, size_t from, uint32_t options,
    pcre2_match_data *md)
{
	int rc = pcre2_dfa_match(code, (PCRE2_SPTR) s, len, from, options | PCRE2_NO_UTF_CHECK, md,
	                         limits, workspace, DFA_WORKSPACE);

	if (rc != PCRE2_ERROR_DFA_WSSIZE)
		return rc;
	size_t room = DFA_WORKSPACE * 64;
	int *more = malloc(room * sizeof *more);
	if (more == NULL)
		return PCRE2_ERROR_NOMEMORY;
	rc = pcre2_dfa_match(code, (PCRE2_SPTR) s, len, from, options | PCRE2_NO_UTF_CHECK, md,
	                     limits, more, room);
	free(more);
	return rc;
}

/* Where the first match begins, by the DFA; -1: nowhere. */
static int
dfa_start(struct regex *r, const char *s, size_t len, size_t from, long *ret, struct err *e)
{
	pcre2_code *code = NULL;
	int rc = part_code(r, r->tree.root, &code, e);

	if (rc != ERR_OK)
		return rc;
	rc = dfa(code, s, len, from, 0, r->match);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		return fail_match(rc, e);
	*ret = rc == PCRE2_ERROR_NOMATCH ? -1 : (long) pcre2_get_ovector_pointer(r->match)[0];
	return ERR_OK;
}

int
regex_ends(struct regex *r, const struct rx_node *n, const char *s, size_t len, size_t from,
           struct arena *a, const size_t **ret, int *ret_n, struct err *e)
{
	pcre2_code *code = NULL;
	int rc = part_code(r, n, &code, e);

	if (rc != ERR_OK)
		return rc;
	for (uint32_t room = 64; ; room = room > 4096 ? 65535 : room * 8) {
		pcre2_match_data *md = pcre2_match_data_create(room, NULL);
		if (md == NULL)
			return fail_memory(e);
		rc = dfa(code, s, len, from, PCRE2_ANCHORED, md);
		if (rc == 0 && room < 65535) {          /* more ends than there is room for */
			pcre2_match_data_free(md);
			continue;
		}
		if (rc < 0 && rc != PCRE2_ERROR_NOMATCH) {
			pcre2_match_data_free(md);
			return fail_match(rc, e);
		}
		int count = rc == 0 ? (int) room : rc < 0 ? 0 : rc;
		const PCRE2_SIZE *ov = pcre2_get_ovector_pointer(md);
		size_t *ends = arena_alloc(a, ((size_t) count + 1) * sizeof *ends);
		for (int i = 0; i < count; i++)
			ends[i] = ov[2 * i + 1];
		pcre2_match_data_free(md);
		*ret = ends;
		*ret_n = count;
		return ERR_OK;
	}
}

/* ---- Searching */
static bool
is_limit(int rc)
{
	return rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT ||
	       rc == PCRE2_ERROR_HEAPLIMIT || rc == PCRE2_ERROR_JIT_STACKLIMIT;
}

/* Start of the first match, -1 for none; *ret_whole when the match data has a full answer. */
static int
first_start(struct regex *r, const char *s, size_t len, size_t from, long *ret, bool *ret_whole,
            struct err *e)
{
	int rc = pcre2_match(r->code, (PCRE2_SPTR) s, len, from, PCRE2_NO_UTF_CHECK, r->match, limits);

	*ret_whole = rc >= 0;
	if (rc >= 0) {
		*ret = (long) pcre2_get_ovector_pointer(r->match)[0];
		return ERR_OK;
	}
	if (rc == PCRE2_ERROR_NOMATCH) {
		*ret = -1;
		return ERR_OK;
	}
	if (!is_limit(rc) || r->tree.backrefs)
		return fail_match(rc, e);
	return dfa_start(r, s, len, from, ret, e);
}

int
regex_test(struct regex *r, const char *s, size_t len, size_t from, bool *ret, struct err *e)
{
	long start = -1;
	bool whole;
	int rc = first_start(r, s, len, from, &start, &whole, e);

	if (rc == ERR_OK)
		*ret = start >= 0;
	return rc;
}

static void
take_match(const struct regex *r, struct regex_span *spans, int nspans)
{
	const PCRE2_SIZE *ov = pcre2_get_ovector_pointer(r->match);
	int have = (int) pcre2_get_ovector_count(r->match);

	for (int i = 0; i < nspans; i++) {
		bool set = i < have && ov[2 * i] != PCRE2_UNSET;
		spans[i].start = set ? (long) ov[2 * i] : -1;
		spans[i].end = set ? (long) ov[2 * i + 1] : -1;
	}
}

int
regex_find(struct regex *r, const char *s, size_t len, size_t from, struct regex_span *spans,
           int nspans, bool *ret, struct err *e)
{
	long start = -1;
	bool whole = false;
	int rc = first_start(r, s, len, from, &start, &whole, e);

	if (rc != ERR_OK)
		return rc;
	*ret = start >= 0;
	if (start < 0)
		return ERR_OK;
	if (r->fixed && whole) {
		take_match(r, spans, nspans);
		return ERR_OK;
	}
	ARENA_AUTO struct arena scratch;
	arena_init(&scratch, 0);
	return regex_divide(r, &r->tree, s, len, (size_t) start, spans, nspans, &scratch, e);
}
