#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_hotplug - every vCPU of a Linux guest is taken offline and brought back, again and again: 50 times (QUICK=1: 6). machines: all"""
from linux_lib import FULL, Linux, Lost, check, debian, finish, initramfs

CYCLES = 50 if FULL else 6
SCRIPT = """#!/bin/sh
# cycles: each takes every CPU but one offline and back
cd /sys/devices/system/cpu
for i in $(seq $1); do
	for c in cpu[0-9]*; do
		[ -f $c/online ] || continue
		echo 0 >$c/online || exit 1
		[ $(cat $c/online) = 0 ] || exit 2
		echo 1 >$c/online || exit 3
	done
done
"""


def main():
    found = debian()
    initrd = initramfs(found["BUSYBOX"], {"bin/hotplug": SCRIPT})
    try:
        with Linux("hotplug", found, initrd, limit=340, vcpus=4, harts=2) as g:
            g.run(f"hotplug {CYCLES}", 300)
            check(f"hotplug_{CYCLES}_cycles_of_every_vcpu", True)
            check("hotplug_brings_all_back", g.run("nproc").split()[-1] == "4", "nproc")
            g.healthy("hotplug_leaves_a_clean_log")
            g.send("poweroff\n")
            check("hotplug_ends_with_0", g.status() == 0, "not 0")
    except Lost:
        pass
    finish()


main()
