#!/bin/bash
# SPDX-License-Identifier: MIT
# machines.sh - device trees of other machines on QEMU's virt: a boot hart that cannot run guests, holes in the hart ids, the other
# notation of the ISA, much and little memory, interrupt files that are not what the tree says.
. "$(dirname "$0")/lib.sh"

QEMU=${QEMU:-qemu-system-riscv64}
# Newer QEMUs' trees have both notations of the ISA. Here is the older one alone, in which each tree
# below says what is different.
source() { # name, machine: its tree is what the next ones are made from
	"$QEMU" -M "$2,dumpdtb=$WORK/$1.dtb" -cpu rv64,h=true -smp 4 -m 1G -nographic >/dev/null 2>&1
	SOURCE=$WORK/$1.dts
	dtc -q -I dtb -O dts "$WORK/$1.dtb" | grep -v 'riscv,isa-[be].* = ' >"$SOURCE" || exit 1
}
tree() { # name, awk program over the source, with cpu = the hart whose node we are in
	awk "/cpu@[0-9]+ \{/ { cpu = \$1; sub(/.*@/, \"\", cpu) } /interrupt-controller \{/ { node = cpu } $2 { print }" \
		"$SOURCE" | dtc -q -I dts -O dtb -o "$WORK/$1.dtb" || exit 1
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

source virt virt
tree no_h_on_0 '/riscv,isa / && cpu == "0" { sub(/dch/, "dc") }'
# The firmware's lottery picks the boot hart; with one thread for all harts, QEMU lets hart 0 win it every time.
demo boot_hart_without_h_hands_over QEMUFLAGS="-accel tcg,thread=single -dtb $WORK/no_h_on_0.dtb"
said boot_hart_hands_over_to_another 'hart 0 booted but cannot run guests; going on with hart'

tree holes '/status = "okay"/ && cpu == "2" { sub(/okay/, "disabled"); cpu = "" }'
demo disabled_hart_is_left_alone QEMUFLAGS="-dtb $WORK/holes.dtb"
said disabled_hart_is_named 'hart 2 is left alone'
said holes_in_hart_ids 'cap: 3 harts'

tree far '/dts-v1/ { print; print "/memreserve/ 0x100000000000000 0x1000;"; next }'
boot GUEST= QEMUFLAGS="-dtb $WORK/far.dtb"
expect tree_with_one_thing_wrong_is_refused 1 'device tree at 0x[0-9a-f]+ .*: /memreserve/ entry 0 is outside'
if grep -q 'Dormouse .* on ' "$OUT"; then fail nothing_follows_a_wrong_tree "it went on"; else pass nothing_follows_a_wrong_tree; fi

# shellcheck disable=SC2016
tree extensions '/riscv,isa = / { print "\t\t\triscv,isa-base = \"rv64i\"; riscv,isa-extensions = \"i\",\"m\",\"a\",\"f\",\"d\",\"c\",\"h\",\"zicsr\",\"zifencei\",\"sstc\";" }'
demo isa_extensions_beside_isa QEMUFLAGS="-dtb $WORK/extensions.dtb"

# The firmware kicks where the interrupt files do not.
AIA='-machine aia=aplic-imsic'
source aia virt,aia=aplic-imsic
demo imsics_take_kicks QEMUFLAGS="$AIA"
said imsics_are_used 'cap: 4 harts: .*IMSIC yes'
# A guest powers off well only if stopei and the interrupt files of all four harts are not there for it.
assemble "$WORK/no_aia" <<'EOF'
	.option norvc
	la	t0, trap
	csrw	stvec, t0
	li	s0, 0
	csrr	t0, 0x15c	# stopei
	li	t1, 0x28000000
	li	t2, 1
	.rept	4
	sw	t2, (t1)
	li	t0, 0x1000
	add	t1, t1, t0
	.endr
	addi	a1, s0, -5	# reason 0: all five have trapped
	snez	a1, a1
	li	a0, 0
	li	a6, 0
	li	a7, 0x53525354	# SRST
	ecall
	.balign	4
trap:	csrr	t0, sepc
	addi	t0, t0, 4
	csrw	sepc, t0
	addi	s0, s0, 1
	sret
EOF
boot HARTS=4 GUEST="$WORK/no_aia" QEMUFLAGS="$AIA"
expect imsics_are_nothing_to_a_guest 0 'vm0: shut down'
boot HARTS=4 GUEST="$WORK/no_aia"
expect imsics_are_nothing_to_a_guest_elsewhere 0 'vm0: shut down'
tree shifted '/reg = <0x00 0x28000000/ { sub(/28000000/, "28001000") }'
demo imsics_of_other_harts QEMUFLAGS="$AIA -dtb $WORK/shifted.dtb"
said imsics_of_other_harts_are_not_used 'cap: 4 harts: .*IMSIC no'
# shellcheck disable=SC2016
tree mixed '/interrupts-extended = <0x08 0x09 0x06 0x09/ { sub(/0x06 0x09/, "0x63 0x09") }'
demo imsics_of_some_harts QEMUFLAGS="$AIA -dtb $WORK/mixed.dtb"
said imsics_of_some_harts_are_not_used_by_all 'cap: 4 harts: .*IMSIC no'

demo six_gib_of_memory HOSTMEM=6G
demo little_memory HOSTMEM=24M MEM=8M
boot GUEST= HOSTMEM=32M MEM=128M
expect too_little_memory_is_said 1 'not enough host memory for mem=128M'

# What a VM has is nobody else's. One fills its memory, all but the page that it runs in, and boots once more; were they not taken out of
# what is free, it would begin with the hypervisor and have the payload inside it. The other would have the host's tree inside it.
assemble "$WORK/fills_all" <<'EOF'
	.option norvc
	li	t0, 0x80000000
	li	t1, 0x80200000
	li	t2, 0x80201000
	li	t3, 0x90000000
	li	s0, 0x5a5a5a5a5a5a5a5a
	li	a0, 0		# shut down
	ld	s1, (t0)
	beq	s1, s0, 2f
1:	sd	s0, (t0)
	addi	t0, t0, 8
	bne	t0, t1, 1b
3:	sd	s0, (t2)
	addi	t2, t2, 8
	bne	t2, t3, 3b
	li	a0, 1		# cold reboot
2:	li	a1, 0
	li	a6, 0
	li	a7, 0x53525354	# SRST
	ecall
EOF
boot GUEST="$WORK/fills_all" MEM=256M
expect memory_of_a_vm_is_nobody_elses 0 'cold reboot'
boot GUEST="$WORK/fills_all" MEM=1018M
expect memory_of_the_host_tree_is_nobody_elses 1 'not enough host memory for mem=1018M .*1016 MiB'

# Memory in two pieces, as the payload is in the middle; the guest sees one. At each border of 2 MiB it writes a line from both sides.
boot GUEST="$O/guest/test.bin" MEM=940M LOG=debug APPEND='test=ram slow=3' TIMEOUT=100
expect memory_in_two_pieces 0 'VERDICT PASS passed=2'
verify as_the_log_says 'not two pieces' [ "$(grep -ac 'MiB of memory at' "$OUT")" = 2 ]
borders=$(sed -n 's/.*borders: //p' "$OUT" | tr -d '\r')
verify console_across_borders "not in order at ${borders:-no} borders" \
	eval '[ "${borders:-0}" -gt 400 ] && grep -aEq "^(<0123456789abcd>){$borders}" "$OUT"'
# What is a whole GiB is at a multiple of it, so that one entry maps it (riscv/map_test.c).
boot GUEST="$O/guest/test.bin" HOSTMEM=5G MEM=3G LOG=debug APPEND='test=ram_whole slow=3' TIMEOUT=100
expect memory_of_whole_gib 0 'VERDICT PASS passed=1'
said whole_gib_are_aligned 'vm0: 3072 MiB of memory at 0x(c0000000|100000000)'
exit $failed
