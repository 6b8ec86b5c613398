#!/bin/bash
# SPDX-License-Identifier: MIT
# vectors.sh - two VMs on one hart that hold vector registers (guest/spy): each keeps its own, and a
# hart that starts finds none. Then the same with lines of hyp/riscv/vector.c taken out: is it seen?
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
git ls-files -coz --exclude-standard 2>/dev/null | xargs -0 cp --parents -t "$tree" 2>/dev/null
[ -f "$tree/Makefile" ] || cp -r Makefile linker.ld hyp guest platform scripts "$tree/"

spy=$(realpath "$O/guest/spy.bin")
cat >"$WORK/spies.its" <<END
/dts-v1/;
/ {
	description = "two spies";
	#address-cells = <1>;
	images {
		spy { type = "kernel"; arch = "riscv"; compression = "none"; load = <0>; entry = <0>;
		      data = /incbin/("$spy"); };
	};
	configurations {
		default = "a";
		a { kernel = "spy"; bootargs = "me=0 test=spy_vectors"; };
		b { kernel = "spy"; bootargs = "me=1 test=spy_vectors"; };
	};
};
END
dtc -q -I dts -O dtb -o "$WORK/spies.itb" "$WORK/spies.its" || exit 1

spies() { # O
	boot O="$1" GUEST="$WORK/spies.itb" HARTS=1 VCPUS=2 MEM=8M HYPARGS=slice=1 \
		QEMUFLAGS="-cpu rv64,h=true,v=true,vlen=256,elen=64"
}

spies "$O"
expect vectors_stay_and_start_at_zero 0 'spy: vectors: [1-9][0-9]* rounds, 0 wrong, 0 starts with junk'

# Every @old becomes @new.
control() { # name, old, new, what is seen
	local file=$tree/hyp/riscv/vector.c

	cp hyp/riscv/vector.c "$file"
	OLD=$2 NEW=$3 perl -0pi -e 's/\Q$ENV{OLD}\E/$ENV{NEW}/g' "$file"
	if cmp -s hyp/riscv/vector.c "$file"; then
		fail "$1" "hyp/riscv/vector.c has no $2"
	elif ! make -s -C "$tree" O="$WORK/built" "$WORK/built/dormouse.bin" >"$WORK/out" 2>&1; then
		OUT=$WORK/out
		fail "$1" "does not build"
	else
		spies "$WORK/built"
		expect "$1" 1 "$4"
	fi
}
WRONG='spy: vectors: [0-9]+ rounds, [1-9][0-9]* wrong'
control what_is_not_saved_is_missed 'if ((sstatus & SSTATUS_VS) != SSTATUS_VS && !v->vstart)' 'if (v)' "$WRONG"
control what_is_not_cleared_is_seen 'if (v->used)' 'if (v->used || v->vtype >> 63)' \
	'[1-9][0-9]* starts with junk'
control vstart_at_a_save_is_needed 'csr_write(CSR_VSTART, 0);' '' "$WRONG"
control vstart_is_switched '	csr_write(CSR_VSTART, v->vstart);
	csr_clear' '	csr_clear' "$WRONG"
control vcsr_is_switched 'csr_write(CSR_VCSR, v->vcsr);' '' "$WRONG"
exit $failed
