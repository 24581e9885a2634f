#!/bin/sh
# What storage/ must never ask of WiredTiger 3.2.1, because each lost, resurrected or mixed up
# rows when it was tested: storage/README, "Why not".
set -u
: "${srcdir:=$(pwd)}"
n=0
never() {               # WHAT PATTERN [THE FILE THAT MAY]
	n=$((n + 1))
	if out=$(grep -nE -e "$2" "$srcdir"/storage/*.[ch] /dev/null | grep -v "/${3:-/}:" | grep -vE '^[^:]*:[0-9]+:[[:space:]]*(/\*|\*)'); then
		echo "not ok $n - never: $1"
		printf '%s\n' "$out" | sed 's/^/# /'
	else
		echo "ok $n - never: $1"
	fi
}
always() {              # WHAT PATTERN FILE
	n=$((n + 1))
	if grep -qE "$2" "$srcdir/storage/$3"; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi
}
never 'cursor->modify'                  '->modify\('
never 'session->truncate'               '(wt|session|s)->truncate\('
never 'session->rename'                 '->rename\('
never 'salvage, rebalance, upgrade'     '->(salvage|rebalance|upgrade)\('
never 'table:, colgroup:, index:, lsm:' '"(table|colgroup|index|lsm):'
never 'column stores'                   'key_format=r'
never 'weaker isolation for writes'     'isolation=read'
never 'the engine syncs at commit'      'transaction_sync=\(enabled=true|"sync=(on|true)".*commit|commit_transaction\([^,]*, "'
never 'timestamps'                      '_timestamp='
never 'prepared transactions'           'prepare_transaction'
never 'named snapshots, but to export'  '->snapshot\(' export.c
never 'the asynchronous interface'      'async_(new_op|flush)'
never 'a second environment'            'use_environment=true|config_base=true'
always 'every session is isolation=snapshot' 'open_session\(store->conn, NULL, "isolation=snapshot"' engine.c
always 'the log is recovered'                'recover=on' engine.c
always 'files are made exclusively'          'return "exclusive,' file.c
echo "1..$n"
