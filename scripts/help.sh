#!/bin/sh
# SPDX-License-Identifier: MIT
# help.sh - what make can be asked; `make help`, and `make help-run` and so on for its settings.
#
#   scripts/help.sh [run|board|test|lab|build|all]
#   scripts/help.sh --wrong NAME...    names of settings: says of the first that is none which one
#                                      is nearest. The settings are those that the texts below name.
set -u

first() {
	cat <<'END'
make                build $(O)/dormouse.bin and the guests
make run            set up, build, run the built-in demo in QEMU
make run GUEST=f    any S-mode image as the guest; VCPUS=4 MEM=128M HARTS=4
make run-bare       the same guest directly on the firmware
make linux, uboot   Debian's kernel with a shell, Debian's U-Boot as the guest
make debian         a whole Debian with disk and network as the guest
make sdimg, flash   a memory card for boards; image, firmware: make help-board
make debug          the same as run under gdb
make test           everything; ONLY='hyp-4x4 demo-*' these jobs
make race           the suspend race, step by step, with right and wrong locks
make explore        every order of accesses of the real lock protocol
make lesson, grade  be the scheduler, in a page; check your repair of a lock
make size, bench    bytes and lines, costs in instructions
make doctor         which tools are here, which packages are missing
make clean          remove $(O); downloads stay in the cache

make help-run       guests, machines, options; the console; exit statuses
make help-board     cards, kernels and firmware for boards
make help-test      tests, fuzzing, soak, coverage, benchmarks
make help-lab       the laboratory of locks
make help-build     what is built, and with which tools
make help-all       all of it

At the console: Ctrl-a x leaves QEMU; Ctrl-] and 0-7 gives the keys to that VM.
END
}

run() {
	cat <<'END'
make run            set up, build, run the built-in demo in QEMU
make run GUEST=f    any S-mode image as the guest: flat binary, Linux Image, ELF
                    or FIT; several names: one VM each; relative names start
                    from the top of the tree
  INITRD=f APPEND='..'           its ramdisk and boot arguments
  VCPUS=4 MEM=128M               of each VM
  HARTS=4 HOSTMEM=1G             of the machine (2G with DISK, NET)
  DISK=f NET=user BUS=mmio|pci   a virtio disk, a network card; one Linux guest
                                 [SNAPSHOT=1: the disk stays as it is]
  HYPARGS='..'                   more options for the hypervisor, see below
  QEMU=.. BIOS=.. QEMUFLAGS='..' another QEMU, firmware file, more flags
  LOG=error|notice|info|debug    log level
  TIMEOUT=s                      end the run after so many seconds
make run-bare       the same guest directly on the firmware
make linux          Debian's riscv64 kernel and a busybox shell as the guest
  KERNEL=.. BUSYBOX=..           others;  KERNEL_SUITE=new  Debian's newest
  USERLAND=debian                bash, coreutils, python3, strace, ip, ping ..
                                 instead of busybox
                                 [MODULES=dir: another kernel's, for DISK, NET]
make debian         Debian 13 on a disk: apt, python3, ping ..; what is written
                    stays in $(O)/debian.ext4  [DISK=.. another, NET=none]
make uboot          Debian's U-Boot as the guest (UBOOT=.. another one)
make demo-rtc       the demo; the alarm of the machine's clock ends its suspend
make debug          the same as run under gdb, waiting at the first instruction;
                    nothing is inlined  [GDBPORT=n: else a free port is taken]

At the console: Ctrl-a x leaves QEMU; Ctrl-] and 0-7 gives the keys to that VM;
Ctrl-] s prints statistics; Ctrl-] Ctrl-] is Ctrl-].
HYPARGS: stats=1 prints the statistics of a VM that ends; warm-reboot=fail makes
a guest's warm reboot a failure (added for Linux, to tell a panic from a
reboot); wake-after=MS wakes a suspended VM; devices=rtc,.. ram=direct give it
devices of the machine (hyp/conf/README.md); at-end=poweroff|reset|halt is what
becomes of the machine when the run is over, well or not.

Exit status of scripts/run/run.sh and make run: 0 every VM shut down without a
failure, 1 a failure, a dead guest, a panic or an image that cannot be run,
124 TIMEOUT, 2 cannot start: a setting or an option is wrong.
END
}

board() {
	cat <<'END'
make image          the hypervisor and its guests in one file, $(O)/image.bin: a
                    kernel for QEMU and for booti or extlinux of U-Boot
  GUESTS=f                       a FIT image, or one image for each VM; none:
                                 the demo
  INITRD=f APPEND='..'           the guests' ramdisks and boot arguments
  VCPUS=4 MEM=128M LOG=..  HYPARGS='..'
                                 options for when the boot loader gives none; an
                                 initrd of the loader wins over the guests
  OUT=f                          where to; up to 64 MiB start everywhere
make firmware       OpenSBI 1.6 with the same as its payload, $(O)/firmware.bin,
                    for QEMU's -bios and for flash that takes an fw_payload
  OPENSBI_SRC=dir                another OpenSBI: a board's maker's, a newer one
make sdimg          the image of a memory card, $(O)/sd.img, with a menu: demo,
                    Linux to a shell, tests, safe mode; settings as for image:
  GUESTS=f ..                    a first entry with guests of your own
  BOARD=k3                       what platform/k3.conf wants on the card
make flash DEV=/dev/sdX          writes the image to a card, after questions;
                    all that was on the card is lost
  OUT=f                          the image  [FLASH_FILE=yes: DEV is a file]
platform/README.md says what to type on a board.
END
}

