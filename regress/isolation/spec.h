/* spec.h - what one file of regress/isolation/specs says: sessions, their steps, orders of steps.
 *
 * Owner     spec_read() makes, spec_free() frees all that hangs on it.
 * Thread    read only once read.
 * Failure   spec_read() prints the line that is wrong and gives NULL.
 * Cost      that of a small text file; an order is some bytes. */
#ifndef REGRESS_ISOLATION_SPEC_H
#define REGRESS_ISOLATION_SPEC_H

#include <stdbool.h>
#include <stdint.h>

enum { SESSIONS_MAX = 8, STEPS_MAX = 48, TURNS_MAX = 64 };

struct step {
	char *name, *sql;
};

struct spec_session {
	char *name;
	char *start; /* said after connecting, not a step; or NULL */
	struct step steps[STEPS_MAX];
	int nsteps;
};

/* Session s says its step; with `wait` nothing else is said before it has been answered. */
struct turn {
	uint8_t session, step;
	bool wait;
	uint8_t at; /* its place in the order, once played */
};

struct order {
	struct turn turns[TURNS_MAX];
	int n;
};

struct spec {
	char *name;
	char *setup, *check; /* SQL before and after; or NULL */
	bool serializable;   /* judged by serial runs, not step by step */
	struct spec_session sessions[SESSIONS_MAX];
	int nsessions;
	struct order *orders;
	int norders;
};

struct spec *spec_read(const char *path);
void spec_free(struct spec **spec);
struct order *spec_add_order(struct spec *s);

/* order.c: every order that keeps each session's own; at most `most` of them, evenly chosen
 * when there are more (0: all). */
void spec_mix(struct spec *s, const int *sessions, int n, long most);

#endif
