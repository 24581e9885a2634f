#!/bin/sh
# The protocol in raw bytes: good messages, and every way to be bad.
. "$srcdir/regress/t/lib.sh"
start_server
"$builddir/regress/proto/proto" "$server_dir/.s.PGSQL.$server_port" postgres postgres || exit 1
server_alive || exit 1
