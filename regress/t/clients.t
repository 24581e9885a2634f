#!/bin/sh
# A thousand clients connected at once, fifty of them active.
. "$srcdir/regress/t/lib.sh"
ulimit -n 8192 2>/dev/null || ulimit -n "$(ulimit -H -n)"
start_server
"$builddir/regress/load/clients" -d "$server" -n 1000 -a 50 -s 5
server_alive || exit 1
