#!/bin/bash
# SPDX-License-Identifier: MIT
# board_image.sh - the hypervisor and its guests in one file: it runs what is in there, honours the
# options in there, lets a loader say otherwise, and refuses what cannot be started, by name.
. "$(dirname "$0")/lib.sh"

IMAGE=$WORK/image.bin
OUT=$WORK/out
mkdir -p "$O" "$RUNDIR"
make -s all "$O/board/check_guests" >"$OUT" 2>&1 || fail build "make failed"

# A directory of its own: what is left behind is this test's.
mkdir "$WORK/o" && ln -s "$(realpath "$O")"/{dormouse.bin,guest,board} "$WORK/o"
image() { # settings: like make image, which has built already
	O="$WORK/o" env -u GUESTS -u INITRD -u APPEND -u VCPUS -u MEM -u HYPARGS -u LOG OUT="$IMAGE" "$@" \
		scripts/board/image.sh >"$OUT" 2>&1
	STATUS=$?
}

start() { # arguments of QEMU behind those that are always the same
	timeout "$(LC_ALL=C awk "BEGIN { print 60 * ${SLOW:-1} }")" "${QEMU:-qemu-system-riscv64}" -M virt -cpu rv64 -smp 2 -m 512M \
		-nographic -no-reboot "$@" </dev/null >"$OUT" 2>&1
	STATUS=$?
}

# A guest that ends well, and one that ends as a failure.
ending() { # file, reason
	printf '%s\n' 'li a7, 0x53525354' 'li a6, 0' 'li a0, 0' "li a1, $2" 'ecall' 'j .' | assemble "$1"
}
ending "$WORK/good" 0
ending "$WORK/bad" 1

image GUESTS="$WORK/good"
expect image_of_a_flat_guest 0 'image: vm0: 4 vCPUs, 128 MiB, image of 1 KiB'
start -kernel "$IMAGE" -append 'exit=test vcpus=1'
expect flat_guest_behind_the_image_runs 0 'vm0: 1 vCPU, 128 MiB, image of 5 KiB'
image GUESTS="$WORK/bad"
start -kernel "$IMAGE" -append exit=test
expect its_failure_is_seen 1
start -kernel "$IMAGE" -append exit=test -initrd "$WORK/good"
expect initrd_wins_over_the_guests_in_the_file 0

image GUESTS="$WORK/bad" VCPUS=3 MEM=32M HYPARGS='exit=test log=info'
start -kernel "$IMAGE"
expect options_in_the_file_are_honoured 1 'vm0: 3 vCPUs, 32 MiB, image'
start -kernel "$IMAGE" -append 'exit=test vcpus=2'
expect boot_arguments_win_over_the_options_in_the_file 1 'vm0: 2 vCPUs, 128 MiB, image'
image GUESTS="$WORK/good $WORK/good" HYPARGS=exit=test
start -kernel "$IMAGE"
expect two_vms_in_the_file 0 'vm1: 4 vCPUs'
image HYPARGS=exit=test
start -kernel "$IMAGE"
expect without_guests_the_demo 0 '^DEMO PASS'

# What is said is what the hypervisor would say, before anything is made.
fit() { # properties of /configurations, of the configuration
	printf '/dts-v1/; / { images { k { data = /incbin/("%s"); }; };
		configurations { %s a { kernel = "k"; %s }; }; };' "$WORK/good" "$1" "${2:-}" >"$WORK/its"
	dtc -q -I dts -O dtb -o "$WORK/itb" "$WORK/its" || fail dtc "$1"
}
refuses() { # name, pattern, settings
	local name=$1 pattern=$2
	shift 2
	echo before >"$IMAGE"
	image "$@"
	expect "$name" 2 "$pattern"
	verify "${name}_touches_nothing" "the file was overwritten" grep -q before "$IMAGE"
	verify "${name}_leaves_nothing" "there is more" [ -z "$(ls -d "$IMAGE".* "$WORK"/o/image.?????? 2>&-)" ]
}
fit 'dormouse,options = "exit=test vcpus=2";'
image GUESTS="$WORK/itb"
start -kernel "$IMAGE"
expect options_of_a_fit_image 0 'a: 2 vCPUs'
start -kernel "$O/dormouse.bin" -initrd "$WORK/itb"
expect options_of_a_fit_image_that_is_an_initrd 0 'a: 2 vCPUs'
fit 'dormouse,options = "vcpus=99";'
refuses image_with_wrong_options "options: option 'vcpus=99': vcpus= must be" GUESTS="$WORK/itb"
fit 'dormouse,optoins = "vcpus=2";'
refuses image_with_an_unknown_property 'FIT /configurations: property dormouse,optoins is not supp' \
	GUESTS="$WORK/itb"
