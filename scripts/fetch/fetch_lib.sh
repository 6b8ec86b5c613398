# SPDX-License-Identifier: MIT
# fetch_lib.sh - what the scripts of this folder share; sourced, after lib.sh. First of all their
# protocol:
#
#   scripts/fetch/X.sh           fetch X into the cache unless it is there, then print where it is
#   scripts/fetch/X.sh --where   print where it is if it is there; fetch nothing, say nothing
#   scripts/fetch/X.sh --help    what it is, how much it is, and what else it takes
#
# Standard output has lines NAME=value and nothing else, quoted for the shell: eval reads them, and
# so does scripts/progress.py. All else, also progress, goes to standard error. What the system has
# installed, or the user names in a setting, is there.
#
# Exit status: 0 it is there, 1 fetching has failed, 2 an option or a setting is wrong, 77 it is not
# there and cannot be fetched here: --where, OFFLINE=1, or a system that is not Debian. With 1, 2
# and 77, but for --where, the last line on standard error says why.
#
#   OFFLINE=1            fetch nothing
#   DORMOUSE_CACHE=dir   where to keep it (else $XDG_CACHE_HOME/dormouse or ~/.cache/dormouse)
#
# Nothing is installed. What is fetched appears in its place by one rename; an interrupted run
# leaves no half of it. Of several at once one fetches, the others wait for it.
#
# A script sets WHAT, its name in messages, ELSE, what the user can do instead, and OPTIONS, if it
# takes more; it has a function where(), which prints or fails.

ME=fetch-$ME # else messages and locks would not say which linux it is
KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

unavailable() {
	say "$*"
	exit 77
}

failed() {
	say "$*"
	exit 1
}

# One line of standard output.
found() { # name, value
	printf '%s=%q\n' "$1" "$2"
}

# Answers what can be answered without fetching; returns when X has to be fetched. Then $T is an
# empty directory in the cache, and $base the URI of the Debian archive that this machine uses.
fetch_begin() { # the script's arguments
	local word look=
	for word; do
		case " --where ${OPTIONS:-} " in
		*" $word "*) [ "$word" != --where ] || look=1 ;;
		*) die "usage: scripts/fetch/${0##*/}${OPTIONS:+ [$OPTIONS]} [--where]" ;;
		esac
	done
	if where; then exit 0; fi
	[ -z "$look" ] || exit 77
	[ -z "${OFFLINE:-}" ] || unavailable "$WHAT is not there, and OFFLINE is set: unset it, or $ELSE"
	have apt-get && have dpkg-deb || unavailable "fetching $WHAT needs apt and dpkg; else $ELSE"
	base=$(apt_bases | head -n 1)
	[ -n "$base" ] || unavailable "no Debian archive in this machine's apt sources"
	[ -f $KEYS ] || unavailable "no $KEYS: install the package debian-archive-keyring"
	mkdir -p "$CACHE" 2>/dev/null && T=$(mktemp -d "$CACHE/tmp.XXXXXX" 2>/dev/null) ||
		die "cannot write $CACHE: set DORMOUSE_CACHE to a directory that can be written"
	trap 'rm -rf "$T"' EXIT
	exec 9>"$CACHE/$ME.lock"
	flock 9
	if where; then exit 0; fi
}

# The end of a script: what it has fetched must be there now.
fetch_end() {
	where || failed "fetched, but it does not hold what it used to"
	exit 0
}

# The base URIs of Debian's main archive as this machine's own apt knows them, one per line, each
# ending in '/'. Only apt's own list says which of them are Debian's; before the first `apt-get
# update` it is empty, then the source files are read and the archive of security updates left out.
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

# A file of Debian's archive, checked by its sum, by apt's own downloader: that knows the machine's
# proxy and credentials. root may drop to a user who cannot write here. Fails with $why.
apt_file() { # path in the archive, destination, sha256
	local uri
	why="no /usr/lib/apt/apt-helper on this machine"
	[ -x /usr/lib/apt/apt-helper ] || return 1
	for uri in $(apt_bases); do
		watched "$WHAT" "$T/log" /usr/lib/apt/apt-helper -q -o APT::Sandbox::User=root \
			-o Acquire::Retries=2 download-file "$uri$1" "$2" "SHA256:$3" && return
		why="$uri$1: $(apt_reason)"
	done
	return 1
}

# A private apt in $T for one suite and architecture: nothing of this machine's packages is in it.
# Sets APT_CONFIG; fails with $why. The lists are checked with Debian's keyring.
private_apt() { # suite, architecture
	rm -rf "${T:?}"/*
	mkdir -p "$T/parts" "$T/state/lists/partial" "$T/cache/archives/partial" "$T/debs" "$T/unpacked"
	: >"$T/status"
	echo "deb [arch=$2 signed-by=$KEYS] $base $1 main" >"$T/sources.list"
	cat >"$T/apt.conf" <<-END
		APT::Architecture "$2";
		APT::Architectures { "$2"; };
		APT::Sandbox::User "root";
		Dir::Etc::sourcelist "$T/sources.list";
		Dir::Etc::sourceparts "$T/parts";
		Dir::Etc::preferencesparts "$T/parts";
		Dir::State "$T/state";
		Dir::State::status "$T/status";
		Dir::Cache "$T/cache";
		Acquire::Languages "none";
		Acquire::Retries "1";
		Acquire::http::Timeout "20";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
	END
	export APT_CONFIG=$T/apt.conf
	apt_update "$1"
}

# The lists, of all suites that the configuration names; fails with $why.
apt_update() { # what they are of, apt's options
	local suite=$1
	shift
	watched "lists of $suite" "$T/log" apt-get -q "$@" update && ! grep -q '^E:\|^Err:' "$T/log" && return
	why="the lists of $suite cannot be read: $(apt_reason)"
	return 1
}

# Packages into $T/debs, with more options of apt; fails with $why.
APT_OPTIONS=()
apt_download() { # package...
	(cd "$T/debs" && watched "$WHAT" "$T/log" apt-get -q "${APT_OPTIONS[@]}" download "$@") && return
	why="download failed: $(apt_reason)"
	return 1
}

# Why apt failed, in one line.
apt_reason() {
	grep -m1 '^E:' "$T/log" || grep -m1 '^W:' "$T/log" || tail -n 1 "$T/log"
}
