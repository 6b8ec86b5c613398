#!/bin/bash
# SPDX-License-Identifier: MIT
# bad_files.sh - a file that cannot be a guest is refused with a line that says why: by the script when it can know, else
# by the hypervisor, which ends with status 1 and never starts it.
. "$(dirname "$0")/lib.sh"

boot GUEST=/does/not/exist
expect missing_guest 2 '^run: GUEST=.*no such file'
boot GUEST="$WORK"
expect guest_is_a_directory 2 '^run: GUEST=.*not a file'
: >"$WORK/empty"
boot GUEST="$WORK/empty"
expect empty_guest 2 '^run: GUEST=.*empty'
boot GUEST="$O/guest/demo.bin" INITRD=/does/not/exist
expect missing_ramdisk 2 '^run: INITRD=.*no such file'
boot BIOS=/does/not/exist
expect missing_firmware 2 '^run: BIOS=.*no such file'
boot QEMU=no-such-qemu
expect missing_qemu 2 'no no-such-qemu'

OUT=$WORK/out
KERNEL=$O/dormouse.bin BUSYBOX=/does/not/exist INITRD='' scripts/run/linux.sh >"$OUT" 2>&1
STATUS=$?
expect missing_busybox 2 '^linux: BUSYBOX=.*no such file'

# What the script would not let through reaches the hypervisor by QEMU's own flag.
payload() { # name, status, pattern: $WORK/payload is the file
	boot QEMUFLAGS="-initrd $WORK/payload"
	expect "$1" "$2" "$3"
}

cp "$O/guest/demo.elf" "$WORK/payload"
payload elf_payload 1 'ELF'
gzip -c "$O/guest/demo.bin" >"$WORK/payload"
payload gzip_payload 1 'gzip'
head -c 4096 /dev/zero >"$WORK/payload"
payload zero_payload 1 'no RISC-V program'
printf 'x' >"$WORK/payload"
payload one_byte_payload 1 'payload|image'

# A Linux Image header: first two words a jump, text_offset, image_size, flags, version 0.2, two magics.
linux_header() { # image_size
	python3 - "$1" >"$WORK/payload" <<-'END'
		import struct, sys
		head = struct.pack("<IIQQQIIQ8sII", 0x0400006F, 0x13, 0x200000, int(sys.argv[1], 0), 0, 2, 0, 0,
		                   b"RISCV\0\0\0", 0x05435352, 0)
		sys.stdout.buffer.write(head)
	END
}
linux_header 0x40000000
payload image_larger_than_memory 1 'mem=[0-9]+M or more'
linux_header 0x1000
cp "$WORK/payload" "$WORK/linux"
for append in console=hvc0 console=tty0 'quiet console=hvc0 root=/'; do
	boot GUEST="$WORK/linux" APPEND="$append" TIMEOUT=2
	STATUS=0 expect "warns_of_$append" 0 '^run: warning: console= .*ttyS0'
done
boot GUEST="$WORK/linux" APPEND='console=hvc0 console=ttyS0,115200' TIMEOUT=2
verify no_warning_of_ttyS0 "a warning" test "$(grep -c 'run: warning' "$OUT")" = 0
linux_header 0x100000
head -c 40 "$WORK/payload" >"$WORK/cut" && { cat "$WORK/cut"; printf '\0\0\0\0\0\0\0\0RISCV\0\0\0RSC\005'; } >"$WORK/payload"
payload linux_image_cut_in_its_header 1 'truncated'

fit() { # source of the tree
	printf '/dts-v1/; / { %s };' "$1" | dtc -q -I dts -O dtb -o "$WORK/payload"
}
fit 'images {}; configurations { a { kernel = "nothing"; }; };'
payload fit_without_its_image 1 'nothing'
fit 'images {}; configurations {};'
payload fit_without_configuration 1 'no configuration'
fit 'foo {};'
payload tree_that_is_no_fit 1 'not a FIT'
fit 'images { k { data = [13 00 00 00]; }; }; configurations { a { kernel = "k"; vcpus = <65>; }; };'
payload fit_with_65_vcpus 1 '1 to 64'
fit 'images { k { data = [13 00 00 00]; compression = "gzip"; }; }; configurations { a { kernel = "k"; }; };'
payload fit_with_compression 1 'gzip'
head -c 60 "$WORK/payload" >"$WORK/cut" && mv "$WORK/cut" "$WORK/payload"
payload truncated_fit 1 'truncated|damaged'
exit $failed
