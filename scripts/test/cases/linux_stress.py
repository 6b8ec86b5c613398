#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_stress - 8 busy vCPUs on 2 harts, CPU and memory: the guest stays responsive and its kernel complains of nothing. machines: all"""
from linux_lib import FULL, Linux, Lost, check, debian, finish, initramfs

SECONDS = 60 if FULL else 12
SCRIPT = """#!/bin/sh
end=$(($(cut -d. -f1 /proc/uptime) + $1))
for i in 1 2 3 4 5 6; do
	while [ $(cut -d. -f1 /proc/uptime) -lt $end ]; do :; done &
done
for i in 1 2 3; do
	while [ $(cut -d. -f1 /proc/uptime) -lt $end ]; do
		dd if=/dev/urandom of=/tmp/$i bs=64k count=64 2>/dev/null
		cp /tmp/$i /tmp/copy$i
		cmp /tmp/$i /tmp/copy$i || exit 1
	done &
done
for p in $(jobs -p); do wait $p || exit 1; done
"""


def main():
    found = debian()
    initrd = initramfs(found["BUSYBOX"], {"bin/stress": SCRIPT})
    try:
        with Linux("stress", found, initrd, limit=240, vcpus=8, harts=2) as g:
            g.run(f"stress {SECONDS}", SECONDS + 100)
            check("stress_copies_are_equal", True)
            g.healthy("stress_leaves_a_clean_log")
            g.send("poweroff\n")
            check("stress_ends_with_0", g.status(30) == 0, "not 0")
    except Lost:
        pass
    finish()


main()
