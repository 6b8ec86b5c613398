#!/bin/bash
# SPDX-License-Identifier: MIT
# checks.sh - the layer and length checks of lint find what they are for.
. "$(dirname "$0")/lib.sh"

mkdir -p "$WORK/hyp/lib" "$WORK/hyp/vm" "$WORK/hyp/mp"
here=$PWD
OUT=$WORK/out
check() { # name, status, pattern
	(cd "$WORK" && "$here/scripts/$4") >"$OUT" 2>&1
	STATUS=$?
	expect "$1" "$2" "$3"
}
printf '#include "lib/types.h"\n#include "vm/vm.h"\n' >"$WORK/hyp/vm/a.c"
check layers_accept_downward 0 '' check-layers
printf '#include "vm/vm.h"\n' >"$WORK/hyp/lib/b.c"
check layers_refuse_upward 1 'lib/ may not know vm/' check-layers
rm "$WORK/hyp/lib/b.c"
printf '#include "riscv/csr.h"\n' >"$WORK/hyp/mp/c.c"
check layers_keep_mp_pure 1 'mp/ may not know riscv/' check-layers
rm "$WORK/hyp/mp/c.c"
check lengths_accept_short 0 '' check-lengths
{ printf 'int f(void)\n{\n'; yes '	;' | head -n 60; printf '}\n'; } >"$WORK/hyp/lib/d.c"
check lengths_refuse_long_function 1 'function of 62 lines' check-lengths
yes '/* */' | head -n 501 >"$WORK/hyp/lib/d.c"
check lengths_refuse_long_file 1 '501 lines' check-lengths
exit $failed
