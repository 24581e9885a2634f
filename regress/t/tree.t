#!/bin/sh
# The rules of the source tree: layers, file sizes, true lists of files.
set -u
n=0
for tool in check-layers check-size check-words list-sources; do
	n=$((n + 1))
	if out=$("$srcdir/tools/$tool" "$srcdir" 2>&1); then
		echo "ok $n - tools/$tool"
	else
		echo "not ok $n - tools/$tool"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
done
echo "1..$n"
