#!/bin/bash
# SPDX-License-Identifier: MIT
#
# progress.sh - run a command that takes long, and show on standard error that it goes on.
#
#   scripts/progress.sh WHAT COMMAND...    COMMAND's standard output is only shown as progress
#   scripts/progress.sh -t WHAT COMMAND... the same; it is then printed as well
#
# On a terminal the last line of COMMAND stands in one line that is overwritten. Elsewhere a line
# comes every 5 seconds, so that what ends sooner is silent. The exit status is COMMAND's.
set -u
. "$(dirname "$0")/lib.sh" || exit 2

show=
if [ "${1:-}" = -t ]; then show=1 && shift; fi
[ $# -ge 2 ] || die "usage: scripts/progress.sh [-t] WHAT COMMAND..."
what=$1
shift
"$@" | show_progress "$what" $show
exit "${PIPESTATUS[0]}"
