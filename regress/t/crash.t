#!/bin/sh
# The server is killed twenty times while clients write, change the schema, build indexes, make
# checkpoints and backups: what was acknowledged is there, and nothing else (regress/crash).
. "$srcdir/regress/t/lib.sh"
[ -x "$builddir/ormdbd" ] || missing ormdbd
server_dir=$work
server_started=no
mkdir "$work/crash"
exec 3>&1
"$builddir/regress/crash/crash" -n 20 "$work/crash" >&3
