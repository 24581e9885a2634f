/* settings.c - the table of settings and the values of the server and its sessions.
 *
 * A transaction's changes are kept as an undo list of cells: rolling back puts the cells back,
 * newest first; committing ends the SET LOCALs and forgets the list.
 *
 * Not here: reading values (settings_value.c), files (settings_file.c). */
#include "config.h"
#include "core/base/settings.h"

#include <assert.h>
#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/hash.h"
#include "core/base/log.h"

#define STRING(x)  STRING_(x)
#define STRING_(x) #x

static const struct setting table[SETTING_COUNT] = {
#define BOOL(id, n, ctx, cat, txt, d, f) \
	{ n, SETTING_BOOL, CTX_##ctx, cat, txt, "", d, 0, 0, NULL, f },
#define INT(id, n, ctx, cat, txt, u, d, lo, hi, f) \
	{ n, SETTING_INT, CTX_##ctx, cat, txt, u, STRING(d), lo, hi, NULL, f },
#define REAL(id, n, ctx, cat, txt, u, d, lo, hi, f) \
	{ n, SETTING_REAL, CTX_##ctx, cat, txt, u, STRING(d), lo, hi, NULL, f },
#define TEXT(id, n, ctx, cat, txt, d, f) \
	{ n, SETTING_TEXT, CTX_##ctx, cat, txt, "", d, 0, 0, NULL, f },
#define ENUM(id, n, ctx, cat, txt, d, v, f) \
	{ n, SETTING_ENUM, CTX_##ctx, cat, txt, "", d, 0, 0, v, f },
#include "core/base/settings.def"
#undef BOOL
#undef INT
#undef REAL
#undef TEXT
#undef ENUM
};

static setting_check *checks[SETTING_COUNT];

struct setting_value {
	atomic_int refs;
	enum setting_source source;
	struct setting_number number;
	char text[];
};

struct setting_undo { int id; struct setting_cell old; };

/* One lock for reading and changing the base; sessions take it at login and after a reload. */
static pthread_mutex_t base_lock = PTHREAD_MUTEX_INITIALIZER;

const struct setting *
setting_at(enum setting_id id)
{
	return &table[id];
}

static struct map by_name;
static pthread_once_t by_name_once = PTHREAD_ONCE_INIT;
enum { NAME_MAX_LEN = 128 };

static bool
lower_name(const char *name, char to[NAME_MAX_LEN])
{
	size_t i = 0;

	for (; name[i] != '\0' && i < NAME_MAX_LEN - 1; i++)
		to[i] = (char) tolower((unsigned char) name[i]);
	to[i] = '\0';
	return name[i] == '\0';
}

static void
index_names(void)
{
	static char names[SETTING_COUNT][NAME_MAX_LEN];

	for (int i = 0; i < SETTING_COUNT; i++) {
		(void) lower_name(table[i].name, names[i]);
		map_puts(&by_name, names[i], (void *) (intptr_t) (i + 1));
	}
}

int
setting_find(const char *name)
{
	char lower[NAME_MAX_LEN];

	pthread_once(&by_name_once, index_names);
	if (!lower_name(name, lower))
		return -1;
	return (int) (intptr_t) map_gets(&by_name, lower) - 1;
}

const char *
setting_context_name(enum setting_context c)
{
	static const char *const names[] = { "internal", "postmaster", "sighup", "superuser-backend",
	                                     "backend", "superuser", "user" };
	return names[c];
}

const char *
setting_source_name(enum setting_source s)
{
	static const char *const names[] = { "default", "configuration file", "command line", "database",
	                                     "user", "client", "override", "session" };
	return names[s];
}

void
setting_set_check(enum setting_id id, setting_check *check)
{
	checks[id] = check;
}

/* -- Values ------------------------------------------------------------------------------------- */
static struct setting_value *
value_new(const char *text, struct setting_number number, enum setting_source source)
{
	size_t len = strlen(text);
	struct setting_value *v = malloc(sizeof *v + len + 1);

	if (v == NULL) {
		log_write(LOG_FATAL, "out of memory: a setting");
		abort();
	}
	atomic_init(&v->refs, 1);
	v->source = source;
	v->number = number;
	memcpy(v->text, text, len + 1);
	return v;
}

static struct setting_value *
value_ref(struct setting_value *v)
{
	if (v != NULL)
		atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
	return v;
}

static void
value_unref(struct setting_value *v)
{
	if (v != NULL && atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) == 1)
		free(v);
}

static struct setting_cell
cell_ref(struct setting_cell c)
{
	value_ref(c.cur);
	value_ref(c.reset);
	value_ref(c.keep);
	return c;
}

static void
cell_unref(struct setting_cell *c)
{
	value_unref(c->cur);
	value_unref(c->reset);
	value_unref(c->keep);
	*c = (struct setting_cell) { 0 };
}

static void *
must_realloc(void *p, size_t size)
{
	p = realloc(p, size);
	if (p == NULL) {
		log_write(LOG_FATAL, "out of memory: settings");
		abort();
	}
	return p;
}

/* Room for one more custom setting; the new cell is empty. */
static int
add_custom(struct settings *s, const char *name)
{
	if (s->n == s->cap) {
		s->cap += 16;
		s->cells = must_realloc(s->cells, (size_t) s->cap * sizeof *s->cells);
		s->custom = must_realloc(s->custom, (size_t) (s->cap - SETTING_COUNT) * sizeof *s->custom);
	}
	char *copy = strdup(name);
	if (copy == NULL)
		abort();
	s->custom[s->n - SETTING_COUNT] = copy;
	s->cells[s->n] = (struct setting_cell) { 0 };
	return s->n++;
}

static int
find_custom(const struct settings *s, const char *name)
{
	for (int i = SETTING_COUNT; i < s->n; i++)
		if (strcasecmp(s->custom[i - SETTING_COUNT], name) == 0)
			return i;
	return -1;
}

/* The shortest text that reads back as this number. */
static void
canonical_text(const struct setting *def, struct setting_number n, const char *text, struct strbuf *to)
{
	switch (def->type) {
	case SETTING_BOOL:
		strbuf_puts(to, n.i != 0 ? "on" : "off");
		break;
	case SETTING_INT:
		strbuf_int(to, n.i);
		break;
	case SETTING_REAL:
		strbuf_printf(to, "%.17g", n.f);
		break;
	case SETTING_ENUM:
		setting_enum_word(def, (int) n.i, to);
		break;
	case SETTING_TEXT:
		for (const char *p = text; *p != '\0'; p++)
			strbuf_putc(to, (def->flags & SF_ASCII) != 0 && (*p < 32 || *p > 126) ? '?' : *p);
		break;
	}
}

void
settings_init(struct settings *s, const struct settings *base)
{
	*s = (struct settings) { .n = SETTING_COUNT, .cap = SETTING_COUNT, .base = base };
	s->cells = must_realloc(NULL, SETTING_COUNT * sizeof *s->cells);
	memset(s->cells, 0, SETTING_COUNT * sizeof *s->cells);
	if (base == NULL) {
		for (int i = 0; i < SETTING_COUNT; i++)
			settings_force(s, (enum setting_id) i, table[i].def);
		for (int i = 0; i < SETTING_COUNT; i++)
			s->cells[i].cur->source = SOURCE_DEFAULT;
		return;
	}
	pthread_mutex_lock(&base_lock);
	for (int i = 0; i < SETTING_COUNT; i++) {
		s->cells[i].cur = value_ref(base->cells[i].cur);
		s->cells[i].reset = value_ref(base->cells[i].cur);
	}
	for (int i = SETTING_COUNT; i < base->n; i++) {
		int id = add_custom(s, base->custom[i - SETTING_COUNT]);
		s->cells[id].cur = value_ref(base->cells[i].cur);
		s->cells[id].reset = value_ref(base->cells[i].cur);
	}
	s->base_version = base->version;
	pthread_mutex_unlock(&base_lock);
}

void
settings_done(struct settings *s)
{
	for (size_t i = 0; i < s->nundo; i++)
		cell_unref(&s->undo[i].old);
	for (int i = 0; i < s->n; i++) {
		cell_unref(&s->cells[i]);
		if (i >= SETTING_COUNT)
			free(s->custom[i - SETTING_COUNT]);
	}
	free(s->undo);
	free(s->cells);
	free(s->custom);
	*s = (struct settings) { 0 };
}

bool
settings_follow_base(struct settings *s)
{
	bool changed = false;

	/* Unlocked look: a reload that is missed now is seen by the next command. */
	if (s->base == NULL ||
	    __atomic_load_n(&s->base->version, __ATOMIC_ACQUIRE) == s->base_version)
		return false;
	pthread_mutex_lock(&base_lock);
	for (int i = 0; i < SETTING_COUNT; i++) {
		struct setting_value *now = s->base->cells[i].cur;
		struct setting_cell *c = &s->cells[i];
		if (c->reset->source > SOURCE_ARGV || c->reset == now)
			continue;
		if (c->cur == c->reset) {
			value_unref(c->cur);
			c->cur = value_ref(now);
			changed = true;
		}
		value_unref(c->reset);
		c->reset = value_ref(now);
	}
	s->base_version = s->base->version;
	pthread_mutex_unlock(&base_lock);
	s->version++;
	return changed;
}

/* -- Getters -------------------------------------------------------------------------------------- */
bool
settings_bool(const struct settings *s, enum setting_id id)
{
	assert(table[id].type == SETTING_BOOL);
	return s->cells[id].cur->number.i != 0;
}

int64_t
settings_int(const struct settings *s, enum setting_id id)
{
	assert(table[id].type == SETTING_INT || table[id].type == SETTING_ENUM);
	return s->cells[id].cur->number.i;
}

double
settings_real(const struct settings *s, enum setting_id id)
{
	assert(table[id].type == SETTING_REAL);
	return s->cells[id].cur->number.f;
}

const char *
settings_text(const struct settings *s, enum setting_id id)
{
	return s->cells[id].cur->text;
}

enum setting_source
settings_source(const struct settings *s, int id)
{
	return s->cells[id].cur == NULL ? SOURCE_DEFAULT : s->cells[id].cur->source;
}

const char *
settings_reset_text(const struct settings *s, int id)
{
	return s->cells[id].reset == NULL ? "" : s->cells[id].reset->text;
}

const char *
settings_name(const struct settings *s, int id)
{
	return id < SETTING_COUNT ? table[id].name : s->custom[id - SETTING_COUNT];
}

int
settings_id(const struct settings *s, const char *name, struct err *e)
{
	int id = setting_find(name);

	if (id < 0)
		id = find_custom(s, name);
	if (id < 0 || s->cells[id].cur == NULL) {
		err_set(e, ERR_UNDEFINED_OBJECT, "unrecognized configuration parameter \"%s\"", name);
		return -1;
	}
	return id;
}

void
settings_show(const struct settings *s, int id, struct strbuf *to)
{
	const struct setting_value *v = s->cells[id].cur;

	if (v == NULL)
		return;
	if (id < SETTING_COUNT && table[id].type == SETTING_INT)
		setting_format_int(&table[id], v->number.i, to);
	else if (id < SETTING_COUNT && table[id].type == SETTING_REAL)
		setting_format_real(&table[id], v->number.f, to);
	else
		strbuf_puts(to, v->text);
}

void
settings_show_raw(const struct settings *s, int id, struct strbuf *to)
{
	const struct setting_value *v = s->cells[id].cur;

	if (id < SETTING_COUNT && (table[id].flags & SF_OCTAL) != 0)
		strbuf_printf(to, "%04o", (unsigned) v->number.i);
	else if (id < SETTING_COUNT && table[id].type == SETTING_REAL)
		strbuf_printf(to, "%g", v->number.f);
	else if (v != NULL)
		strbuf_puts(to, v->text);
}

/* -- Setting ---------------------------------------------------------------------------------------- */
static void
remember(struct settings *s, int id)
{
	if (s->nundo == s->undo_cap) {
		s->undo_cap = s->undo_cap == 0 ? 8 : s->undo_cap * 2;
		s->undo = must_realloc(s->undo, s->undo_cap * sizeof *s->undo);
	}
	s->undo[s->nundo++] = (struct setting_undo) { id, cell_ref(s->cells[id]) };
}

/* The cell gets a new value; `v` is taken over. */
static void
assign(struct settings *s, int id, struct setting_value *v, const struct setting_change *how)
{
	if (s->base == NULL)
		pthread_mutex_lock(&base_lock);
	if (how->transactional)
		remember(s, id);
	struct setting_cell *c = &s->cells[id];
	if (how->local) {
		if (c->keep == NULL)
			c->keep = value_ref(c->cur);
	} else {
		value_unref(c->keep);
		c->keep = NULL;
	}
	value_unref(c->cur);
	c->cur = v;
	if (how->as_reset || c->reset == NULL) {
		value_unref(c->reset);
		c->reset = how->as_reset ? value_ref(v) : NULL;
	}
	__atomic_store_n(&s->version, s->version + 1, __ATOMIC_RELEASE);
	if (s->base == NULL)
		pthread_mutex_unlock(&base_lock);
}

static int
may_change(const struct setting *def, const struct setting_change *how, struct err *e)
{
	const char *name = def->name;

	switch (def->context) {
	case CTX_INTERNAL:
		if (how->as == CTX_INTERNAL)
			return ERR_OK;
		return err_set(e, ERR_CANT_CHANGE_RUNTIME_PARAM, "parameter \"%s\" cannot be changed", name);
	case CTX_POSTMASTER:
		if (how->as <= CTX_POSTMASTER)
			return ERR_OK;
		return err_set(e, ERR_CANT_CHANGE_RUNTIME_PARAM,
		               "parameter \"%s\" cannot be changed without restarting the server", name);
	case CTX_SIGHUP:
		if (how->as <= CTX_SIGHUP)
			return ERR_OK;
		return err_set(e, ERR_CANT_CHANGE_RUNTIME_PARAM, "parameter \"%s\" cannot be changed now", name);
	case CTX_SUPERUSER_BACKEND:
	case CTX_BACKEND:
		if (how->as > CTX_BACKEND)
			return err_set(e, ERR_CANT_CHANGE_RUNTIME_PARAM,
			               "parameter \"%s\" cannot be set after connection start", name);
		if (def->context == CTX_SUPERUSER_BACKEND && how->as == CTX_BACKEND && !how->superuser)
			break;
		return ERR_OK;
	case CTX_SUPERUSER:
		if (how->as == CTX_USER || (how->as == CTX_BACKEND && !how->superuser))
			break;
		return ERR_OK;
	case CTX_USER:
		return ERR_OK;
	}
	return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied to set parameter \"%s\"", name);
}

static bool
is_c_locale(const char *text)
{
	return *text == '\0' || strcmp(text, "C") == 0 || strcmp(text, "POSIX") == 0 ||
	       strcasecmp(text, "C.UTF-8") == 0 || strcasecmp(text, "C.utf8") == 0 ||
	       strncmp(text, "en_US", 5) == 0;
}

/* Read `text` for a setting of the table. */
static int
make_value(int id, const char *text, const char *current, enum setting_source source,
           struct setting_value **ret, struct err *e)
{
	const struct setting *def = &table[id];
	struct setting_number number;
	struct strbuf kept;

	int rc = setting_parse(def, text, &number, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_init(&kept, NULL);
	if (checks[id] != NULL)
		rc = checks[id](text, current, &kept, e);
	else
		canonical_text(def, number, text, &kept);
	if (rc == ERR_OK && (def->flags & SF_FIXED) != 0 && strcasecmp(kept.data, def->def) != 0) {
		rc = err_set(e, ERR_FEATURE_NOT_SUPPORTED, "parameter \"%s\" cannot be set to \"%s\"",
		             def->name, text);
		err_hint(e, "Only \"%s\" is supported.", def->def);
	}
	if (rc == ERR_OK && (def->flags & SF_LOCALE) != 0 && !is_c_locale(kept.data))
		rc = err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\": \"%s\"",
		             def->name, text);
	if (rc == ERR_OK)
		*ret = value_new(kept.data, number, source);
	strbuf_done(&kept);
	return rc;
}

/* "class.name": letters, digits, _ and $ on both sides of each dot. */
static int
check_custom_name(const char *name, struct err *e)
{
	bool start = true;

	if (strchr(name, '.') == NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "unrecognized configuration parameter \"%s\"", name);
	if (strncasecmp(name, "ormdb.", 6) == 0) {
		err_set(e, ERR_INVALID_NAME, "invalid configuration parameter name \"%s\"", name);
		return err_detail(e, "\"ormdb\" is a reserved prefix.");
	}
	for (const char *p = name; ; p++) {
		unsigned char c = (unsigned char) *p;
		bool letter = isalpha(c) || c == '_' || c >= 0x80;
		if (start ? !letter : !letter && !isdigit(c) && c != '$' && c != '.' && c != '\0') {
			err_set(e, ERR_INVALID_NAME, "invalid configuration parameter name \"%s\"", name);
			return err_detail(e, "Custom parameter names must be two or more simple identifiers separated by dots.");
		}
		if (c == '\0')
			return ERR_OK;
		start = c == '.';
	}
}

static int
set_custom(struct settings *s, const char *name, const char *value, const struct setting_change *how,
           struct err *e)
{
	int rc = check_custom_name(name, e);
	if (rc != ERR_OK)
		return rc;
	int id = find_custom(s, name);
	if (id < 0)
		id = add_custom(s, name);
	struct setting_value *v = value != NULL ? value_new(value, (struct setting_number) { 0 }, how->source)
	                                        : value_ref(s->cells[id].reset);
	if (v == NULL)
		v = value_new("", (struct setting_number) { 0 }, SOURCE_DEFAULT);
	assign(s, id, v, how);
	return ERR_OK;
}

int
settings_set(struct settings *s, const char *name, const char *value, const struct setting_change *how,
             struct err *e)
{
	int id = setting_find(name);
	struct setting_value *v;

	if (id < 0)
		return set_custom(s, name, value, how, e);
	int rc = may_change(&table[id], how, e);
	if (rc != ERR_OK)
		return rc;
	if (value == NULL) {
		v = value_ref(s->cells[id].reset);
	} else {
		rc = make_value(id, value, settings_text(s, (enum setting_id) id), how->source, &v, e);
		if (rc != ERR_OK)
			return rc;
	}
	/* A weaker source must not undo what a stronger one has said. */
	if (how->as_reset && s->cells[id].reset != NULL && s->cells[id].reset->source > how->source) {
		value_unref(v);
		return ERR_OK;
	}
	assign(s, id, v, how);
	return ERR_OK;
}

int
settings_validate(const char *name, const char *value, enum setting_context as, struct err *e)
{
	const struct setting_change how = { .as = as };
	struct setting_value *v;
	int id = setting_find(name);

	if (id < 0)
		return check_custom_name(name, e);
	int rc = may_change(&table[id], &how, e);
	if (rc == ERR_OK && value != NULL) {
		rc = make_value(id, value, table[id].def, SOURCE_DEFAULT, &v, e);
		if (rc == ERR_OK)
			value_unref(v);
	}
	return rc;
}

void
settings_reset_all(struct settings *s, bool transactional)
{
	const struct setting_change how = { .as = CTX_SUPERUSER, .transactional = transactional };

	for (int i = 0; i < s->n; i++) {
		struct setting_value *reset = s->cells[i].reset;
		if (i < SETTING_COUNT &&
		    ((table[i].context != CTX_USER && table[i].context != CTX_SUPERUSER) ||
		     (table[i].flags & (SF_TXN | SF_HIDDEN)) != 0))
			continue;
		if (s->cells[i].cur == reset)
			continue;
		assign(s, i, reset != NULL ? value_ref(reset)
		                           : value_new("", (struct setting_number) { 0 }, SOURCE_DEFAULT), &how);
	}
}

void
settings_force(struct settings *s, enum setting_id id, const char *value)
{
	const struct setting_change how = { .as = CTX_INTERNAL, .as_reset = true };
	struct setting_number number;
	struct strbuf text;
	struct err e = { 0 };

	if (setting_parse(&table[id], value, &number, &e) != ERR_OK)
		abort();                /* the table or the server contradicts itself */
	strbuf_init(&text, NULL);
	canonical_text(&table[id], number, value, &text);
	assign(s, id, value_new(text.data, number, SOURCE_OVERRIDE), &how);
	strbuf_done(&text);
}

/* -- The transaction's fate ---------------------------------------------------------------------------- */
void
settings_rollback_to(struct settings *s, size_t mark)
{
	while (s->nundo > mark) {
		struct setting_undo *u = &s->undo[--s->nundo];
		/* What RESET goes to may have followed a reload meanwhile: it is not undone. */
		value_unref(u->old.reset);
		u->old.reset = value_ref(s->cells[u->id].reset);
		cell_unref(&s->cells[u->id]);
		s->cells[u->id] = u->old;
		s->version++;
	}
}

void
settings_commit(struct settings *s)
{
	for (size_t i = 0; i < s->nundo; i++) {
		struct setting_cell *c = &s->cells[s->undo[i].id];
		if (c->keep != NULL) {
			value_unref(c->cur);
			c->cur = c->keep;
			c->keep = NULL;
			s->version++;
		}
		cell_unref(&s->undo[i].old);
	}
	s->nundo = 0;
}
