#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_suspend - `echo mem > /sys/power/state` and back: 20 cycles (QUICK=1: 4), by wake-after; and by a key. machines: all"""
import time

from linux_lib import FULL, Linux, Lost, check, debian, finish, initramfs

CYCLES = 20 if FULL else 4
WAKE_MS = 300
# Linux looks once whether a CPU that is going offline has stopped, and goes on if not. Then SUSP is
# DENIED, rightly, and the shell says "Operation not permitted".
SCRIPT = """#!/bin/sh
for i in $(seq $1); do
	echo mem >/sys/power/state || echo mem >/sys/power/state || exit 1
	[ $(nproc) = $2 ] || exit 2
done
"""


def seconds(g):
    return float(g.run("cat /proc/uptime").split()[-2])


def clocks(g, name):
    """A second of the guest is a second, and its time has not jumped."""
    before, start = seconds(g), time.monotonic()
    g.run("sleep 2")
    guest, host = seconds(g) - before, time.monotonic() - start
    check(name, 1.9 < guest < host + 1, f"the guest slept 2 s in {guest:.2f} of its seconds and {host:.2f} real ones")


def by_time(found, initrd):
    with Linux("suspend", found, initrd, limit=240, vcpus=4, harts=4, log="info", hypargs=f"wake-after={WAKE_MS}") as g:
        check("suspend_is_deep", "[deep]" in g.run("cat /sys/power/mem_sleep"), "mem_sleep")
        g.run(f"suspend {CYCLES} 4", 200)
        check(f"suspend_{CYCLES}_cycles_and_all_vcpus_back", g.text.count("woken by wake-after") == CYCLES,
              f"{g.text.count('woken by wake-after')} wakes")
        clocks(g, "suspend_leaves_the_clock_sane")
        g.healthy("suspend_leaves_a_clean_log")
        g.send("poweroff\n")
        check("suspend_ends_with_0", g.status() == 0, "not 0")


def by_key(found, initrd):
    with Linux("wake-by-key", found, initrd, vcpus=2, harts=2, log="info") as g:
        for _ in range(2):
            g.send("suspend 1 2; echo \"=\"=$?\n")
            g.expect(r"suspended; resumes at")
            time.sleep(1)
            if not check("suspend_lasts_until_a_key", "woken" not in g.text[g.at:], "woke by itself"):
                return
            g.send("\n")
            g.expect("woken by a key")
            check("suspend_ends_with_a_key", g.expect(r"==(\d+)\n")[1] == "0", "both vCPUs did not come back")
        g.healthy("wake_by_key_leaves_a_clean_log")
        g.send("poweroff\n")
        check("wake_by_key_ends_with_0", g.status() == 0, "not 0")


def main():
    found = debian()
    initrd = initramfs(found["BUSYBOX"], {"bin/suspend": SCRIPT})
    for part in by_time, by_key:
        try:
            part(found, initrd)
        except Lost:
            pass
    finish()


main()