start -kernel "$O/dormouse.bin" -append exit=test -initrd "$WORK/itb"
expect hypervisor_with_an_unknown_property 1 'property dormouse,optoins is not supported'
fit 'dormouse,options = [01 02];'
refuses image_with_options_that_are_no_string 'dormouse,options is not a string' GUESTS="$WORK/itb"
fit '' 'mem = "64M";'
refuses image_with_mem_for_memory 'FIT configuration a: property mem is not supported' \
	GUESTS="$WORK/itb"
refuses image_with_a_wrong_option_beside_others "option 'vcpus=99': vcpus= must be" \
	GUESTS="$WORK/good" HYPARGS='at-end=reset vcpus=99'
refuses image_with_a_misspelt_option "unknown option 'vcpu=4'" GUESTS="$WORK/good" HYPARGS=vcpu=4
# All names that the hypervisor knows are known here.
boot HYPARGS=nonsense=1
expect hypervisor_tells_its_options 2 'known are .* at-end='
for name in $(grep -ao 'known are .*' "$OUT" | grep -o '[a-z-]*='); do
	"$O/board/check_guests" "$WORK/good" "$name?" >"$OUT" 2>&1
	verify "image_knows_the_option_${name%=}" "it does not" eval '! grep -q unknown "$OUT"'
done
refuses image_with_options_beside_a_fit 'a FIT image has APPEND, VCPUS' GUESTS="$WORK/itb" VCPUS=2
refuses image_with_a_ramdisk_beside_a_fit 'FIT image has its other guests' GUESTS="$WORK/itb" \
	INITRD="$WORK/good"
refuses image_of_a_missing_file 'GUESTS=/nonexistent: no such file' GUESTS=/nonexistent
refuses image_of_another_machine 'not for RISC-V' GUESTS="$(type -P true)"
gzip -c "$WORK/good" >"$WORK/good.gz"
refuses image_of_a_compressed_file 'vm0: the image is no RISC-V program but gzip' \
	GUESTS="$WORK/good.gz"
refuses image_of_a_ramdisk_without_kernel 'INITRD=.* without GUESTS' INITRD="$WORK/good"
truncate -s 65M "$WORK/large"
refuses image_with_too_little_memory 'vm0: .*MiB' GUESTS="$WORK/good" INITRD="$WORK/large" \
	MEM=64M
image OUT="$WORK/none/image.bin"
expect image_into_no_directory 2 'OUT=.*/none/image.bin: no such directory'
image OUT="$WORK"
expect image_into_a_directory 2 'OUT=.*: a directory'
scripts/board/append.py "$WORK/good" "$WORK/good" "$IMAGE" >"$OUT" 2>&1
STATUS=$?
expect append_to_what_is_no_image 1 'no RISC-V Image header'
image GUESTS="$WORK/good"
scripts/board/append.py "$IMAGE" "$WORK/good" "$IMAGE" >"$OUT" 2>&1
STATUS=$?
expect append_twice 1 'there are guests behind it already'
image GUESTS="$WORK/good" INITRD="$WORK/large" MEM=256M
expect image_above_64_mib_warns 0 'warning: more than 64 MiB'

# A device tree inside the image's own range, as a careless loader puts it: into its bss, which is
# cleared, or on the guests. The stub copies the tree there and jumps.
image GUESTS="$WORK/good" MEM=64M HYPARGS=exit=test
linked=$(od -An -tu8 -j16 -N8 "$O/dormouse.bin" | tr -d ' ')
for offset in $((linked - 20480)) $((linked + 512)) $((16 << 20)); do
	printf '%s\n' 'mv t0, a1' "li t1, $((0x84000000 + offset))" 'mv a1, t1' 'li t2, 0x10000' \
		'add t2, t2, t0' '1: ld t3, 0(t0)' 'sd t3, 0(t1)' 'addi t0, t0, 8' 'addi t1, t1, 8' \
		'bltu t0, t2, 1b' 'li t0, 0x84000000' '.word 0x100f' 'jr t0' | assemble "$WORK/stub"
	start -kernel "$WORK/stub" -device "loader,file=$IMAGE,addr=0x84000000,force-raw=on"
	if [ $offset -lt $((16 << 20)) ]; then
		expect "tree_inside_the_image_at_$offset" 0 'device tree at 0x84.* it lies inside the image'
	else
		expect tree_outside_the_image 0 'vm0: shut down'
	fi
done
exit $failed