tests() {
	cat <<'END'
make test           everything; test-host, test-guest, test-script, lint: parts
  ONLY='hyp-4x4 demo-*'          only these jobs      JOBS=2       at once
  OFFLINE=1   fetch nothing      QUICK=1   fewer cycles for Linux
  TAP=file JUNIT=file            the results once more, for other CI systems
  SLOW=2      all time limits times 2, for slow machines. Time in which a job
              waits for a processor that others use never counts
make fuzz           random inputs for all that reads what guests or users wrote
  FUZZ='name ..' SECONDS=60 JOBS=n REPLAY=1
make soak           a VM that attacks beside one that checks itself
  EXITS=100000000 SEED=1 HARTS=2 LATE=5000
make coverage       which lines of hyp/ the tests run (half an hour)
make mutants        do the tests notice a changed line? (an hour and more)
  N=40 SEED=1 FILES='hyp/mp/*' NR=7
make setup-new      fetch QEMU 10 and OpenSBI 1.5 beside Debian 12's own;
                    make test uses them too
make size           bytes and lines against their budgets
make bench          what things cost, beside the bare firmware, and Linux on
                    both (minutes)
make exit-path      hyp/riscv/EXIT-PATH.md, START-PATH.md, BOOT-PATH.md written
                    again: where the instructions go
END
}

lab() {
	cat <<'END'
make race           the suspend race replayed step by step: the variants none,
                    flag and mutex side by side
  N=5 SCHEDULE=file or 0:point,.. HARTS=3 KEEP=dir
make race-bare      the attacks of guest/race on the firmware itself
  HARTS=4 MS=1500 SEED=1
make explore        every order of accesses of the real lock protocol, on this
                    machine; scripts/lab/lab.py --help says more
  LOCKING=variant VCPUS=3 OPS=n WAITERS=n WITHOUT=agent,.. MEMORY=MB
  REDUCE=posts|tokens|..|none WRONG=lostwake|unasked|..
  QUICK=1     what make test repeats
make variants       every wrong variant under every quick checker, against
                    scripts/lab/TABLE.md  [UPDATE=1: record it anew]
make model, litmus  the Promela models (spin), the memory model tests (herd7)
make grade LAB=1    check your repair of a broken lock protocol
                    (hyp/lock/README.md, labs)  [LABS=dir: where it is]
make lesson         $(O)/lesson.html: one file for the browser, in which a
                    student is the scheduler of the real C; scripts/lab/lab.py
                    check 'LINK' says whether what is handed in is a solution
make pictures       draw the documents' pictures again, from real runs
END
}

build() {
	cat <<'END'
make                build $(O)/dormouse.bin and the guests
  O=build             where everything built goes
  V=1                 show the commands
  WITHOUT='fit ..'    leave out optional rooms (list: scripts/check/rooms.py)
  LOCKING=mutex|..    the right protocol, or with which of scripts/lab/variants
  RACE_POINTS=1       a build (in build-race) for HYPARGS='schedule=.. trace=1'
  DEBUG=1             a build in which no function is inlined, as make debug's
  LIBFDT_SRC=dir      libfdt's sources, instead of fetching them
  CROSS_COMPILE=..    tool prefix (riscv64-unknown-elf-, riscv64-linux-gnu-)
  HOSTCC=gcc HOSTCLANG=clang EXTRA_CFLAGS='..'     for what is built
  DORMOUSE_CACHE=dir  where downloads are kept
  NO_INSTALL=1        name missing packages, never install
make doctor         which tools are here, which packages are missing
make clean          remove $(O); downloads stay in the cache
END
}

all() {
	for part in build run board tests lab; do
		"$part"
		[ "$part" = lab ] || echo
	done
}

case ${1:-} in
'' | -h | --help) first; exit ;;
run | board | lab | build | all) "$1"; exit ;;
test) tests; exit ;;
--wrong) ;;
*) echo "help: '$1' is none of run, board, test, lab, build, all" >&2; exit 2 ;;
esac
shift
# How many letters differ, with capitals and without; make's own names are none of ours.
all=$(all | grep -o '\<[A-Z_]*=')
printf '%s\n' "$@" | grep -vx 'CC\|AR\|OBJCOPY\|SIZE\|SHELL\|MAKE.*' | awk -v all="$all" '
function least(a, b) { return a < b ? a : b }
function distance(a, b,    i, k, d) {
	for (i = 0; i <= length(a); i++) d[i, 0] = i
	for (k = 0; k <= length(b); k++) d[0, k] = k
	for (i = 1; i <= length(a); i++)
		for (k = 1; k <= length(b); k++)
			d[i, k] = least(d[i - 1, k - 1] + (substr(a, i, 1) != substr(b, k, 1)), \
				least(d[i - 1, k], d[i, k - 1]) + 1)
	return d[length(a), length(b)]
}
{
	n = split(all, names, "=[^A-Z_]*")
	best = 1e9
	for (i = 1; i <= n; i++) {
		if (names[i] == "") continue
		if (names[i] == $0) next
		far = distance(toupper($0), names[i])
		if (far < best) { best = far; near = names[i] }
	}
	said = "there is no setting " $0 "="
	if (best <= length($0) / 2) said = said "; do you mean " near "=?"
	print said " (make help lists all)"
	exit
}'
