/* prog_int.h - the inside of a program, shared by compile.c, filter.c and the eval_*.c files. */
#ifndef CORE_EXEC_PROG_INT_H
#define CORE_EXEC_PROG_INT_H

#include "core/exec/prog.h"

struct insn;
/* Computes the rows of the current selection into register dst. */
typedef int insn_run(struct prog *p, struct insn *i, struct err *e);

struct insn {
	insn_run *run;
	int  dst;
	int  nargs;
	int *args;                      /* registers */
	int  jump;                      /* where to go on when no row is left */
	void *aux;                      /* the instruction's own */
};

struct selection { const uint16_t *rows; int n; };

struct slot_load { int slot, reg; };

enum { PROG_DEPTH_MAX = 1000 };

struct prog {
	struct exec *x;
	struct exec_env *env;           /* x's; type.arena is the batch's while running */
	int   rows;                     /* capacity of a register */
	struct insn *insns;
	int   ninsns;
	struct vec *regs;
	struct vec *bufs;               /* their own memory; v NULL: constants, slots */
	int   nregs;
	int  *outs, nouts;
	int  *out_slots;
	struct slot_load *loads;
	int   nloads;
	bool  by_row;                   /* several calls that see each other's effects */

	/* While running. */
	const uint16_t *sel;            /* the current selection; NULL: rows 0..n-1 */
	int   n;
	int   pc;
	struct arena *arena;
	struct selection *stack;
	int   depth, depth_max;
};

/* Register r as the result of an instruction: its own memory, no nulls yet. */
static inline struct vec *
reg_out(struct prog *p, int r)
{
	struct vec *v = &p->regs[r];

	v->v = p->bufs[r].v;
	v->null = NULL;
	v->stride = 1;
	return v;
}

/* The null flags of a result, all clear at first. */
static inline uint8_t *
reg_nulls(struct prog *p, int r)
{
	struct vec *v = &p->regs[r];

	if (v->null == NULL) {
		v->null = p->bufs[r].null;
		memset(v->null, 0, (size_t) p->rows);
	}
	return v->null;
}

static inline void
reg_set(struct prog *p, int r, int row, union datum d, bool null)
{
	if (null)
		reg_nulls(p, r)[row] = 1;
	else
		p->regs[r].v[row] = d;
}

static inline int prog_row(const struct prog *p, int k) { return p->sel != NULL ? p->sel[k] : k; }

static inline void
sel_push(struct prog *p)
{
	p->stack[p->depth++] = (struct selection) { p->sel, p->n };
}

static inline void
sel_pop(struct prog *p)
{
	p->depth--;
	p->sel = p->stack[p->depth].rows;
	p->n = p->stack[p->depth].n;
}

/* -- compile.c: what makers of instructions use ----------------------------------------------- */
struct compiler {
	struct exec *x;
	struct prog *p;
	struct arena *arena;
	int   insn_cap, reg_cap, load_cap;
	uint8_t *reg_kind;              /* enum reg_kind */
	int  *free_regs, nfree;
	int   case_value;               /* register of EXPR_CASE_VALUE; -1: none in scope */
	const struct type *case_value_type;
	bool  case_value_slot;          /* EXPR_CASE_VALUE is slot 0: array elements */
	bool  once;                     /* inside a constant part */
	int   depth;                    /* of selections pushed */
	int   nesting;
};

int  compile_expr(struct compiler *c, struct expr *x, int *ret_reg, struct err *e) MUST_CHECK;
int  compile_args(struct compiler *c, struct expr *const *args, int n, int **ret_regs,
                  struct err *e) MUST_CHECK;
int  compiler_reg(struct compiler *c);                  /* a new temporary */
void compiler_free(struct compiler *c, int reg);
void compiler_free_all(struct compiler *c, const int *regs, int n);
void compiler_pin(struct compiler *c, int reg, int *ret_was);   /* keep it while others are made */
void compiler_unpin(struct compiler *c, int reg, int was);
/* The instruction's index; its args are copied. */
int  compiler_emit(struct compiler *c, insn_run *run, int dst, const int *args, int nargs,
                   void *aux);
void compiler_push(struct compiler *c);         /* the program will be one selection deeper */
void compiler_pop(struct compiler *c);
uint16_t *compiler_sel(struct compiler *c);             /* a selection's memory */
int  compile_fail(struct err *e, const struct expr *x);
/* args[] compiled, one instruction over them, args freed. */
int  compile_simple(struct compiler *c, struct expr *const *args, int n, insn_run *run, void *aux,
                    int *ret_reg, struct err *e) MUST_CHECK;
/* A program of its own in which EXPR_CASE_VALUE is slot 0. */
int  compile_element(struct compiler *c, struct expr *x, struct prog **ret,
                     struct err *e) MUST_CHECK;

/* -- one maker per family --------------------------------------------------------------------- */
typedef int compile_fn(struct compiler *c, struct expr *x, int *ret_reg, struct err *e);
compile_fn compile_func, compile_distinct, compile_nullif;                      /* eval_func.c */
/* eval_logic.c */
compile_fn compile_logic, compile_not, compile_test, compile_case, compile_coalesce;
compile_fn compile_extreme, compile_row_compare, compile_any;                   /* eval_compare.c */
compile_fn compile_cast_io, compile_cast_array, compile_typmod, compile_domain; /* eval_cast.c */
compile_fn compile_array, compile_row, compile_field, compile_subscript;        /* eval_value.c */
compile_fn compile_sql_value, compile_nextval, compile_init;                                  /* eval_value.c */
compile_fn compile_json_object;                                                 /* eval_json.c */
insn_run run_sel_pop;

/* The fields of a record, on the arena; how many. */
int  record_fields(const struct type *t, union datum d, struct arena *a, const union datum **ret_v,
                   const bool **ret_nulls);     /* eval_value.c */

/* -- calls (eval_func.c) ---------------------------------------------------------------------- */
struct call {
	struct fcall fc;
	const struct func *func;
	struct vec *argv;
	uint16_t *live;                 /* rows without null arguments */
};
struct call *call_new(struct compiler *c, const struct func *f, const struct type *const *arg_types,
                      int nargs,
                      const struct type *ret, oid_t collation, bool variadic);
/* func(args of the current selection) into dst. */
int  call_run(struct prog *p, struct call *k, const int *args, int dst, struct err *e) MUST_CHECK;
/* A single call outside a program: nulls are checked for strict functions. */
int  call_one(struct call *k, const union datum *args, const bool *nulls, union datum *ret,
              bool *ret_null, struct err *e) MUST_CHECK;

/* Is this function one of the plain comparisons?  (filter.c) */
enum cmp_op { CMP_NONE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };
enum cmp_class { CMPC_NONE, CMPC_INT, CMPC_FLOAT, CMPC_BYTES };
enum cmp_op cmp_classify(const struct func *f, enum cmp_class *ret_class);

/* Does x depend on constants and parameters alone, with calls that do not change within a
 * statement?  (compile.c) */
bool expr_is_once(const struct expr *x);

#endif
