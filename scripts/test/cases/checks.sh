#!/bin/bash
# SPDX-License-Identifier: MIT
# checks.sh - the layer, length, path and diagram checks of lint find what they are for.
. "$(dirname "$0")/lib.sh"

mkdir -p "$WORK/hyp/lib" "$WORK/hyp/vm" "$WORK/hyp/mp"
here=$PWD
OUT=$WORK/out
check() { # name, status, pattern
	# shellcheck disable=SC2086 # a command and its option
	(cd "$WORK" && "$here"/scripts/check/$4) >"$OUT" 2>&1
	STATUS=$?
	expect "$1" "$2" "$3"
}
printf '#include "lib/types.h"\n#include "vm/vm.h"\n' >"$WORK/hyp/vm/a.c"
check layers_accept_downward 0 '' layers.py
printf '#include "vm/vm.h"\n' >"$WORK/hyp/lib/b.c"
check layers_refuse_upward 1 'lib/ may not know vm/' layers.py
rm "$WORK/hyp/lib/b.c"
printf '#include "riscv/csr.h"\n' >"$WORK/hyp/mp/c.c"
check layers_keep_mp_pure 1 'mp/ may not know riscv/' layers.py
rm "$WORK/hyp/mp/c.c"
printf '#include "sbi/sbi.h"\n' >"$WORK/hyp/vm/e.c"
check layers_refuse_a_floor_of_free_includes 1 'vm/ may not know sbi/' layers.py
rm "$WORK/hyp/vm/e.c"
printf '<!-- made by scripts/check/layers.py from its table -->\n<!-- end of the house -->\n' >"$WORK/README.md"
check layers_refuse_an_old_picture 1 'make pictures' layers.py
check layers_draw_the_picture 0 '' 'layers.py --write'
check layers_accept_the_picture 0 '' layers.py
check lengths_accept_short 0 '' lengths.py
{ printf 'int f(void)\n{\n'; yes '	;' | head -n 60; printf '}\n'; } >"$WORK/hyp/lib/d.c"
check lengths_refuse_long_function 1 'function of 62 lines' lengths.py
yes '/* */' | head -n 501 >"$WORK/hyp/lib/d.c"
check lengths_refuse_long_file 1 '501 lines' lengths.py
rm "$WORK/hyp/lib/d.c"
# A tab is 8 columns; a list of .irp cannot be broken.
wide=$(printf '%092d' 0)
printf '\t/*%s*/\n\t.irp n, %s %s\n' "${wide:0:88}" "$wide" "$wide" >"$WORK/hyp/lib/d.c"
check lengths_accept_100_columns 0 '' lengths.py
printf '\t/*%s*/\n' "${wide:0:89}" >"$WORK/hyp/lib/d.c"
check lengths_refuse_a_wide_line 1 'd.c:1: 101 columns' lengths.py
rm "$WORK/hyp/lib/d.c"
words=$(yes word | head -n 24 | tr '\n' ' ')
printf '%s\n\n| %s |\n' "${words:0:99}" "$words" >"$WORK/hyp/x.md"
check lengths_accept_prose 0 '' lengths.py
echo "$words" >>"$WORK/hyp/x.md"
check lengths_refuse_wide_prose 1 'x.md:4: 120 columns' lengths.py

# A path below scripts/ that is named somewhere: a file, a variable in it, a pattern. @ stands for
# scripts, else the check of this tree would find these.
mkdir -p "$WORK/scripts/run" && touch "$WORK/scripts/run/a.sh" && rm "$WORK/hyp/x.md" "$WORK/README.md"
cat >"$WORK/hyp/lib/d.c" <<-'END'
	/* @/run/a.sh's head, @/run/$x.sh, @/run/{name}.sh, @/run/*.sh, @/run/X.sh, -I@/run,
	 * build/@/b.o. And @/{run/a,run/a}.sh. */
END
sed -i 's,@,scripts,g' "$WORK/hyp/lib/d.c"
check paths_accept_what_is_there 0 '' paths.py
lost() { # name, text, what is said of it
	echo "${2//@/scripts}" >"$WORK/hyp/y.md"
	check "paths_refuse_$1" 1 "^hyp/y.md:1: ${3//@/scripts}" paths.py
}
lost a_lost_script 'see @/run/b.sh.' 'there is no @/run/b.sh$'
lost a_lost_folder '@/walk/$x' 'there is no @/walk/$'
lost an_empty_pattern '@/run/*.py' 'there is no @/run/\*.py$'
lost a_choice_that_is_not_there '@/run/{a,b}.sh' 'there is no @/run/'
lost an_option_with_a_lost_folder 'cc -I@/walk' 'there is no @/walk$'
lost a_lost_link '[page](../b.md)' 'a link to ../b.md'

# The state diagram: the script looks in its own tree.
mkdir -p "$WORK/tree/scripts/check" "$WORK/tree/hyp/mp"
cp scripts/check/state_diagram.py "$WORK/tree/scripts/check"
cp hyp/mp/mp_table.c hyp/mp/README.md "$WORK/tree/hyp/mp"
here=$WORK/tree
check diagram_accepts_its_table 0 '' 'state_diagram.py --check'
sed -i 's/sbi_hart_stop; by the scheduler/sbi_hart_stop; by nobody/' "$WORK/tree/hyp/mp/mp_table.c"
check diagram_refuses_another_table 1 'not that of mp_table.c: make pictures' 'state_diagram.py --check'
check diagram_is_drawn_again 0 '' 'state_diagram.py --write'
check diagram_accepts_what_it_drew 0 '' 'state_diagram.py --check'
exit $failed
