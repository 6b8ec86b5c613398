#!/bin/bash
# SPDX-License-Identifier: MIT
# fetchers.sh - all of scripts/fetch/ keep the protocol at the head of fetch_lib.sh. Nothing is
# fetched.
. "$(dirname "$0")/lib.sh"

OUT=$WORK/out
unset LIBFDT_SRC OPENSBI_SRC KERNEL_SUITE OFFLINE
REAL=$(. scripts/lib.sh && echo "$CACHE")
# A system where nothing is installed that they would name, and one without apt as well.
mkdir "$WORK/bin" "$WORK/no_apt"
for dir in /usr/sbin /usr/bin /sbin /bin; do
	ln -s $dir/* "$WORK/bin/" 2>/dev/null
done
rm -f "$WORK"/bin/{herd7,qemu-system-riscv64}
cp -P "$WORK"/bin/* "$WORK/no_apt" && rm -f "$WORK"/no_apt/apt*

ask() { # PATH, arguments of env: the script with its options last; $OUT has both streams, $WORK/words standard output
	env -u OLDPWD PATH="$1" "${@:2}" </dev/null >"$WORK/words" 2>"$WORK/said"
	STATUS=$?
	cat "$WORK/words" "$WORK/said" >"$OUT"
}

# An answer that is none: nothing on standard output.
refused() { # name, status, pattern of what is said
	if [ -s "$WORK/words" ]; then fail "$1" "it prints words"; else expect "$1" "$2" "${3:-}"; fi
}

# Lines NAME=file, and each file is there.
words_are_right() {
	local line name file
	while read -r line; do
		name=${line%%=*}
		[[ $name =~ ^[A-Z0-9_]+$ ]] && eval "file=${line#*=}" && [ -e "$file" ] || return
	done <"$WORK/words"
	[ -s "$WORK/words" ]
}

cat >"$WORK/failing" <<-'END_OF_APT'
	#!/bin/sh
	# An apt whose archive is nowhere.
	case $* in
	*indextargets*) echo "Debian main file:///nonexistent/" ;;
	*) echo "E: planned" >&2 && exit 100 ;;
	esac
END_OF_APT
chmod +x "$WORK/failing"
mkdir "$WORK/bad_apt"
cp -P "$WORK"/bin/* "$WORK/bad_apt"
for tool in apt-get apt-cache; do
	ln -sf "$WORK/failing" "$WORK/bad_apt/$tool"
done

for script in scripts/fetch/*.sh; do
	[ -x "$script" ] || continue # fetch_lib.sh
	x=$(basename "$script" .sh)
	empty=DORMOUSE_CACHE=$WORK/empty-$x
	ask "$PATH" "$PWD/$script" --help
	expect "${x}_helps" 0 "^  scripts/fetch/$x.sh .*\[--where\]"
	ask "$PATH" "$empty" $script --nonsense
	refused "${x}_refuses_other_options" 2 "^fetch-$x: usage: scripts/fetch/$x.sh .*\[--where\]"

	ask "$PATH" DORMOUSE_CACHE="$REAL" OFFLINE=1 $script
	if [ $STATUS = 0 ]; then
		verify "${x}_prints_what_is_there" "not lines NAME=file" words_are_right
	fi

	ask "$WORK/bin" "$empty" $script --where
	if [ $STATUS = 0 ]; then
		echo "SKIP ${x}_not_there: this system has its own"
		continue
	fi
	refused "${x}_where_says_no" 77
	verify "${x}_where_says_nothing" "it does" [ ! -s "$OUT" ]
	ask "$WORK/bin" "$empty" OFFLINE=1 $script
	refused "${x}_offline_says_why" 77 "^fetch-$x: .* is not there, and OFFLINE is set: unset it, or "
	ask "$WORK/no_apt" "$empty" $script
	refused "${x}_needs_apt" 77 "^fetch-$x: .* needs apt and dpkg; else "
	verify "${x}_leaves_no_cache" "there is one" [ ! -e "${empty#*=}" ]
	ask "$WORK/bin" DORMOUSE_CACHE=/dev/null/x $script
	refused "${x}_needs_a_cache" 2 '^fetch-.*: cannot write /dev/null/x: set DORMOUSE_CACHE'
	[ "$x" != qemu ] || grep -q bookworm /etc/os-release || continue # it would say that it cannot
	ask "$WORK/bad_apt" "$empty" $script
	refused "${x}_fails_with_1" 1 "planned|/nonexistent/"
	verify "${x}_leaves_no_half" "$(ls "${empty#*=}")" [ -z "$(find "${empty#*=}" -type f ! -name '*.lock')" ]
done

# What is printed can be read again, whatever the cache is called.
cache="$WORK/a 'cache'"
mkdir -p "$cache/linux/modules" && echo x >"$cache/linux/Image" && cp /bin/true "$cache/linux/busybox"
ask "$PATH" DORMOUSE_CACHE="$cache" scripts/fetch/linux.sh --where
refused older_modules_are_not_enough 77
touch "$cache/linux/modules/21-e1000e.ko"
ask "$PATH" DORMOUSE_CACHE="$cache" scripts/fetch/linux.sh --where
verify words_are_quoted "they are not" words_are_right
ask "$PATH" DORMOUSE_CACHE="$cache" scripts/fetch/linux.sh --new --where
refused another_kernel_is_not_there 77
ask "$PATH" KERNEL_SUITE='../x' scripts/fetch/linux.sh --where
refused not_a_suite 2 '^fetch-linux: KERNEL_SUITE=../x is not the name of a suite'
ask "$PATH" LIBFDT_SRC=hyp scripts/fetch/libfdt.sh
refused not_libfdt 2 "^fetch-libfdt: LIBFDT_SRC=hyp is not a directory with libfdt's sources"
ask "$PATH" DORMOUSE_CACHE="$WORK/empty" LIBFDT_SRC="$REAL/libfdt" OFFLINE=1 scripts/fetch/libfdt.sh
expect libfdt_that_is_named 0 '^LIBFDT_SRC='
exit $failed
