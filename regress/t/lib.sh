# lib.sh - for the scripts of this folder: TAP lines, and servers in a temporary directory.
#
#   . "$srcdir/regress/t/lib.sh"
#   start_server            # ours, on the socket in $server_dir, $server_port; sets $server
#   start_pg                # a PostgreSQL 15, likewise $pg_dir, $pg_port, $pg
#   is "what" expected actual
#   done_testing
#
# What was started is stopped, and the directory removed, when the script ends.  Where a
# program is missing the script is skipped; with ORMDB_CHECK_ALL set (./bootstrap check) it
# fails instead.
set -u
: "${srcdir:=$(pwd)}" "${builddir:=$srcdir/build}"
export LC_ALL=C PGTZ=UTC PGDATESTYLE=ISO PGCONNECT_TIMEOUT=20
# What is not built with the sanitizer looks like races to it.
: "${TSAN_OPTIONS:=suppressions=$(cd "$srcdir" && pwd)/regress/tsan.supp}"
export TSAN_OPTIONS
unset PGHOST PGPORT PGUSER PGDATABASE PGDATA PGOPTIONS 2>/dev/null || :
n=0
pgbin=${PGBIN:-/usr/lib/postgresql/15/bin}
server_started=no
pg_started=no

work=$(mktemp -d "${TMPDIR:-/tmp}/ormdb.XXXXXX")
chmod 755 "$work"

cleanup() {
	status=$?
	trap - EXIT
	stop_server
	stop_pg
	rm -rf "$work"
	exit $status
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

comment() { sed 's/^/# /'; }

pass() { n=$((n + 1)); echo "ok $n - $*"; }
fail() { n=$((n + 1)); echo "not ok $n - $*"; }

# ok NAME COMMAND...: does it succeed?  Its output is shown when it does not.
ok() {
	name=$1
	shift
	if "$@" >"$work/ok.out" 2>&1; then
		pass "$name"
	else
		fail "$name"
		comment <"$work/ok.out"
	fi
}

# is NAME EXPECTED ACTUAL
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		printf 'expected: %s\n     got: %s\n' "$2" "$3" | comment
	fi
}

# same NAME EXPECTED-FILE ACTUAL-FILE
same() {
	if diff -u "$2" "$3" >"$work/diff.out"; then
		pass "$1"
	else
		fail "$1"
		head -n 40 "$work/diff.out" | comment
	fi
}

done_testing() { echo "1..$n"; }

missing() {
	if [ -n "${ORMDB_CHECK_ALL:-}" ]; then
		echo "Bail out! $* is missing"
		exit 99
	fi
	echo "1..0 # SKIP needs $*"
	exit 0
}

needs() {
	for program in "$@"; do
		command -v "$program" >/dev/null || missing "$program"
	done
}

# PostgreSQL refuses to run as root; its Debian package has made a user for it.
as_pg() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && exec runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

start_pg() {
	needs psql "$pgbin/initdb"
	pg_dir=$work/pg
	pg_port=5415
	pg="host=$pg_dir port=$pg_port user=postgres dbname=postgres"
	mkdir "$pg_dir"
	[ "$(id -u)" != 0 ] || chown postgres "$pg_dir"
	as_pg "$pgbin/initdb" -D "$pg_dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
		--no-sync >"$work/initdb.log" 2>&1 &&
	as_pg "$pgbin/pg_ctl" -D "$pg_dir/data" -l "$pg_dir/log" -s -w start -o "-k '$pg_dir' \
		-p $pg_port -c listen_addresses= -c fsync=off -c timezone=UTC" >/dev/null 2>&1 || {
		comment <"$work/initdb.log"
		[ ! -f "$pg_dir/log" ] || comment <"$pg_dir/log"
		echo "Bail out! PostgreSQL did not start"
		exit 99
	}
	pg_started=yes
}

stop_pg() {
	[ $pg_started = yes ] || return 0
	pg_started=no
	as_pg "$pgbin/pg_ctl" -D "$pg_dir/data" -s -m immediate stop >/dev/null 2>&1 || :
}

# start_server [OPTIONS-OF-ORMDBD]: the first call also makes the data directory.
start_server() {
	needs psql
	[ -x "$builddir/ormdbd" ] || missing ormdbd
	server_dir=$work/server
	server_port=${server_port:-5416}
	server="host=$server_dir port=$server_port user=postgres dbname=postgres"
	if [ ! -d "$server_dir" ]; then
		mkdir "$server_dir"
		"$builddir/ormdb" init -D "$server_dir/data" -U postgres -A trust \
			>"$work/init.log" 2>&1 || {
			comment <"$work/init.log"
			echo "Bail out! ormdb init failed"
			exit 99
		}
	fi
	"$builddir/ormdb" start -s -D "$server_dir/data" -l "$server_dir/log" \
		-o "-k '$server_dir' -p $server_port -c listen_addresses= ${*:-}" >"$work/start.log" 2>&1 || {
		comment <"$work/start.log"
		[ ! -f "$server_dir/log" ] || tail -n 40 "$server_dir/log" | comment
		echo "Bail out! the server did not start"
		exit 99
	}
	server_started=yes
}

# stop_server [MODE]
stop_server() {
	[ $server_started = yes ] || return 0
	server_started=no
	"$builddir/ormdb" stop -s -D "$server_dir/data" -m "${1:-fast}" -t 30 >/dev/null 2>&1 || {
		echo "# the server does not stop; ending it"
		kill -KILL "$(head -n 1 "$server_dir/data/ormdbd.pid")" 2>/dev/null || :
	}
}

# The server must be alive and its log free of crashes; shows the end of the log otherwise.
server_alive() {
	"$builddir/ormdb" status -D "$server_dir/data" >/dev/null && return 0
	tail -n 40 "$server_dir/log"
	return 1
}

# One statement or script, unaligned, without headings: sql "$server" -c 'SELECT 1'
sql() {
	conninfo=$1
	shift
	psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$conninfo" "$@"
}
