#!/bin/sh
# The statements of regress/diff/sql, asked of us and of a PostgreSQL 15: no difference.
. "$srcdir/regress/t/lib.sh"
start_pg
start_server
limit="options='-c statement_timeout=30s'"
"$builddir/regress/diff/sqldiff" -a "$server $limit" -b "$pg $limit" "$srcdir"/regress/diff/sql/*.sql
