/* copy.c - the COPY command: its plan run with rows from, or to, a stream.
 *
 * COPY FROM is the INSERT the binder made of it, whose source is this folder's row reader; so
 * defaults, constraints and indexes are the insert's.
 *
 * Not here: the formats (copy_text.c, copy_binary.c, copy_write.c), the stream (copy_input.c). */
#include "config.h"
#include "pgwire/session/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- Files --------------------------------------------------------------------------------------- */
static int
check_file(struct session *s, const struct cmd_copy *c, struct err *e)
{
	enum { ROLE_READ_FILES = 4569, ROLE_WRITE_FILES = 4570 };

	if (c->program)
		return err_unsupported(e, "COPY ... PROGRAM", "Run the program with psql's \\copy.");
	if (c->filename == NULL || s->superuser)
		return ERR_OK;
	struct catalog *cat = session_catalog(s);
	bool may = access_is_member(cat, s->role_oid, c->from ? ROLE_READ_FILES : ROLE_WRITE_FILES);
	catalog_release(cat);
	if (may)
		return ERR_OK;
	err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
	        "must be superuser or have privileges of the %s role to COPY %s a file",
	        c->from ? "pg_read_server_files" : "pg_write_server_files", c->from ? "from" : "to");
	return err_hint(e, "Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.");
}

static int
open_file(const struct cmd_copy *c, int *ret_fd, struct err *e)
{
	struct stat st;

	*ret_fd = -1;
	if (c->filename == NULL)
		return ERR_OK;
	if (!c->from && c->filename[0] != '/')
		return err_set(e, ERR_INVALID_NAME, "relative path not allowed for COPY to file");
	int fd = c->from ? open(c->filename, O_RDONLY | O_CLOEXEC)
	                 : open(c->filename, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		err_set(e, errno == ENOENT ? ERR_UNDEFINED_FILE : ERR_IO_ERROR, "could not open file \"%s\" for %s: %s",
		        c->filename, c->from ? "reading" : "writing", strerror(errno));
		if (errno == ENOENT || errno == EACCES)
			err_hint(e, c->from ? "COPY FROM instructs the PostgreSQL server process to read a file. You may "
			         "want a client-side facility such as psql's \\copy."
			         : "COPY TO instructs the PostgreSQL server process to write a file. You may want a "
			         "client-side facility such as psql's \\copy.");
		return e->code;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		(void) close(fd);
		return err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is a directory", c->filename);
	}
	*ret_fd = fd;
	return ERR_OK;
}

/* -- Running the plan -------------------------------------------------------------------------------- */
static int
run_plan(struct utility *u, struct row_source *source, struct dest *to, uint64_t *ret_affected, struct err *e)
{
	struct session *s = u->s;
	struct exec_env env;
	struct plan_env pe;
	struct exec *x = NULL;
	const struct batch *b;

	session_env(s, u->a->catalog, u->arena, &env);
	session_plan_env(s, u->arena, u->a->catalog, &env, &pe);
	int rc = tx_statement_begin(s, &env, e);
	if (rc != ERR_OK)
		return rc;
	const struct exec_options o = { .env = &env, .unit = s->unit, .planner = &pe, .params = *u->params,
	                                .copy = source };
	rc = exec_open(u->a->plan, &o, &x, e);
	while (rc == ERR_OK) {
		rc = exec_next(x, BATCH_ROWS, &b, e);
		if (rc != ERR_OK || b == NULL)
			break;
		if (to != NULL)
			rc = to->rows(to, b, 0, b->n, e);
	}
	if (x != NULL) {
		*ret_affected = exec_affected(x);
		exec_close(&x);
	}
	return tx_statement_end(s, &env, rc, e);
}

static int
copy_from(struct utility *u, const struct cmd_copy *c, int fd, struct err *e)
{
	struct session *s = u->s;
	struct copy_reader r;
	uint64_t n = 0;

	int rc = copy_reader_init(&r, s, u->a->catalog, c, fd, u->arena, e);
	if (rc != ERR_OK)
		return rc;
	if (fd < 0) {
		send_copy_start(&s->conn->out, 'G', c->format == COPY_BINARY, c->columns.n);
		writer_flush(&s->conn->out);
	}
	rc = run_plan(u, &r.source, NULL, &n, e);
	if (rc == ERR_OK && fd < 0)
		rc = copy_input_drain(&r.in, e);
	copy_reader_done(&r);
	snprintf(u->tag, sizeof u->tag, "COPY %" PRIu64, n);
	return rc;
}

static int
copy_to(struct utility *u, const struct cmd_copy *c, int fd, struct err *e)
{
	struct session *s = u->s;
	struct row_shape shape;
	struct copy_writer w;
	uint64_t affected = 0;

	shape_of_targets(u->arena, u->a->plan->targets, u->a->plan->nvisible, &shape);
	int rc = copy_writer_init(&w, s, c, &shape, fd, u->arena, e);
	if (rc != ERR_OK)
		return rc;
	if (fd < 0)
		send_copy_start(&s->conn->out, 'H', c->format == COPY_BINARY, shape.ncols);
	rc = copy_writer_start(&w, e);
	if (rc == ERR_OK)
		rc = run_plan(u, NULL, &w.d, &affected, e);
	if (rc == ERR_OK)
		rc = copy_writer_end(&w, e);
	if (rc == ERR_OK && fd < 0)
		send_plain(&s->conn->out, 'c');
	snprintf(u->tag, sizeof u->tag, "COPY %" PRIu64, w.rows);
	return rc;
}

int
copy_command(struct utility *u, struct err *e)
{
	const struct cmd_copy *c = (const struct cmd_copy *) u->a->stmt->command;
	int fd;

	if (u->a->plan == NULL)
		return err_unsupported(e, "this form of COPY", NULL);
	int rc = check_file(u->s, c, e);
	if (rc == ERR_OK)
		rc = open_file(c, &fd, e);
	if (rc != ERR_OK)
		return rc;
	if (!u->top_level && fd < 0)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot COPY to/from client in a function");
	rc = c->from ? copy_from(u, c, fd, e) : copy_to(u, c, fd, e);
	if (fd >= 0 && close(fd) != 0 && rc == ERR_OK)
		rc = err_set(e, ERR_IO_ERROR, "could not close file \"%s\": %s", c->filename, strerror(errno));
	return rc;
}
