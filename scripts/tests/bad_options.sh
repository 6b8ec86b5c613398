#!/bin/bash
# SPDX-License-Identifier: MIT
# bad_options.sh - a wrong option of the hypervisor is named, with what would be right; status 1.
. "$(dirname "$0")/lib.sh"

n=0
wrong() { # option, pattern
	n=$((n + 1))
	boot HYPARGS="$1"
	expect "option_$(echo "$1" | tr -c 'a-z0-9\n' _)" 1 "$2"
}
wrong vcpus=0 "vcpus=0.*1 to 64"
wrong vcpus=65 "vcpus=65.*1 to 64"
wrong vcpus=abc "vcpus=abc.*1 to 64"
wrong vcpus= "vcpus"
wrong mem=1K "mem=1K"
wrong mem=3000000000G "mem="
wrong log=loud "log=loud.*debug"
wrong nonsense=1 "unknown option 'nonsense=1'"
wrong nonsense "unknown option 'nonsense'"
boot MEM=4G HOSTMEM=256M
expect more_memory_than_the_host 1 'not enough host memory|memory'
boot MEM=64M HOSTMEM=64M
expect as_much_memory_as_the_host 1 'memory'
exit $failed
