#!/bin/bash
# SPDX-License-Identifier: MIT
# bad_options.sh - a wrong option of the hypervisor is named, with what would be right; status 2.
. "$(dirname "$0")/lib.sh"

n=0
wrong() { # option, pattern
	n=$((n + 1))
	boot HYPARGS="$1"
	expect "option_$(echo "$1" | tr -c 'a-z0-9\n' _)" 2 "$2"
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
# Some of it is the firmware's, the hypervisor's, the payload's.
boot MEM=156M HOSTMEM=160M
expect too_little_is_free 1 'memory for mem=156M .*[(](1[0-4][0-9]|15[0-5]) MiB'

# What is right and names what is not there is said, and left out.
names() { # name, pattern, settings
	local name=$1 pattern=$2
	shift 2
	boot GUEST="$O/guest/test.bin" APPEND=test=base_probe "$@"
	expect "$name" 0 "$pattern"
}
names affinity_of_a_hart_that_is_not_there 'affinity=.*vCPU 1.*2 harts' HYPARGS=affinity=0:0,1:1,1:2
names affinity_of_a_vcpu_that_is_not_there 'affinity=.*vCPU 9.*4 vCPUs' HYPARGS=affinity=9:0
names more_harts_than_there_are 'harts=9.*2 harts' HYPARGS=harts=9
names affinity_of_those_that_are_there 'PASS base_probe' HYPARGS='harts=2 affinity=0:0,3:1'
exit $failed
