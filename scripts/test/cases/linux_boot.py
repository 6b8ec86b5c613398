#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_boot - Debian's kernel to a shell with 1, 4 and 8 vCPUs on 1, 2 and 4 harts. machines: all

QUICK=1: only those that no other linux_*.py boots anyway.
"""
import os

from linux_lib import FULL, Linux, Lost, check, debian, finish, initramfs

# vCPUs, harts
MACHINES = [(1, 1), (8, 1), (1, 4)]
MORE = [(4, 1), (1, 2), (4, 2), (8, 2), (4, 4), (8, 4)]


def one(found, initrd, vcpus, harts, **more):
    name = f"boot-{vcpus}-on-{harts}" + "".join(f"-in-{size}" for size in more.values())
    try:
        with Linux(name, found, initrd, vcpus=vcpus, harts=harts, **more) as g:
            check(f"{name}_is_on_the_right_machine", ("sstc=off" in os.environ.get("QEMUFLAGS", "")) == ("Sstc no," in g.text), "Sstc")
            cpus = g.run("nproc").strip().splitlines()[-1]
            check(f"{name}_sees_its_vcpus", cpus == str(vcpus), f"nproc says {cpus}")
            speed = g.run("stty speed").split()[-1]
            check(f"{name}_console_is_fast", speed == "115200", f"{speed} baud")
            interrupts = g.run("cat /proc/interrupts")
            check(f"{name}_has_timer_interrupts", "riscv-timer" in interrupts and f"CPU{vcpus - 1}" in interrupts, interrupts)
            g.healthy(f"{name}_has_a_clean_log")
            g.send("poweroff\n")
            status = g.status()
            check(f"{name}_powers_off_with_0", status == 0, f"status {status}")
    except Lost:
        pass


def main():
    found = debian()
    initrd = initramfs(found["BUSYBOX"])
    for machine in MACHINES + (MORE if FULL else []):
        one(found, initrd, *machine)
    # Too small for the pool of 128 MiB that a newer kernel would like: it has to go on without, as on the bare machine.
    one(found, initrd, 2, 2, mem="192M")
    finish()


main()
