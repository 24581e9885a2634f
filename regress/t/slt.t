#!/bin/sh
# sqllogictest files: our sample, and the corpus where there is one.
. "$srcdir/regress/t/lib.sh"

# The corpus is not part of the source; it is looked for beside the tree.  Of that copy only the
# first file of each folder but the slow ones of index/ is run; all of it by
#   make check TESTS=regress/t/slt.t ORMDB_SLT=/path/to/slt
corpus=
if [ -n "${ORMDB_SLT:-}" ]; then
	[ -d "$ORMDB_SLT" ] || missing "$ORMDB_SLT"
	corpus=$(find "$ORMDB_SLT" -name '*.test' | sort)
else
	for dir in "$srcdir"/../*/slt; do
		[ -f "$dir/select1.test" ] || continue
		corpus=$(find "$dir" -name '*.test' | grep -v /index/ | sort |
			awk '{ folder = $0; sub("/[^/]*$", "", folder) } !seen[folder]++')
	done
fi

start_server -c synchronous_commit=off
"$builddir/regress/slt/slt" -d "$server" "$srcdir/regress/slt/sample.test" $corpus
status=$?
[ -n "$corpus" ] || echo "# no corpus here: set ORMDB_SLT to a folder of sqllogictest files"
exit $status
