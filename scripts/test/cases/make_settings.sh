#!/bin/bash
# SPDX-License-Identifier: MIT
# make_settings.sh - make refuses a setting that it cannot work with in one line, before it does anything; a blank in the name of the
# tree is none of these; help lists every setting there is.
. "$(dirname "$0")/lib.sh"

OUT=$WORK/out
ask() { # name, status, pattern, arguments of make
	local name=$1 status=$2 pattern=$3
	shift 3
	make --no-print-directory "$@" >"$OUT" 2>&1
	STATUS=$?
	expect "$name" "$status" "$pattern"
}
for o in '' 'x y' . .. / hyp ./guest/ "$PWD" scripts/test/cases .git Makefile; do
	n=${o/#$PWD/the_tree}
	ask "clean_refuses_O=${n// /_}" 2 "^Makefile:[0-9]+: \*\*\* O=" -n clean O="$o"
done
for o in build/ "$WORK/new/er" ../build; do
	ask "clean_takes_O=${o#"$WORK"}" 0 '^rm -rf' -n clean O="$o"
done
ask cache_with_blanks 2 'not one name without blanks.*DORMOUSE_CACHE' -n all DORMOUSE_CACHE='/x y' LIBFDT_SRC=
ask no_compiler 2 'no nonexistent-gcc on this machine.*doctor' all O="$WORK/none" CROSS_COMPILE=nonexistent-
ask clean_whatever_locking 0 '^rm -rf' -n clean LOCKING=typo
ask help_whatever_locking 0 '^make run' help LOCKING=typo

# A name that is no setting's, also one that the Makefile has for itself, and the nearest that is.
misspelt() { # as given, what is meant
	ask "told_of_$1" 2 "^Makefile:[0-9]+: .* there is no setting ${1%%=*}=; do you mean $2=" run "$1"
	[ "$(wc -l <"$OUT")" = 1 ] || fail "one_line_of_$1" "more than that was said"
}
misspelt guest=foo GUEST
misspelt GEUST=foo GUEST
misspelt HART=2 HARTS
misspelt VCPU=2 VCPUS
misspelt hostmem=1G HOSTMEM
misspelt QEMU_FLAGS=-s QEMUFLAGS
ask told_of_a_name_of_the_makefile 2 'there is no setting say=' all say=1
ask told_of_a_name_like_no_other 2 'there is no setting NONSENSE=.* .make help' all NONSENSE=1
ask settings_are_known 0 '^rm -rf' -n clean O=build HARTS=1 V=1 CC=cc EXTRA_CFLAGS=

for setting in APPEND BIOS BOARD BUS BUSYBOX CROSS_COMPILE DEBUG DEV DISK DORMOUSE_CACHE EXTRA_CFLAGS FLASH_FILE GDBPORT GUEST GUESTS HARTS \
	HOSTCC HOSTCLANG HOSTMEM HYPARGS INITRD JOBS JUNIT KEEP KERNEL KERNEL_SUITE LAB LABS LIBFDT_SRC LOCKING \
	LOG MEM MEMORY MODULES MS N NET NO_INSTALL O OFFLINE ONLY OPENSBI_SRC OPS OUT QEMU QEMUFLAGS QUICK RACE_POINTS REDUCE SCHEDULE \
	SEED SLOW SNAPSHOT TAP TIMEOUT UBOOT UPDATE V VCPUS WAITERS WITHOUT WRONG; do
	scripts/help.sh all | grep -q "\b$setting=" || missing+=" $setting"
done
if [ -z "${missing:-}" ]; then pass help_lists_every_setting; else fail help_lists_every_setting "it lacks$missing"; fi

make --no-print-directory help >"$OUT"
verify help_is_one_screen "more than 24 lines" [ "$(wc -l <"$OUT")" -le 24 ]
for part in run board test lab build all; do make --no-print-directory help-$part; done >>"$OUT"
verify help_fits_80_columns "longer lines" fits "$OUT" 80
ask help_of_nothing 2 "'nothing' is none of run, board, test" help-nothing

# --help is an answer, at once, and does nothing; from anywhere.
for script in setup.sh run/run.sh run/linux.sh run/uboot.sh run/symbolize.sh check/lint.sh \
	check/pictures.sh bench/exit_path.py lab/race.py lab/race_bare.sh test/test.py; do
	(cd / && timeout 5 "$OLDPWD/scripts/$script" --help) >"$OUT" 2>&1
	STATUS=$? file=${script##*/}
	case $file in symbolize.sh) want=2 ;; *) want=0 ;; esac
	expect "help_of_${file%.*}" $want "^(usage: )?$file "
done

# A clone whose own name has a blank: one of the files where that counts.
mkdir "$WORK/a tree" && cp -r Makefile linker.ld hyp guest platform scripts "$WORK/a tree"
make --no-print-directory -C "$WORK/a tree" O=build build/hyp/lib/string.o build/asm_offsets.h build/guest/demo.elf >"$OUT" 2>&1
STATUS=$?
expect tree_with_a_blank 0
exit $failed
