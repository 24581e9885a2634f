/* settings.h - named values that say how the server and each session behave.
 *
 * settings.def lists them.  The process has one struct settings, the base, filled from
 * ormdb.conf and the command line; each session has one of its own that starts as the base and
 * follows SET, SET LOCAL, RESET and the fate of its transaction.
 *
 * Owner     settings_init() .. settings_done().  Values are shared between settings by a
 *           reference count; texts returned live until that setting is changed again.
 * Thread    one at a time.  The base is changed by a reload while sessions copy from it (a lock
 *           inside); its getters are for the thread that changes it.
 * Failure   42704, 22023, 55P02, 42501 with PostgreSQL's texts; nothing has changed then.
 * Cost      a getter is two loads.  A session's settings take about 5 KB. */
#ifndef CORE_BASE_SETTINGS_H
#define CORE_BASE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/err.h"
#include "core/base/strbuf.h"

#define SETTINGS_PG_VERSION     "15.15"
#define SETTINGS_PG_VERSION_NUM 150015

enum setting_id {
#define BOOL(id, name, context, category, text, def, flags) SET_##id,
#define INT(id, name, context, category, text, unit, def, min, max, flags) SET_##id,
#define REAL(id, name, context, category, text, unit, def, min, max, flags) SET_##id,
#define TEXT(id, name, context, category, text, def, flags) SET_##id,
#define ENUM(id, name, context, category, text, def, values, flags) SET_##id,
#include "core/base/settings.def"
#undef BOOL
#undef INT
#undef REAL
#undef TEXT
#undef ENUM
	SETTING_COUNT                   /* custom settings ("app.user") follow, per session */
};

enum setting_type { SETTING_BOOL, SETTING_INT, SETTING_REAL, SETTING_TEXT, SETTING_ENUM };

/* Who may change a setting; as pg_settings.context. */
enum setting_context { CTX_INTERNAL, CTX_POSTMASTER, CTX_SIGHUP, CTX_SUPERUSER_BACKEND, CTX_BACKEND,
                       CTX_SUPERUSER, CTX_USER };

/* Where a value came from; a weaker source never replaces a stronger one's reset value. */
enum setting_source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ARGV, SOURCE_DATABASE, SOURCE_ROLE,
                      SOURCE_CLIENT, SOURCE_OVERRIDE, SOURCE_SESSION };

enum {
	SF_REPORT   = 1,                /* ParameterStatus */
	SF_LIST     = 2,                /* a list of names */
	SF_OCTAL    = 4,
	SF_FILE     = 8,
	SF_SECRET   = 16,               /* superusers only */
	SF_ASCII    = 32,               /* other bytes become '?' */
	SF_SYNONYMS = 64,               /* true, yes, 1 and false, no, 0 for the words on and off */
	SF_TXN      = 128,              /* of the current transaction: the session sets it */
	SF_FIXED    = 256,              /* only its default is supported */
	SF_LOCALE   = 512,              /* C, POSIX, or a locale name whose rules are C's here */
	SF_HIDDEN   = 1024,             /* not in SHOW ALL and pg_settings */
};

struct setting {
	const char *name;
	enum setting_type type;
	enum setting_context context;
	const char *category, *text, *unit;     /* unit "": none */
	const char *def;                        /* as text */
	double      min, max;                   /* numbers */
	const char *values;                     /* ENUM */
	int         flags;
};

const struct setting *setting_at(enum setting_id id);
int  setting_find(const char *name);            /* id, or -1; letter case is ignored */
const char *setting_context_name(enum setting_context c);
const char *setting_source_name(enum setting_source s);

/* A stricter or canonical reading of a text setting (TimeZone, client_encoding ...), from above.
 * The function appends the value to be kept to `canon`; `current` is what is set now (DateStyle
 * changes in parts). */
typedef int setting_check(const char *value, const char *current, struct strbuf *canon, struct err *e);
void setting_set_check(enum setting_id id, setting_check *check);

/* -- Values -------------------------------------------------------------------------------- */
struct setting_value;                   /* immutable, counted */

struct setting_cell {
	struct setting_value *cur;
	struct setting_value *reset;    /* what RESET goes to */
	struct setting_value *keep;     /* what stays after SET LOCAL; NULL: cur */
};

struct setting_undo;

struct settings {
	int    n, cap;                  /* cells in use: SETTING_COUNT and the custom ones */
	struct setting_cell *cells;
	char **custom;                  /* names of the custom ones */
	struct setting_undo *undo;      /* of the running transaction, newest last */
	size_t nundo, undo_cap;
	uint64_t version;               /* counts changes: what is derived from values is stale */
	const struct settings *base;    /* NULL: this is the base */
	uint64_t base_version;
};

