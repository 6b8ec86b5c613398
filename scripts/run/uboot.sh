#!/bin/bash
# SPDX-License-Identifier: MIT
#
# uboot.sh - boot Debian's U-Boot for S-mode as the guest, to its prompt; `make uboot` calls it after building.
#
#   UBOOT    another u-boot.bin than the one of scripts/fetch/uboot.sh; everything else as in scripts/run/run.sh
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2

if [ -z "${UBOOT:-}" ]; then
	found=$(scripts/fetch/uboot.sh) || exit 2
	eval "$found"
fi
export GUEST=$UBOOT VCPUS=${VCPUS:-1}
exec scripts/run/run.sh "$@"
