#!/bin/bash
# SPDX-License-Identifier: MIT
# fit.sh - what a FIT image or an ELF file says about addresses is honoured, or refused by name; the
# example of guest/ runs; a large device tree of the guest's own costs a boot no more than copying it.
. "$(dirname "$0")/lib.sh"

# A guest that ends well if it runs where it was linked and is entered where it should be, behind
# some zeros, which are illegal.
linked() { # output ELF, address, words before the entry, [more, with 0 in a1 when all is well]
	printf '%s\n' ".rept $3; .word 0; .endr" '.globl _start' '_start: auipc t0, 0' 'ld t1, here' \
		"${4:-li a1, 0}" 'li a7, 0x53525354' 'li a6, 0' 'li a0, 0' 'sub t0, t0, t1' 'snez t0, t0' \
		'or a1, a1, t0' 'ecall' 'j .' '.balign 8' 'here: .quad _start' |
		"${CROSS}gcc" -x assembler -march=rv64imac_zicsr -mabi=lp64 -mno-relax -mcmodel=medany \
			-nostdlib -static "-Wl,-Ttext=$2" -Wl,--build-id=none -o "$1" - ||
		fail assemble "it cannot be linked at $2"
}

for address in 0x80000000 0x80200000 0x80400000 0x87654320; do
	linked "$WORK/a.elf" $address 0
	boot GUEST="$WORK/a.elf" VCPUS=1
	expect "elf_linked_at_$address" 0
done
linked "$WORK/b.elf" 0x80200000 16
boot GUEST="$WORK/b.elf" VCPUS=1
expect elf_entered_behind_its_first_byte 0
linked "$WORK/c.elf" 0x84000000 5
boot GUEST="$WORK/b.elf $WORK/c.elf" VCPUS=1
expect two_elf_files_at_different_addresses 0
boot GUEST="$WORK/b.elf $WORK/c.elf" VCPUS=1 MEM=64M
expect elf_outside_the_memory_of_its_vm 1 'vm1: the kernel cannot be loaded at 0x84000000 to 0x84000'
linked "$WORK/d.elf" 0x40200000 0
boot GUEST="$WORK/d.elf" VCPUS=1
expect elf_below_memory 1 'kernel cannot be loaded at 0x40200000 .*memory goes from 0x80000000'
head -c 200 "$WORK/a.elf" >"$WORK/cut.elf"
boot GUEST="$WORK/cut.elf"
expect truncated_elf 2 'truncated'
boot GUEST="$(type -P true)"
expect elf_of_another_machine 2 'not for RISC-V'

fit() { # properties of the image, of the configuration, further nodes of /images; $WORK/flat is the kernel
	printf '/dts-v1/; / { images { k { data = /incbin/("%s"); %s }; %s };
		configurations { a { kernel = "k"; %s }; }; };' "$WORK/flat" "$1" "${3:-}" "${2:-}" >"$WORK/its"
	dtc -q -I dts -O dtb -o "$WORK/itb" "$WORK/its" || fail dtc "$1"
}
"${CROSS}objcopy" -O binary "$WORK/c.elf" "$WORK/flat"
fit 'load = <0x84000000>; entry = <0x84000014>;'
boot GUEST="$WORK/itb" VCPUS=1
expect fit_load_and_entry 0
fit 'load = <0x0 0x84000000>; entry = <0x0 0x84000014>;'
boot GUEST="$WORK/itb" VCPUS=1
expect fit_addresses_of_two_cells 0
fit 'load = <0x84000000>; entry = <0x84001000>;'
boot GUEST="$WORK/itb" VCPUS=1
expect fit_entry_outside_the_kernel 1 'a: the kernel cannot be entered at 0x84001000'
fit 'load = <0x84000000>; entry = <0x84000014>;' 'ramdisk = "r";' \
	'r { type = "ramdisk"; load = <0x84000000>; data = [11 22]; };'
boot GUEST="$WORK/itb" VCPUS=1
expect fit_ramdisk_on_the_kernel 1 'kernel cannot be loaded at 0x84000000 .*the ramdisk goes from'
# The same data, at a multiple of 8 and not: the kernel ends well if the ramdisk's first word is what it should be.
for pad in 00 '00 00 00 00 00'; do
	linked "$WORK/e.elf" 0x80200000 0 'li a2, 0x85000003; li t2, 0x11223344; lbu t3, 0(a2)
		.irp i, 1, 2, 3; lbu t4, \i(a2); slli t3, t3, 8; or t3, t3, t4; .endr; sub a1, t3, t2; snez a1, a1'
	"${CROSS}objcopy" -O binary "$WORK/e.elf" "$WORK/flat"
	fit "pad = [$pad];" 'ramdisk = "r";' 'r { type = "ramdisk"; load = <0x85000003>;
		data = [11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 11 22]; };'
	boot GUEST="$WORK/itb" VCPUS=1
	expect "fit_ramdisk_at_its_address_behind_${#pad}_letters" 0
done

# 2,500 properties with names of their own. The guest's time begins before the tree is put into its
# memory: in less than a millisecond, of which -icount makes a million instructions, it has to be there.
names() { # how many
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "n%d-with-a-name = <%d>; ", i, i }'
}
printf '/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;
	cpus { #address-cells = <1>; #size-cells = <0>; timebase-frequency = <10000000>;
	cpu@0 { device_type = "cpu"; reg = <0>; }; }; many { %s }; };' "$(names 2500)" |
	dtc -q -I dts -O dtb -o "$WORK/own.dtb" || fail dtc 'own.dtb'
for limit in 10000 1; do
	linked "$WORK/f.elf" 0x80200000 0 "rdtime t2; li t3, $limit; sltu a1, t3, t2"
	"${CROSS}objcopy" -O binary "$WORK/f.elf" "$WORK/flat"
	fit '' 'fdt = "t";' "t { type = \"flat_dt\"; data = /incbin/(\"$WORK/own.dtb\"); };"
	boot GUEST="$WORK/itb" VCPUS=1 HARTS=1 QEMUFLAGS='-icount shift=0'
	than=$([ $limit = 1 ] && echo more || echo less)
	expect "own_tree_with_2500_names_takes_${than}_than_${limit}_ticks" $((limit == 1))
done

dtc -q -I dts -O dtb -i "$O" -o "$WORK/vms.itb" guest/example.its || fail dtc guest/example.its
boot GUEST="$WORK/vms.itb" TIMEOUT=60
expect example_runs_its_first_vm 0 '^\[first\] .*DEMO PASS'
expect example_runs_its_second_vm 0 '^\[second\] .*VERDICT PASS'
exit $failed
