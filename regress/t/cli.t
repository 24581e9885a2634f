#!/bin/sh
# ormdb: init, start, status, reload, restart, stop; messages and exit codes as initdb, pg_ctl.
. "$srcdir/regress/t/lib.sh"
needs psql
[ -x "$builddir/ormdbd" ] || missing ormdbd
data=$work/data
ormdb=$builddir/ormdb

# code NAME EXPECTED-STATUS COMMAND...
code() {
	name=$1 want=$2
	shift 2
	"$@" >"$work/out" 2>&1
	is "$name" "$want" $?
}
says() { ok "it says: $1" grep -F -e "$1" "$work/out"; }

code "--version" 0 "$ormdb" --version
code "--help" 0 "$ormdb" --help
code "init --help" 0 "$ormdb" init --help
says "create a data directory"
code "no command" 1 "$ormdb"
code "an unknown command" 1 "$ormdb" dance -D "$data"
says 'unrecognized operation mode "dance"'
code "an option of another command" 1 "$ormdb" status -D "$data" -m fast
code "status without a directory" 4 "$ormdb" status -D "$data"

code "an unknown method" 1 "$ormdb" init -D "$data" -A nosuch
says 'invalid authentication method "nosuch"'
code "passwords without a password" 1 "$ormdb" init -D "$data" -A scram-sha-256
says 'must specify a password for the superuser'
code "a reserved name" 1 "$ormdb" init -D "$data" -U pg_me
mkdir "$work/full"
touch "$work/full/file"
code "a directory that is not empty" 1 "$ormdb" init -D "$work/full"
says 'exists but is not empty'
ok "which stays as it was" test -f "$work/full/file"
code "a password file that is not there" 1 "$ormdb" init -D "$data" --pwfile="$work/nosuch"
ok "no directory is left behind" test ! -e "$data"

echo secret >"$work/pw"
code "init" 0 "$ormdb" init -D "$data" -U ann --auth-local=trust --pwfile="$work/pw"
is "the directory is private" drwx------ "$(ls -ld "$data" | cut -c1-10)"
ok "ormdb.conf is there" test -s "$data/ormdb.conf"
code "init again" 1 "$ormdb" init -D "$data" -U ann
code "status before start" 3 "$ormdb" status -D "$data"
says 'no server running'
code "stop before start" 1 "$ormdb" stop -D "$data"
says 'does not exist'

conninfo="host=$work port=5417 user=ann dbname=postgres"
trap '"$ormdb" stop -s -D "$data" -m immediate 2>/dev/null || :; cleanup' EXIT
start="$ormdb start -D $data -l $work/log"
code "start" 0 $start -o "-k $work -p 5417 -c listen_addresses=localhost"
says 'server started'
code "status" 0 "$ormdb" status -D "$data"
says 'server is running (PID: '
is "the pid file's port" 5417 "$(sed -n 4p "$data/ormdbd.pid")"
is "the pid file's socket directory" "$work" "$(sed -n 5p "$data/ormdbd.pid")"
is "it answers" 1 "$(sql "$conninfo" -c 'SELECT 1' 2>&1)"
is "over TCP with the password" ann "$(PGPASSWORD=secret sql \
	'host=127.0.0.1 port=5417 user=ann dbname=postgres' -c 'SELECT current_user' 2>&1)"
code "not with another" 2 env PGPASSWORD=wrong psql -X -w -c 'SELECT 1' \
	'host=127.0.0.1 port=5417 user=ann dbname=postgres'
says 'password authentication failed for user "ann"'
code "a second server" 1 $start -o "-k $work -p 5418"
ok "the first still answers" sql "$conninfo" -c 'SELECT 1'

echo "work_mem = '9MB'" >>"$data/ormdb.conf"
code "reload" 0 "$ormdb" reload -D "$data"
says 'server signaled'
i=0
until [ "$(sql "$conninfo" -c 'SHOW work_mem')" = 9MB ] || [ $i = 100 ]; do
	i=$((i + 1))
	sleep 0.1
done
ok "the new value is there" test $i -lt 100
sql "$conninfo" -c 'CREATE TABLE kept (a int)' -c 'INSERT INTO kept VALUES (42)'
code "restart" 0 "$ormdb" restart -D "$data" -l "$work/log" -o "-k $work -p 5417 -c work-mem=3MB"
code "restart with the same options" 0 "$ormdb" restart -D "$data" -l "$work/log"
is "with the settings too" 3MB "$(sql "$conninfo" -c 'SHOW work_mem' 2>&1)"
is "what was written is there" 42 "$(sql "$conninfo" -c 'SELECT a FROM kept' 2>&1)"
code "stop" 0 "$ormdb" stop -D "$data"
says 'server stopped'
ok "the pid file is gone" test ! -e "$data/ormdbd.pid"
code "start with a wrong option" 1 $start -o "-c nosuch=1"
says 'could not start server'
code "start after it" 0 $start -o "-k $work -p 5417"
code "immediate stop" 0 "$ormdb" stop -D "$data" -m immediate
code "start after an immediate stop" 0 $start -o "-k $work -p 5417"
is "it has recovered" 42 "$(sql "$conninfo" -c 'SELECT a FROM kept' 2>&1)"
kill -KILL "$(head -n 1 "$data/ormdbd.pid")"
i=0
while "$ormdb" status -D "$data" >/dev/null && [ $i -lt 100 ]; do
	i=$((i + 1))
	sleep 0.1
done
code "status after a crash" 3 "$ormdb" status -D "$data"
code "start after a crash" 0 $start -o "-k $work -p 5417"
is "it has recovered again" 42 "$(sql "$conninfo" -c 'SELECT a FROM kept' 2>&1)"
code "smart stop" 0 "$ormdb" stop -D "$data" -m smart
done_testing
