#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""uboot - Debian's U-Boot for S-mode runs unmodified: to its prompt, a command, reset comes back, poweroff ends with 0. machines: all"""
from linux_lib import FULL, Lost, Machine, check, finish


def one(name, **env):
    try:
        with Machine(name, ["scripts/uboot"], limit=60, **env) as g:
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


def main():
    one("uboot", harts=1 if FULL else 2)
    finish()


main()
