#!/bin/sh
# sqllogictest files: our sample, and the corpus where there is one.
. "$srcdir/regress/t/lib.sh"

# The corpus is not part of the source; it is looked for in $ORMDB_SLT and near the tree.
corpus=
for dir in ${ORMDB_SLT:+"$ORMDB_SLT"} "$srcdir"/../*/slt; do
	if [ -f "$dir/select1.test" ]; then
		corpus=$(find "$dir" -name '*.test' | sort)
		break
	fi
done

start_server -c synchronous_commit=off
"$builddir/regress/slt/slt" -d "$server" "$srcdir/regress/slt/sample.test" $corpus
status=$?
[ -n "$corpus" ] || echo "# no corpus here: set ORMDB_SLT to a directory of sqllogictest files"
exit $status
