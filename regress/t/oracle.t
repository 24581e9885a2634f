#!/bin/sh
# A few hundred random queries through the oracles of regress/oracle, the same ones every time.
. "$srcdir/regress/t/lib.sh"
start_server
"$builddir/regress/oracle/oracle" -n "${ORACLE_QUERIES:-600}" -s "${ORACLE_SEED:-1}" "$server"
