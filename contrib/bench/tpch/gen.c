/* gen.c - TPC-H's eight tables as files for COPY.
 *
 *   tpchgen SCALE DIRECTORY
 *
 * Written from the specification's clause 4.2 (revision 3.0.1); not the TPC's own program, whose
 * rows differ from these.  Each value is a hash of its table, column and row, so any row can be
 * made by itself and every run makes the same files; what one table repeats of another (the price
 * of a part in a line, the lines in an order's total) is computed again, not looked up.
 *
 * Numbers of cents are kept as integers: no rounding differs between machines. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contrib/bench/tpch/words.h"

enum { LINES_MAX = 7, ORDER_DAYS = 2406, TODAY = 1263 }; /* days after 1992-01-01 */

struct scale {
	int64_t suppliers, parts, customers, orders, clerks;
};

struct line {
	int64_t part, supplier, quantity, price, discount, tax; /* price in cents, rest in 1/100 */
	int ship, commit, receipt;                              /* days */
};

/* -- Values ------------------------------------------------------------------------------------ */

enum stream { S_SUPPLIER = 1, S_PART, S_PARTSUPP, S_CUSTOMER, S_ORDER, S_LINE, S_NATION, S_REGION };

/* Number `what` of row `row`: splitmix64's finisher over the three. */
static uint64_t
hash(enum stream s, uint64_t row, uint64_t what)
{
	uint64_t x = row * UINT64_C(0x9e3779b97f4a7c15) +
		     (uint64_t) s * UINT64_C(0xd1342543de82ef95) +
		     what * UINT64_C(0xaf251af3b0f025b5);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static int64_t
between(enum stream s, int64_t row, int what, int64_t lo, int64_t hi)
{
	return lo + (int64_t) (hash(s, (uint64_t) row, (uint64_t) what) % (uint64_t) (hi - lo + 1));
}

static const char *
pick(enum stream s, int64_t row, int what, struct words w)
{
	return w.at[between(s, row, what, 0, w.n - 1)];
}

static void
put_date(FILE *f, int days)
{
	static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = 1992, month = 0;

	for (; days >= 365 + (year % 4 == 0); year++)
		days -= 365 + (year % 4 == 0);
	for (; days >= month_days[month] + (month == 1 && year % 4 == 0); month++)
		days -= month_days[month] + (month == 1 && year % 4 == 0);
	fprintf(f, "%04d-%02d-%02d|", year, month + 1, days + 1);
}

static void
put_cents(FILE *f, int64_t cents)
{
	fprintf(f, "%s%" PRId64 ".%02" PRId64 "|", cents < 0 ? "-" : "", labs(cents) / 100,
		labs(cents) % 100);
}

/* Letters and digits, for addresses. */
static void
put_address(FILE *f, enum stream s, int64_t row)
{
	static const char set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789, ";
	int64_t n = between(s, row, 900, 10, 40);

	for (int64_t i = 0; i < n; i++)
		fputc(set[between(s, row, 901 + (int) i, 0, 63 - (i == 0 || i == n - 1 ? 2 : 0))],
		      f);
	fputc('|', f);
}

static void
put_phone(FILE *f, enum stream s, int64_t row, int64_t nation)
{
	fprintf(f, "%" PRId64 "-%03" PRId64 "-%03" PRId64 "-%04" PRId64 "|", nation + 10,
		between(s, row, 800, 100, 999), between(s, row, 801, 100, 999),
		between(s, row, 802, 1000, 9999));
}

/* Sentences cut to a length between lo and hi, `with` put in at a random place. */
static void
put_comment(FILE *f, enum stream s, int64_t row, int lo, int hi, const char *with)
{
	static const struct words *const shape[] = { &words_adverb,      &words_adjective,
						     &words_noun,        &words_verb,
						     &words_preposition, &words_adjective,
						     &words_noun };
	char text[512];
	size_t len = (size_t) between(s, row, 700, lo, hi), n = 0;

	for (int i = 0; n < len; i++) {
		const char *w = pick(s, row, 701 + i, *shape[i % 7]);
		n += (size_t) snprintf(text + n, sizeof text - n, "%s%s", w,
				       i % 7 == 6 ? ". " : " ");
	}
	text[len] = '\0';
	if (with != NULL) {
		size_t at = (size_t) between(s, row, 699, 0, (int64_t) (len - strlen(with)));
		memcpy(text + at, with, strlen(with));
	}
	if (text[len - 1] == ' ')
		text[len - 1] = '.';
	fputs(text, f);
	fputc('\n', f);
}

/* -- Tables ------------------------------------------------------------------------------------ */

static void
put_region(FILE *f, int64_t row, const struct scale *sc)
{
	(void) sc;
	fprintf(f, "%" PRId64 "|%s|", row, words_region.at[row]);
	put_comment(f, S_REGION, row, 31, 115, NULL);
}

static void
put_nation(FILE *f, int64_t row, const struct scale *sc)
{
	(void) sc;
	fprintf(f, "%" PRId64 "|%s|%d|", row, nations[row].name, nations[row].region);
	put_comment(f, S_NATION, row, 31, 114, NULL);
}

static void
put_supplier(FILE *f, int64_t row, const struct scale *sc)
{
	static const char *const remark[] = { "Customer Complaints", "Customer Recommends" };
	int64_t key = row + 1, nation = between(S_SUPPLIER, key, 1, 0, 24);

	(void) sc;
	fprintf(f, "%" PRId64 "|Supplier#%09" PRId64 "|", key, key);
	put_address(f, S_SUPPLIER, key);
	fprintf(f, "%" PRId64 "|", nation);
	put_phone(f, S_SUPPLIER, key, nation);
	put_cents(f, between(S_SUPPLIER, key, 2, -99999, 999999));
	/* Five of 10,000 complain, five recommend. */
	put_comment(f, S_SUPPLIER, key, 25, 100, key % 1000 == 57 ? remark[key / 1000 % 2] : NULL);
}

static int64_t
part_price(int64_t key)
{
	return 90000 + key / 10 % 20001 + 100 * (key % 1000);
}

static void
put_part(FILE *f, int64_t row, const struct scale *sc)
{
	int64_t key = row + 1, maker = between(S_PART, key, 1, 1, 5);
	int colour[5];

	(void) sc;
	fprintf(f, "%" PRId64 "|", key);
	for (int n = 0, salt = 0; n < 5; salt++) { /* five different ones */
		int c = (int) between(S_PART, key, 10 + salt, 0, words_colour.n - 1);
		bool seen = false;
		for (int k = 0; k < n; k++)
			seen |= colour[k] == c;
		if (seen)
			continue;
		colour[n++] = c;
		fprintf(f, "%s%c", words_colour.at[c], n == 5 ? '|' : ' ');
	}
	fprintf(f,
		"Manufacturer#%" PRId64 "|Brand#%" PRId64 "%" PRId64 "|%s %s %s|%" PRId64 "|%s %s|",
		maker, maker, between(S_PART, key, 2, 1, 5), pick(S_PART, key, 3, words_type1),
		pick(S_PART, key, 4, words_type2), pick(S_PART, key, 5, words_type3),
		between(S_PART, key, 6, 1, 50), pick(S_PART, key, 7, words_container1),
		pick(S_PART, key, 8, words_container2));
	put_cents(f, part_price(key));
	put_comment(f, S_PART, key, 5, 22, NULL);
}

/* The i-th (0..3) supplier of a part. */
static int64_t
part_supplier(const struct scale *sc, int64_t part, int64_t i)
{
	int64_t s = sc->suppliers;

	return (part + i * (s / 4 + (part - 1) / s)) % s + 1;
}

static void
put_partsupp(FILE *f, int64_t row, const struct scale *sc)
{
	int64_t part = row / 4 + 1;

	fprintf(f, "%" PRId64 "|%" PRId64 "|%" PRId64 "|", part, part_supplier(sc, part, row % 4),
		between(S_PARTSUPP, row, 1, 1, 9999));
	put_cents(f, between(S_PARTSUPP, row, 2, 100, 100000));
	put_comment(f, S_PARTSUPP, row, 49, 198, NULL);
}

static void
put_customer(FILE *f, int64_t row, const struct scale *sc)
{
	int64_t key = row + 1, nation = between(S_CUSTOMER, key, 1, 0, 24);

	(void) sc;
	fprintf(f, "%" PRId64 "|Customer#%09" PRId64 "|", key, key);
	put_address(f, S_CUSTOMER, key);
	fprintf(f, "%" PRId64 "|", nation);
	put_phone(f, S_CUSTOMER, key, nation);
	put_cents(f, between(S_CUSTOMER, key, 2, -99999, 999999));
	fprintf(f, "%s|", pick(S_CUSTOMER, key, 3, words_segment));
	put_comment(f, S_CUSTOMER, key, 29, 116, NULL);
}

/* Of 32 order keys the first eight are used. */
static int64_t
order_key(int64_t row)
{
	return row / 8 * 32 + row % 8 + 1;
}

static int
order_date(int64_t row)
{
	return (int) between(S_ORDER, row, 1, 0, ORDER_DAYS - 1);
}

static int
order_lines(int64_t row, const struct scale *sc, struct line *to)
{
	int n = (int) between(S_ORDER, row, 2, 1, LINES_MAX), date = order_date(row);

	for (int i = 0; i < n; i++) {
		int64_t id = row * LINES_MAX + i;
		struct line *l = &to[i];
		l->part = between(S_LINE, id, 1, 1, sc->parts);
		l->supplier = part_supplier(sc, l->part, between(S_LINE, id, 2, 0, 3));
		l->quantity = between(S_LINE, id, 3, 1, 50);
		l->price = l->quantity * part_price(l->part);
		l->discount = between(S_LINE, id, 4, 0, 10);
		l->tax = between(S_LINE, id, 5, 0, 8);
		l->ship = date + (int) between(S_LINE, id, 6, 1, 121);
		l->commit = date + (int) between(S_LINE, id, 7, 30, 90);
		l->receipt = l->ship + (int) between(S_LINE, id, 8, 1, 30);
	}
	return n;
}

/* Customers whose key divides by three have no orders. */
static int64_t
order_customer(int64_t row, const struct scale *sc)
{
	int64_t k = between(S_ORDER, row, 3, 0, sc->customers / 3 * 2 - 1);

	return k / 2 * 3 + k % 2 + 1;
}

static void
put_order(FILE *f, int64_t row, const struct scale *sc)
{
	struct line lines[LINES_MAX];
	int n = order_lines(row, sc, lines), open = 0;
	int64_t total = 0;

	for (int i = 0; i < n; i++) {
		open += lines[i].ship > TODAY;
		total += lines[i].price * (100 + lines[i].tax) * (100 - lines[i].discount);
	}
	fprintf(f, "%" PRId64 "|%" PRId64 "|%c|", order_key(row), order_customer(row, sc),
		open == 0   ? 'F'
		: open == n ? 'O'
			    : 'P');
	put_cents(f, (total + 5000) / 10000);
	put_date(f, order_date(row));
	fprintf(f, "%s|Clerk#%09" PRId64 "|0|", pick(S_ORDER, row, 4, words_priority),
		between(S_ORDER, row, 5, 1, sc->clerks));
	/* About one comment in a hundred speaks of special requests (Q13). */
	put_comment(f, S_ORDER, row, 19, 78,
		    between(S_ORDER, row, 6, 0, 99) == 0 ? "special requests" : NULL);
}

static void
put_lines(FILE *f, int64_t row, const struct scale *sc)
{
	struct line lines[LINES_MAX];
	int n = order_lines(row, sc, lines);

	for (int i = 0; i < n; i++) {
		const struct line *l = &lines[i];
		int64_t id = row * LINES_MAX + i;
		fprintf(f, "%" PRId64 "|%" PRId64 "|%" PRId64 "|%d|%" PRId64 ".00|", order_key(row),
			l->part, l->supplier, i + 1, l->quantity);
		put_cents(f, l->price);
		put_cents(f, l->discount);
		put_cents(f, l->tax);
		fprintf(f, "%c|%c|",
			l->receipt > TODAY                  ? 'N'
			: between(S_LINE, id, 9, 0, 1) == 0 ? 'R'
							    : 'A',
			l->ship > TODAY ? 'O' : 'F');
		put_date(f, l->ship);
		put_date(f, l->commit);
		put_date(f, l->receipt);
		fprintf(f, "%s|%s|", pick(S_LINE, id, 10, words_instruct),
			pick(S_LINE, id, 11, words_mode));
		put_comment(f, S_LINE, id, 10, 43, NULL);
	}
}

/* -- The whole ----------------------------------------------------------------------------------- */

static void
write_table(const char *dir, const char *name, int64_t rows, const struct scale *sc,
	    void (*put)(FILE *, int64_t, const struct scale *))
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s.tbl", dir, name);
	FILE *f = fopen(path, "w");

	for (int64_t i = 0; f != NULL && i < rows; i++)
		put(f, i, sc);
	if (f == NULL || ferror(f) || fclose(f) != 0) {
		fprintf(stderr, "tpchgen: %s: %s\n", path, strerror(errno));
		exit(1);
	}
}

