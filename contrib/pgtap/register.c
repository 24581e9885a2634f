/* register.c - the table of this folder's functions, given to the server before main(). */
#include "config.h"
#include "contrib/pgtap/pgtap.h"

#define OIDS(n, ...) .nargs = n, .args = (const oid_t[]) { __VA_ARGS__ }
#define A0 .nargs = 0
#define A1(a) OIDS(1, OID_##a)
#define A2(a, b) OIDS(2, OID_##a, OID_##b)
#define A3(a, b, c) OIDS(3, OID_##a, OID_##b, OID_##c)
#define A4(a, b, c, d) OIDS(4, OID_##a, OID_##b, OID_##c, OID_##d)
#define A5(a, b, c, d, f) OIDS(5, OID_##a, OID_##b, OID_##c, OID_##d, OID_##f)
#define A6(a, b, c, d, f, g) OIDS(6, OID_##a, OID_##b, OID_##c, OID_##d, OID_##f, OID_##g)
#define A7(a, b, c, d, f, g, h) \
	OIDS(7, OID_##a, OID_##b, OID_##c, OID_##d, OID_##f, OID_##g, OID_##h)

#define ROW(o, nm, ...) .oid = (o), .name = (nm), .kind = FUNC_NORMAL, .volatility = 'v', \
	.ret = OID_TEXT, __VA_ARGS__
#define TAP(o, nm, as, sym) { ROW(o, nm, as), .impl = sym },
#define TAP_SRF(o, nm, as, sym) { ROW(o, nm, as), .retset = true, .srf = sym },

static const struct func functions[] = {
#include "contrib/pgtap/pgtap.def"
};

static void __attribute__((constructor))
register_pgtap(void)
{
	func_register(functions, ARRAY_LEN(functions));
}
