/* fuzz_startup.c - the first packet of a connection: request.c, startup.c. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pgwire/proto/request.h"
#include "pgwire/proto/startup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
option(void *arg, const char *name, const char *value, struct err *e)
{
	(void) e;
	*(size_t *) arg += strlen(name) + strlen(value);
	return ERR_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	struct request r;
	struct startup s;
	size_t seen = 0;

	if (size < 8 || size > REQUEST_LEN_MAX)
		return 0;
	if (request_length(data) == size && request_parse(data, size, &r, &e) == ERR_OK &&
	    r.kind == REQUEST_CANCEL && r.key_len > 0 && r.key + r.key_len > data + size)
		abort();
	err_init(&e);
	if (startup_parse(data + 4, size - 4, &s, &e) != ERR_OK)
		return 0;
	if (s.user == NULL || s.database == NULL || s.nparams > STARTUP_PARAM_MAX)
		abort();
	for (int i = 0; i < s.nparams; i++)
		seen += strlen(s.params[i].name) + strlen(s.params[i].value);
	err_init(&e);
	if (s.options != NULL && startup_options(s.options, option, &seen, &e) != ERR_OK &&
	    e.code == ERR_OK)
		abort();
	if (seen > 2 * size)
		abort();
	return 0;
}
