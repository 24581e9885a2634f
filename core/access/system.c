/* system.c - scanning relations whose rows are computed.
 *
 * The rows are gathered at the first call, the wanted columns only.
 *
 * Not here: what the rows of pg_catalog are (core/syscat). */
#include "config.h"
#include "core/access/scan.h"

#include "core/access/sequence.h"
#include "core/access/sysrel.h"

struct system_rows {
	struct row_sink sink;
	struct table_scan *scan;
	union datum *values; /* row after row, ncols each */
	bool *nulls;
	int n, cap, at;
};

static int
push(struct row_sink *sink, const union datum *values, const bool *nulls, struct err *e)
{
	struct system_rows *r = (struct system_rows *) sink;
	const struct scan_request *req = &r->scan->req;
	struct arena *a = &r->scan->long_arena;
	size_t at = (size_t) r->n * (size_t) req->ncols;

	if (r->n == r->cap) {
		size_t width = (size_t) req->ncols;
		int cap = r->cap == 0 ? 64 : r->cap * 2;
		union datum *more = arena_alloc(a, (size_t) cap * width * sizeof *more);
		bool *more_nulls = arena_alloc(a, (size_t) cap * width);

		if (r->n != 0) {
			memcpy(more, r->values, at * sizeof *more);
			memcpy(more_nulls, r->nulls, at);
		}
		r->values = more;
		r->nulls = more_nulls;
		r->cap = cap;
	}
	for (int c = 0; c < req->ncols; c++) {
		int16_t att = req->cols[c];

		r->nulls[at + (size_t) c] = att > 0 ? nulls[att - 1] : att != COL_TABLEOID;
		r->values[at + (size_t) c] =
			att > 0 ? values[att - 1] : datum_int(r->scan->rel->o.oid);
	}
	r->n++;
	return arena_check(a, e);
}

int
scan_system_open(struct table_scan *s, struct err *e)
{
	(void) e;
	s->sys = ARENA_NEW(&s->long_arena, struct system_rows);
	s->sys->sink.push = push;
	s->sys->sink.ncols = s->rel->ncols;
	s->sys->scan = s;
	return ERR_OK;
}

/* A sequence is a relation of one row: last_value, log_cnt, is_called. */
static int
gather_sequence(struct table_scan *s, struct err *e)
{
	struct sequence_state st;
	union datum values[3];
	int rc;

	rc = sequence_read(catalog_owner(s->env->catalog), s->rel, &st, e);
	if (rc != ERR_OK)
		return rc;
	values[0].i = st.last_value;
	values[1].i = st.log_cnt;
	values[2].i = st.is_called;
	return push(&s->sys->sink, values, (const bool[3]){ false }, e);
}

static int
gather(struct table_scan *s, struct err *e)
{
	const struct sysrel *sys = s->rel->sys;
	bool done = false;
	int rc;

	s->started = true;
	s->sys->n = s->sys->at = 0;
	if (sys == NULL)
		return gather_sequence(s, e);
	if (s->req.where_attnum != 0 && sys->rows_where != NULL) {
		rc = sys->rows_where(sys, s->env, s->req.where_attnum, s->req.where_value,
				     &s->sys->sink, &done, e);
		if (rc != ERR_OK || done)
			return rc;
		s->sys->n = 0;
	}
	return sys->rows(sys, s->env, &s->sys->sink, e);
}

int
scan_system_next(struct table_scan *s, struct vec *out, int *ret_n, struct err *e)
{
	struct system_rows *r = s->sys;
	int n, rc;

	if (!s->started) {
		rc = gather(s, e);
		if (rc != ERR_OK)
			return rc;
	}
	n = r->n - r->at < BATCH_ROWS ? r->n - r->at : BATCH_ROWS;
	for (int c = 0; c < s->req.ncols; c++) {
		size_t at = (size_t) r->at * (size_t) s->req.ncols + (size_t) c;

		out[c].stride = 1;
		for (int i = 0; i < n; i++, at += (size_t) s->req.ncols) {
			out[c].v[i] = r->values[at];
			out[c].null[i] = r->nulls[at];
		}
	}
	r->at += n;
	s->counts.rows += (uint64_t) n;
	*ret_n = n;
	return ERR_OK;
}
