/* match.c - does an answer fit the expected values of a record? */
#include "config.h"
#include "regress/slt/slt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

static int sort_columns;

static int
compare_rows(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;
	int rc = 0;

	for (int i = 0; i < sort_columns && rc == 0; i++)
		rc = strcmp(x[i], y[i]);
	return rc;
}

static void
md5_of(char **values, int n, char hex[33])
{
	EVP_MD_CTX *md5 = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];

	EVP_DigestInit_ex(md5, EVP_md5(), NULL);
	for (int i = 0; i < n; i++) {
		EVP_DigestUpdate(md5, values[i], strlen(values[i]));
		EVP_DigestUpdate(md5, "\n", 1);
	}
	EVP_DigestFinal_ex(md5, digest, NULL);
	EVP_MD_CTX_free(md5);
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

bool
slt_matches(const struct slt_record *r, char **values, int rows, int columns)
{
	int n = rows * columns, count;
	char want[64], hex[33];

	sort_columns = columns;
	if (r->sort == SLT_ROWSORT)
		qsort(values, (size_t) rows, sizeof *values * (size_t) columns, compare_rows);
	sort_columns = 1;
	if (r->sort == SLT_VALUESORT)
		qsort(values, (size_t) n, sizeof *values, compare_rows);

	if (sscanf(r->expected, "%d values hashing to %63s", &count, want) == 2) {
		md5_of(values, n, hex);
		return count == n && strcmp(hex, want) == 0;
	}
	const char *at = r->expected;
	for (int i = 0; i < n; i++) {
		size_t len = strlen(values[i]);
		if (strncmp(at, values[i], len) != 0 || at[len] != '\n')
			return false;
		at += len + 1;
	}
	return *at == '\0';
}
