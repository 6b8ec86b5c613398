#!/bin/bash
# SPDX-License-Identifier: MIT
# no_h.sh - on a machine without the H extension the hypervisor says so, and which flag of QEMU turns it on.
. "$(dirname "$0")/lib.sh"

boot QEMUFLAGS='-cpu rv64,h=false'
expect no_h_names_the_flag 1 'h=true'
exit $failed
