#!/bin/sh
# Fifty workers on one queue of jobs: each job is handed out once.
. "$srcdir/regress/t/lib.sh"
start_server
"$builddir/regress/load/queue" -d "$server" -w 50 -j 500
server_alive || exit 1
