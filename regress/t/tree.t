#!/bin/sh
# The rules of the source tree: layers, file sizes, true lists of files; scripts that can be run.
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
n=$((n + 1))
plain=$(find "$srcdir/regress/t" -name '*.t' ! -perm -u+x)
if [ -z "$plain" ]; then
	echo "ok $n - the tests' scripts are executable"
else
	echo "not ok $n - the tests' scripts are executable"
	printf '%s\n' "$plain" | sed 's/^/# /'
fi
echo "1..$n"
