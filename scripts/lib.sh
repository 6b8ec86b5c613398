# SPDX-License-Identifier: MIT
# lib.sh - what the shell scripts here share; sourced, not run.

# Downloads live outside the build folder, so that `make clean` or a second clone does not fetch them again.
CACHE=${DORMOUSE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dormouse}

# How messages name the script: race_bare.sh is race-bare, as in `make race-bare`.
ME=${0##*/} ME=${ME%.sh} ME=${ME//_/-}

say() {
	echo "$ME: $*" >&2
}

# One line, status 2: something about the request or the machine is wrong, not the hypervisor.
die() {
	say "$*"
	exit 2
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# --help prints the comment at the head of the script, which has come here by a cd from its own
# folder.
case ${1:-} in
-h | --help)
	cd "$OLDPWD" && sed -n '4,/^[^#]/s/^# \{0,1\}//p' "$0"
	exit
	;;
esac

# Shows on standard error that what writes the lines of standard input goes on, as
# scripts/progress.sh says.
show_progress() { # what, anything: print the lines, too
	local line last='' next=5
	SECONDS=0
	while :; do
		if IFS= read -r -t 1 line; then
			last=$line
			[ -z "${2:-}" ] || printf '%s\n' "$line"
		elif [ $? -le 128 ]; then
			break
		fi
		if [ -t 2 ]; then
			printf '\r\033[K%.79s' "$1: $last" >&2
		elif ((SECONDS >= next)); then
			printf '%.79s\n' "$1 ($SECONDS s): $last" >&2
			next=$((SECONDS + 5))
		fi
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# A command whose output goes to a file, and whose last line is shown while it runs.
watched() { # what, file, command...
	local what=$1 log=$2
	shift 2
	"$@" 2>&1 | tee "$log" | show_progress "$what"
	return "${PIPESTATUS[0]}"
}

check_file() { # what, file
	[ -e "$2" ] || die "$1=$2: no such file; relative names start from $PWD"
	[ -f "$2" ] && [ -r "$2" ] || die "$1=$2: not a file that can be read"
	[ -s "$2" ] || die "$1=$2: the file is empty"
}

# QEMU and BIOS, each set: can they be used at all?
check_machine() {
	have "$QEMU" || die "no $QEMU on this machine:" \
		"scripts/setup.sh run installs QEMU, QEMU=... names another"
	[ "$BIOS" = default ] || check_file BIOS "$BIOS"
}

# Prints the command prefix that makes the rest run as root; fails when there is none.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		echo env
	elif have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
		echo sudo
	else
		return 1
	fi
}
