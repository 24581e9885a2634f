/* append.h - the inputs of Append and Merge Append: those that can have rows, as is known now.
 *
 * Owner     the operator's; on x->arena.  Thread: one.  Failure: of keys and inputs. */
#ifndef CORE_EXEC_APPEND_H
#define CORE_EXEC_APPEND_H

#include "core/exec/operator.h"

struct append_inputs {
	int n;
	struct op **at; /* in the order to be read */
};

int  append_inputs_open(struct op *op, struct append_inputs *ret, struct err *e) MUST_CHECK;
int  append_inputs_rescan(struct append_inputs *s, struct err *e) MUST_CHECK;
void append_inputs_close(struct append_inputs *s);

#endif
