dnl ormdb.m4 - the checks configure.ac is written in.

dnl ORMDB_PKG(PREFIX, MODULES, DEBIAN-PACKAGE)
AC_DEFUN([ORMDB_PKG], [
	PKG_CHECK_MODULES([$1], [$2], [],
		[AC_MSG_ERROR([$2 not found: install the Debian package $3])])
])

dnl ORMDB_LIB(PREFIX, LIBRARY, FUNCTION, HEADER, DEBIAN-PACKAGE, [MORE-LIBS])
dnl For a library whose package carries no pkg-config file.
AC_DEFUN([ORMDB_LIB], [
	AC_CHECK_HEADER([$4], [],
		[AC_MSG_ERROR([<$4> not found: install the Debian package $5])])
	AC_CHECK_LIB([$2], [$3], [$1_LIBS=-l$2],
		[AC_MSG_ERROR([lib$2 not found: install the Debian package $5])], [$6])
	AC_SUBST([$1_LIBS])
])

dnl ORMDB_TRY_CFLAG(FLAG, IF-TAKEN, [IF-NOT]): does the compiler take FLAG without a word?
AC_DEFUN([ORMDB_TRY_CFLAG], [
	AC_MSG_CHECKING([whether $CC takes $1])
	ormdb_saved=$CFLAGS
	CFLAGS="$CFLAGS $WARN_CFLAGS -Werror $1"
	AC_LINK_IFELSE([AC_LANG_PROGRAM()],
		[CFLAGS=$ormdb_saved
		AC_MSG_RESULT([yes])
		$2],
		[CFLAGS=$ormdb_saved
		AC_MSG_RESULT([no])
		$3])
])

dnl ORMDB_WARNINGS: sets WARN_CFLAGS from the flags this compiler knows, each probed, so that
dnl an old compiler loses a warning and not the build.
AC_DEFUN([ORMDB_WARNINGS], [
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror],
		[warnings are errors (for developers and CI)])], [], [enable_werror=no])
	WARN_CFLAGS=
	m4_foreach_w([ormdb_flag], [
		-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
		-Wwrite-strings -Wvla -Wformat-security -Wold-style-definition
		-Wdate-time -Wno-missing-field-initializers
		-Werror=implicit-function-declaration -Werror=incompatible-pointer-types
		-Werror=int-conversion -Werror=return-type],
		[ORMDB_TRY_CFLAG(ormdb_flag, [AS_VAR_APPEND([WARN_CFLAGS], [" ormdb_flag"])])])
	AS_IF([test "$enable_werror" = yes], [AS_VAR_APPEND([WARN_CFLAGS], [" -Werror"])])
	AC_SUBST([WARN_CFLAGS])
])

dnl ORMDB_SANITIZERS: --enable-sanitizers=address,undefined (or thread) sets SAN_CFLAGS.
AC_DEFUN([ORMDB_SANITIZERS], [
	AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers=LIST],
		[instrument with these, e.g. address,undefined or thread])],
		[], [enable_sanitizers=no])
	AS_IF([test "$enable_sanitizers" = yes], [enable_sanitizers=address,undefined])
	SAN_CFLAGS=
	AS_IF([test "$enable_sanitizers" != no], [
		SAN_CFLAGS="-fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
		ORMDB_TRY_CFLAG([$SAN_CFLAGS], [], [AC_MSG_ERROR(
			[this compiler has no -fsanitize=$enable_sanitizers])])
	])
	AC_SUBST([SAN_CFLAGS])
])
