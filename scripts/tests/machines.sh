#!/bin/bash
# SPDX-License-Identifier: MIT
# machines.sh - device trees of other machines on QEMU's virt: a boot hart that cannot run guests, holes in the hart ids, the other
# notation of the ISA, much and little memory.
. "$(dirname "$0")/lib.sh"

QEMU=${QEMU:-qemu-system-riscv64}
"$QEMU" -M "virt,dumpdtb=$WORK/virt.dtb" -cpu rv64,h=true -smp 4 -m 1G -nographic >/dev/null 2>&1
dtc -q -I dtb -O dts "$WORK/virt.dtb" -o "$WORK/virt.dts" || exit 1

tree() { # name, awk program over the source, with cpu = the hart whose node we are in
	awk "/cpu@[0-9]+ \{/ { cpu = \$1; sub(/.*@/, \"\", cpu) } /interrupt-controller \{/ { node = cpu } $2 { print }" \
		"$WORK/virt.dts" | dtc -q -I dts -O dtb -o "$WORK/$1.dtb" || exit 1
}
demo() { # name, settings: the demo runs to its end
	local name=$1
	shift
	boot GUEST= HARTS=4 HOSTMEM=1G TIMEOUT=60 "$@"
	expect "$name" 0 '^DEMO PASS'
}
said() { # name, pattern: so did the last boot
	STATUS=0 expect "$1" 0 "$2"
}

tree no_h_on_0 '/riscv,isa / && cpu == "0" { sub(/dch/, "dc") }'
# The firmware's lottery picks the boot hart; with one thread for all harts, QEMU lets hart 0 win it every time.
demo boot_hart_without_h_hands_over QEMUFLAGS="-accel tcg,thread=single -dtb $WORK/no_h_on_0.dtb"
said boot_hart_hands_over_to_another 'hart 0 booted but cannot run guests; going on with hart'

tree holes '/status = "okay"/ && cpu == "2" { sub(/okay/, "disabled"); cpu = "" }'
demo disabled_hart_is_left_alone QEMUFLAGS="-dtb $WORK/holes.dtb"
said disabled_hart_is_named 'hart 2 is left alone'
said holes_in_hart_ids 'cap: 3 harts'

# shellcheck disable=SC2016
tree extensions '/riscv,isa = / { print "\t\t\triscv,isa-base = \"rv64i\"; riscv,isa-extensions = \"i\",\"m\",\"a\",\"f\",\"d\",\"c\",\"h\",\"zicsr\",\"zifencei\",\"sstc\";" }'
demo isa_extensions_beside_isa QEMUFLAGS="-dtb $WORK/extensions.dtb"

demo six_gib_of_memory HOSTMEM=6G
demo little_memory HOSTMEM=24M MEM=8M
boot GUEST= HOSTMEM=32M MEM=128M
expect too_little_memory_is_said 1 'not enough host memory for mem=128M'
exit $failed
