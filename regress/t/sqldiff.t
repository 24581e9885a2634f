#!/bin/sh
# The statements of regress/diff/sql, asked of us and of a PostgreSQL 15: no difference.
. "$srcdir/regress/t/lib.sh"
start_pg
start_server
"$builddir/regress/diff/sqldiff" -a "$server" -b "$pg" "$srcdir"/regress/diff/sql/*.sql