static int64_t
scaled(double scale, int64_t n)
{
	int64_t r = (int64_t) (scale * (double) n + 0.5);

	return r < 10 ? 10 : r;
}

int
main(int argc, char **argv)
{
	double s = argc == 3 ? strtod(argv[1], NULL) : 0;

	if (s <= 0 || s > 1000) {
		fprintf(stderr, "usage: tpchgen SCALE DIRECTORY\n");
		return 2;
	}
	struct scale sc = { .suppliers = scaled(s, 10000),
			    .parts = scaled(s, 200000),
			    .customers = scaled(s, 150000),
			    .orders = scaled(s, 1500000),
			    .clerks = scaled(s, 1000) };
	write_table(argv[2], "region", words_region.n, &sc, put_region);
	write_table(argv[2], "nation", 25, &sc, put_nation);
	write_table(argv[2], "supplier", sc.suppliers, &sc, put_supplier);
	write_table(argv[2], "part", sc.parts, &sc, put_part);
	write_table(argv[2], "partsupp", sc.parts * 4, &sc, put_partsupp);
	write_table(argv[2], "customer", sc.customers, &sc, put_customer);
	write_table(argv[2], "orders", sc.orders, &sc, put_order);
	write_table(argv[2], "lineitem", sc.orders, &sc, put_lines);
	return 0;
}
