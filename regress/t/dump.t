#!/bin/sh
# pg_dump writes the same of us and of a PostgreSQL 15; what it wrote of either can be restored
# here, and is then dumped as the same again.
. "$srcdir/regress/t/lib.sh"
needs pg_dump
start_pg
start_server

# dump CONNINFO DATABASE: without what differs by time and version
dump() {
	pg_dump -d "$1 dbname=$2" -n dump 2>&1 | sed -e '/restrict/d' -e '/^-- Dumped/d'
}

for schema in "$srcdir"/regress/dump/*.sql; do
	schema_name=$(basename "$schema" .sql)
	for conninfo in "$pg" "$server"; do
		ok "$schema_name is loaded" sql "$conninfo" -c "CREATE SCHEMA dump" -c "SET search_path = dump" -f "$schema"
	done
	dump "$pg" postgres >"$work/$schema_name.pg"
	dump "$server" postgres >"$work/$schema_name.ours"
	same "$schema_name is dumped" "$work/$schema_name.pg" "$work/$schema_name.ours"
	ok "a database for it" sql "$server" -c "CREATE DATABASE again"
	ok "$schema_name is restored" sql "$server dbname=again" -v ON_ERROR_STOP=1 -f "$work/$schema_name.pg"
	dump "$server" again >"$work/$schema_name.again"
	same "$schema_name is dumped again" "$work/$schema_name.pg" "$work/$schema_name.again"
	ok "the database goes" sql "$server" -c "DROP DATABASE again" -c "DROP SCHEMA dump CASCADE"
	ok "the schema goes" sql "$pg" -c "DROP SCHEMA dump CASCADE"
done
done_testing
