# SPDX-License-Identifier: MIT
# lib.sh - what the shell scripts here share; sourced, not run.

# Downloads live outside the build folder, so that `make clean` or a second clone does not fetch them again.
CACHE=${DORMOUSE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dormouse}

ME=${0##*/}

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

# --help prints the comment at the head of the script, which has come here by `cd "$(dirname "$0")/.."`.
case ${1:-} in
-h | --help)
	cd "$OLDPWD" && sed -n '4,/^[^#]/s/^# \{0,1\}//p' "$0"
	exit
	;;
esac

# Shows on standard error that what writes the lines of standard input goes on, as scripts/progress
# says.
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
	have "$QEMU" || die "no $QEMU on this machine: scripts/setup run installs QEMU, QEMU=... names another"
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

# The base URIs of Debian's main archive as this machine's own apt knows them, one per line, each ending in '/'.
# Only apt's own list says which of them are Debian's; before the first `apt-get update` it is empty, then the
# source files are read and the archive of security updates left out.
apt_bases() {
	local list
	list=$(apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' 2>/dev/null |
		awk '$1 == "Debian" && $2 == "main" { print $3 }')
	if [ -z "$list" ]; then
		list=$({
			cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
				sed -n 's/\[[^]]*\]//; s/^[[:space:]]*deb[[:space:]]\{1,\}//p' | awk '/ main/ { print $1 }'
			cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs:[[:space:]]*//p' | tr -s ' ' '\n'
		} | grep -v security | sed 's,/*$,/,')
	fi
	echo "$list" | awk 'NF && !seen[$0]++'
}

# apt's own downloader: it knows the machine's proxy and credentials. root may drop to a user who cannot write here.
apt_download_file() { # uri destination sha256
	/usr/lib/apt/apt-helper -q -o APT::Sandbox::User=root -o Acquire::Retries=2 download-file "$1" "$2" "SHA256:$3"
}

# A private apt in @dir, an empty directory, for one suite and architecture: nothing of this machine's packages is in it. Sets
# APT_CONFIG; fails with the reason in $why. The lists are checked with Debian's keyring.
private_apt() { # dir base suite architecture
	local keys=/usr/share/keyrings/debian-archive-keyring.gpg
	why="no $keys: install the package debian-archive-keyring"
	[ -f $keys ] || return 1
	mkdir -p "$1/parts" "$1/state/lists/partial" "$1/cache/archives/partial" "$1/debs"
	: >"$1/status"
	echo "deb [arch=$4 signed-by=$keys] $2 $3 main" >"$1/sources.list"
	cat >"$1/apt.conf" <<-END
		APT::Architecture "$4";
		APT::Architectures { "$4"; };
		APT::Sandbox::User "root";
		Dir::Etc::sourcelist "$1/sources.list";
		Dir::Etc::sourceparts "$1/parts";
		Dir::Etc::preferencesparts "$1/parts";
		Dir::State "$1/state";
		Dir::State::status "$1/status";
		Dir::Cache "$1/cache";
		Acquire::Languages "none";
		Acquire::Retries "1";
		Acquire::http::Timeout "20";
	END
	export APT_CONFIG=$1/apt.conf
	watched "apt's lists" "$1/log" apt-get -q update && ! grep -q '^E:\|^Err:' "$1/log" && return
	why=$(apt_reason "$1")
	return 1
}

# Why the apt of private_apt failed, in one line.
apt_reason() { # dir
	grep -m1 '^E:' "$1/log" || grep -m1 '^W:' "$1/log" || tail -n 1 "$1/log"
}
