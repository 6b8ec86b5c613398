#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""uboot - Debian's U-Boot for S-mode runs unmodified: to its prompt, a command, reset comes back, poweroff ends with 0, a preloaded
kernel boots. machines: all"""
import os

from linux_lib import FULL, Lost, Machine, check, debian, finish, setting


def one(name, **env):
    try:
        with Machine(name, ["scripts/run/uboot.sh"], limit=60, **env) as g:
            g.expect("Hit any key", 40)
            g.send("\n")
            g.expect("^=> ")
            check(f"{name}_reaches_its_prompt", True)
            g.send("echo one two\n")
            g.expect("^one two\n")
            g.send("reset\n")
            g.expect("reboot", 10)
            g.expect("Hit any key", 40)
            g.send("\n")
            g.expect("^=> ")
            check(f"{name}_resets", True)
            g.send("poweroff\n")
            check(f"{name}_ends_with_0", g.status() == 0, "not 0")
    except Lost:
        pass


def preloaded():
    """A kernel of 30 MB as the ramdisk lies where U-Boot does not move itself to: what it starts from there is whole."""
    try:
        with Machine("uboot-ramdisk", ["scripts/run/uboot.sh"], limit=120, harts=1, mem="512M", hostmem="2G",
                     initrd=debian()["KERNEL"]) as g:
            g.expect("Hit any key", 40)
            g.send("\n")
            g.expect("^=> ")
            g.send("setenv bootargs console=ttyS0 panic=-1\n")
            g.expect("^=> ")
            # A copy: U-Boot writes to it, and of its own tree newer ones keep addresses inside.
            g.send("fdt move ${fdtcontroladdr} 0x88000000 0x10000\n")
            g.expect("^=> ")
            g.send("booti 0x90200000 - 0x88000000\n")
            g.expect("Starting kernel", 30)
            check("uboot_starts_what_was_preloaded", bool(g.expect(r"Linux version", 60)))
            check("and_it_finds_no_root", bool(g.expect(r"Unable to mount root fs|Kernel panic", 60)))
    except Lost:
        pass


def main():
    named = os.environ.get("UBOOT")
    uboot = {"UBOOT": named} if named else setting("uboot")
    if FULL:
        preloaded()
    one("uboot", **uboot, harts=1 if FULL else 2)
    finish()


main()
