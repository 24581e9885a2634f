#!/bin/sh
# Wrong statements, asked of us and of a PostgreSQL 15: the same SQLSTATE, text, detail and
# position, and no hint less.
. "$srcdir/regress/t/lib.sh"
start_pg
start_server
limit="options='-c statement_timeout=30s'"
"$builddir/regress/diff/sqldiff" -m -a "$server $limit" -b "$pg $limit" "$srcdir"/regress/diff/sql/errors_*
