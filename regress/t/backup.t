#!/bin/sh
# ormdb backup, restore and verify; what a start refuses, and what it says.
. "$srcdir/regress/t/lib.sh"
start_server
data=$server_dir/data
ormdb=$builddir/ormdb

# code NAME EXPECTED-STATUS COMMAND...
code() {
	name=$1 want=$2
	shift 2
	"$@" >"$work/out" 2>&1
	is "$name" "$want" $?
}
says() { ok "it says: $1" grep -F -e "$1" "$work/out"; }

sql "$server" -c "CREATE TABLE parent (id int PRIMARY KEY, name text);
	CREATE INDEX parent_name ON parent (lower(name));
	CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
	INSERT INTO parent SELECT i, 'Name ' || i FROM generate_series(1, 5000) i;
	INSERT INTO child SELECT i, i FROM generate_series(1, 1000) i"

code "verify a running server" 0 "$ormdb" verify -D "$data" -U postgres
says 'no problems found'
code "backup" 0 "$ormdb" backup -D "$data" -U postgres "$work/backup"
sql "$server" -c "DELETE FROM child; DELETE FROM parent WHERE id > 10"
code "a second backup to the same place" 1 "$ormdb" backup -D "$data" -U postgres "$work/backup"
says 'exists but is not empty'
code "backup without a place" 1 "$ormdb" backup -D "$data" -U postgres
sql "$server" -c "CREATE ROLE someone LOGIN"
ok "others may not" sh -c "! psql -X -d '$server user=someone' -c \"SELECT ormdb_backup('$work/no')\" 2>&1 |
	tee '$work/out' | grep -q 'copied' && grep -q 'permission denied for function ormdb_backup' '$work/out'"

code "restore over a data directory" 1 "$ormdb" restore -D "$data" "$work/backup"
says 'exists but is not empty'
code "restore" 0 "$ormdb" restore -D "$work/restored" "$work/backup"
code "verify what was restored" 0 "$ormdb" verify -D "$work/restored"
says 'no problems found'
ok "start what was restored" "$ormdb" start -s -D "$work/restored" -l "$work/restored.log" \
	-o "-k $work -p 5418 -c listen_addresses="
restored="host=$work port=5418 user=postgres dbname=postgres"
trap '"$ormdb" stop -s -D "$work/restored" -m immediate 2>/dev/null || :; cleanup' EXIT
is "it is as it was at the backup" "5000|1000" \
	"$(sql "$restored" -c 'SELECT (SELECT count(*) FROM parent), (SELECT count(*) FROM child)')"
ok "it can be written" sql "$restored" -c "INSERT INTO parent VALUES (6000, 'new')"
"$ormdb" stop -s -D "$work/restored"

# A backup that is not what was copied makes no data directory.
cp -r "$work/backup" "$work/cut"
rm "$work/cut/backup_manifest"
code "a backup that was cut short" 1 "$ormdb" restore -D "$work/no" "$work/cut"
says 'is not a backup, or not a whole one'
ok "no directory is left" test ! -e "$work/no"
cp "$work/backup/backup_manifest" "$work/cut/"
file=$(ls "$work/cut/base" | grep '^o' | tail -n 1)
printf X | dd of="$work/cut/base/$file" bs=1 seek=4200 conv=notrunc 2>/dev/null
code "a backup with a changed byte" 1 "$ormdb" restore -D "$work/no" "$work/cut"
says "file \"base/$file\" of the backup is damaged"
ok "no directory is left" test ! -e "$work/no"

# What a start refuses.
flip() { # FILE: damage all its pages
	size=$(stat -c %s "$1")
	at=4096
	while [ $at -lt "$size" ]; do
		printf '\125\252\125\252' | dd of="$1" bs=1 seek=$((at + 200)) conv=notrunc 2>/dev/null
		at=$((at + 4096))
	done
}
start() { # DIRECTORY: says why not
	timeout 60 "$builddir/ormdbd" -D "$1" -k "$work" -p 5418 -c listen_addresses= >"$work/out" 2>&1
}
fresh() {
	rm -rf "$work/d"
	"$ormdb" restore -s -D "$work/d" "$work/backup" >/dev/null
	"$ormdb" start -s -D "$work/d" -l "$work/d.log" -o "-k $work -p 5418 -c listen_addresses=" >/dev/null
	sql "$restored" -c "INSERT INTO parent VALUES (7000, 'x')"
	"$ormdb" stop -s -D "$work/d"
}
fresh
rm "$work/d/base/WiredTiger.turtle"
start "$work/d"
is "a missing turtle file: refused" 1 $?
says 'WiredTiger.turtle" is missing'
says 'Restore the data directory from a backup'

fresh
echo 99 >"$work/d/ORMDB_VERSION"
start "$work/d"
is "a directory of a newer version: refused" 1 $?
says 'database files are incompatible with server'
says 'has format 99'

fresh
table=$(ls -S "$work/d/base" | grep '^o' | head -n 1)
flip "$work/d/base/$table"
code "verify finds flipped bytes" 1 env LSAN_OPTIONS="suppressions=$srcdir/regress/lsan.supp" "$ormdb" verify -D "$work/d"
says "file \"$table\" is damaged"
"$ormdb" start -s -D "$work/d" -l "$work/d.log" -o "-k $work -p 5418 -c listen_addresses=" >/dev/null 2>&1 &&
	sql "$restored" -c 'SELECT count(name) FROM parent' >/dev/null 2>&1
ok "a server that reads them stops with a clear word" grep -E 'PANIC' "$work/d.log"
start "$work/d"
is "and is not started again" 1 $?
says 'was found damaged'
says 'checksum error'
says 'ORMDB_ACCEPT_LOSS'

# Two servers; a pid file that was left behind.
start "$data"
is "a second server: refused" 1 $?
says 'Is another server'
kill -KILL "$(head -n 1 "$data/ormdbd.pid")"
server_started=no
start_server
is "after kill -9 it starts" 10 "$(sql "$server" -c 'SELECT count(*) FROM parent')"
done_testing