void settings_init(struct settings *s, const struct settings *base);
void settings_done(struct settings *s);
/* Take over what a reload has changed in the base; true when something did. */
bool settings_follow_base(struct settings *s);

bool        settings_bool(const struct settings *s, enum setting_id id);
int64_t     settings_int(const struct settings *s, enum setting_id id);        /* in its unit; ENUM: index */
double      settings_real(const struct settings *s, enum setting_id id);
const char *settings_text(const struct settings *s, enum setting_id id);       /* as kept */
enum setting_source settings_source(const struct settings *s, int id);
const char *settings_reset_text(const struct settings *s, int id);

/* By name, custom ones too. */
int  settings_id(const struct settings *s, const char *name, struct err *e);   /* -1: 42704 is set */
const char *settings_name(const struct settings *s, int id);
/* As SHOW prints it: units, on/off. */
void settings_show(const struct settings *s, int id, struct strbuf *to);
/* As pg_settings.setting has it: numbers without units. */
void settings_show_raw(const struct settings *s, int id, struct strbuf *to);

struct setting_change {
	enum setting_context as;        /* what the caller may: CTX_USER, CTX_SUPERUSER, CTX_BACKEND at
	                                 * connection start, CTX_SIGHUP, CTX_POSTMASTER, CTX_INTERNAL: all */
	enum setting_source  source;
	bool local;                     /* SET LOCAL */
	bool as_reset;                  /* is what RESET goes to, too (startup options, files) */
	bool transactional;             /* follows the transaction's fate */
	bool superuser;                 /* with CTX_BACKEND: a superuser connects */
};
/* value NULL: back to the reset value (SET x TO DEFAULT). */
int  settings_set(struct settings *s, const char *name, const char *value,
                  const struct setting_change *how, struct err *e) MUST_CHECK;
/* Would this value do?  (ALTER ROLE SET, ALTER SYSTEM, set_config.) */
int  settings_validate(const char *name, const char *value, enum setting_context as, struct err *e) MUST_CHECK;
/* RESET ALL: everything the user may change. */
void settings_reset_all(struct settings *s, bool transactional);
/* For the server itself: no rules, no transaction. */
void settings_force(struct settings *s, enum setting_id id, const char *value);

/* -- The transaction's fate ------------------------------------------------------------------ */
static inline size_t settings_mark(const struct settings *s) { return s->nundo; }
void settings_rollback_to(struct settings *s, size_t mark);
void settings_commit(struct settings *s);       /* SET LOCAL ends, SET stays */

/* -- Files ----------------------------------------------------------------------------------- */
struct settings_file_entry { const char *name, *value, *file; int line; };
/* Reads `path` with its includes; calls `fn` for each line in order.  Syntax errors: 42601-like
 * F0000 with file and line. */
int  settings_file_read(const char *path, bool must_exist,
                        int (*fn)(void *arg, const struct settings_file_entry *entry, struct err *e),
                        void *arg, struct err *e) MUST_CHECK;
/* ormdb.conf and ormdb.auto.conf of a data directory into the base.  At start (reload false) an
 * error refuses; at reload what can be taken is taken and problems go to the log. */
int  settings_load(struct settings *base, const char *dir, bool reload, struct err *e) MUST_CHECK;
/* ALTER SYSTEM: one name of ormdb.auto.conf; value NULL removes it, name NULL all. */
int  settings_file_alter(const char *dir, const char *name, const char *value, struct err *e) MUST_CHECK;

/* -- Reading values (settings_value.c) --------------------------------------------------------- */
struct setting_number { int64_t i; double f; };
int  setting_parse(const struct setting *def, const char *text, struct setting_number *ret, struct err *e) MUST_CHECK;
bool setting_parse_bool(const char *text, bool *ret);   /* prefixes of true, false, yes, no, on, off; 1, 0 */
int  setting_enum_index(const struct setting *def, const char *word);          /* -1: none */
void setting_enum_word(const struct setting *def, int index, struct strbuf *to);
/* A number in its unit as SHOW prints it: "4MB", "1min". */
void setting_format_int(const struct setting *def, int64_t v, struct strbuf *to);
void setting_format_real(const struct setting *def, double v, struct strbuf *to);
/* Every configuration parameter as text (for SHOW ALL, pg_settings): enum values as '{a,b}'. */
void setting_enum_values(const struct setting *def, struct strbuf *to);

#endif
