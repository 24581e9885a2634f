/* explain.h - what EXPLAIN was asked to show. */
#ifndef CORE_PLAN_EXPLAIN_H
#define CORE_PLAN_EXPLAIN_H

#include <stdbool.h>

enum explain_format { EXPLAIN_TEXT, EXPLAIN_JSON, EXPLAIN_XML, EXPLAIN_YAML };

struct explain_options {
	bool analyze, verbose, costs, buffers, timing, summary, settings;
	enum explain_format format;
};

/* What it took: with the summary. */
struct explain_times { double planning_ms, execution_ms; };

#endif
