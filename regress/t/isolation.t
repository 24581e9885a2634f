#!/bin/sh
# The interleavings of regress/isolation/specs, played on us and on a PostgreSQL 15: no difference.
. "$srcdir/regress/t/lib.sh"
start_pg
start_server
"$builddir/regress/isolation/isolation" -a "$server" -b "$pg" "$srcdir"/regress/isolation/specs/*.spec
