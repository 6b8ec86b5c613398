# SPDX-License-Identifier: MIT
# guests.sh - the guests that a user names, as one payload for the hypervisor; sourced, after
# lib.sh. $TMP is a directory for what is made; $bare is set where the firmware gets the guest.

guests=() initrds=() loads=() entries=()

# Kernels and their ramdisks, into guests[] and initrds[] (-: none): each one file with that name,
# else several, separated by blanks.
take_guests() { # the setting's name, its value, ramdisks
	local i
	if [ -e "$2" ]; then guests=("$2"); else read -ra guests <<<"$2"; fi
	if [ -e "$3" ]; then initrds=("$3"); else read -ra initrds <<<"$3"; fi
	for i in "${!guests[@]}"; do
		check_file "$1" "${guests[i]}"
		[ "${initrds[i]:=-}" = - ] || check_file INITRD "${initrds[i]}"
		flat "$i"
	done
	[ ${#initrds[@]} -le ${#guests[@]} ] || die "INITRD names more files than $1"
}

# An ELF file holds the image in pieces with addresses; guests are loaded as one piece. Of guest
# number $1, guests[], loads[] and entries[] get its flat form and its addresses, 0 for the usual ones.
flat() {
	local file=${guests[$1]} bin=$TMP/$1-${guests[$1]##*/}.bin at
	loads[$1]=0 entries[$1]=0
	head -c 4 "$file" | cmp -s - <(printf '\177ELF') || return 0
	at=$(scripts/run/flat_elf.py "$file" "$bin") || die "$file: this ELF file cannot be loaded as a guest"
	guests[$1]=$bin
	[ "$at" = "0x80200000 0x80200000" ] || read -r "loads[$1]" "entries[$1]" <<<"$at"
	say "$file is an ELF file: running its flat form $bin"
	if [ -n "$bare" ] && [ "$((loads[$1] | entries[$1]))" != 0 ]; then
		die "$file begins at ${loads[$1]}, its entry is ${entries[$1]}: the firmware enters a guest at 0x80200000"
	fi
}

quoted() { # as a string in a device tree source
	printf '%s' "$1" | sed 's/[\\"]/\\&/g'
}

# One FIT image with a configuration per VM; what it does not say comes from the hypervisor's own
# options, which it may have, too.
make_fit() { # [options]; kernels in guests[], ramdisks in initrds[] -> $TMP/guests.itb
	local i configs= its=$TMP/guests.its
	[ -z "${1:-}" ] || configs="dormouse,options = \"$(quoted "$1")\"; "
	{
		echo '/dts-v1/;'
		echo '/ { description = "guests"; #address-cells = <2>; images {'
		for i in "${!guests[@]}"; do
			printf 'vm%d-kernel { type = "kernel"; os = "linux"; arch = "riscv"; compression = "none"; load = /bits/ 64 <%s>; entry = /bits/ 64 <%s>; data = /incbin/("%s"); };\n' \
				"$i" "${loads[i]}" "${entries[i]}" "$(quoted "$(realpath "${guests[i]}")")"
			configs+="vm$i { kernel = \"vm$i-kernel\";"
			if [ "${initrds[i]}" != - ]; then
				printf 'vm%d-ramdisk { type = "ramdisk"; os = "linux"; arch = "riscv"; compression = "none"; data = /incbin/("%s"); };\n' \
					"$i" "$(quoted "$(realpath "${initrds[i]}")")"
				configs+=" ramdisk = \"vm$i-ramdisk\";"
			fi
			configs+=$' };\n'
		done
		printf '}; configurations { default = "vm0";\n%s}; };\n' "$configs"
	} >"$its"
	dtc -q -I dts -O dtb -o "$TMP/guests.itb" "$its" || die "dtc could not build the FIT image"
	echo "$TMP/guests.itb"
}

# Do all guests have the header of a Linux Image (Documentation/arch/riscv/boot-image-header.rst)?
all_linux() { # kernels in guests[]
	local g
	for g in "${guests[@]}"; do
		[ "$(dd if="$g" bs=1 skip=56 count=3 2>/dev/null | tr -d '\0')" = RSC ] || return 1
	done
	[ ${#guests[@]} -gt 0 ]
}

# Is the one guest a payload as it is: no ramdisk, no addresses of an ELF file?
one_file() {
	[ ${#guests[@]} = 1 ] && [ "${initrds[*]:--}" = - ] &&
		[ "$((${loads[0]:-0} | ${entries[0]:-0}))" = 0 ]
}

# A console that the guest has not leaves Linux silent.
warn_console() { # the guest's boot arguments
	if [[ " $1" == *" console="* ]] && all_linux &&
		! [[ " $1 " =~ \ console=(ttyS0|uart8250)[,\ ] ]]; then
		say "warning: console= in APPEND: a guest's serial port is ttyS0" \
			"(hvc0 needs HVC_RISCV_SBI, which Debian's kernel has not)"
	fi
}
