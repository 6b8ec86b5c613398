#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_serial - the serial port's interrupt: a long paste arrives whole, the last lines before power-off, too. machines: all"""
import random
import re
import zlib

from linux_lib import Linux, Lost, check, debian, finish, initramfs

LINES = 500


def pasted():
    random.seed(1)
    letters = "abcdefghijklmnopqrstuvwxyz 0123456789"
    return "".join("".join(random.choices(letters, k=79)) + "\n" for _ in range(LINES // 4))  # 10 KB


def main():
    found = debian()
    initrd = initramfs(found["BUSYBOX"])
    try:
        with Linux("serial", found, initrd, limit=240) as g:
            line = g.run("grep ttyS0 /proc/interrupts")
            check("the_port_has_an_interrupt", "PLIC" in line and " 10 " in line, line)
            text = pasted()
            g.send("cat >/tmp/pasted\n")
            g.send(text + "\x04")
            g.expect(r"guest# ", 60)
            g.run("echo -n")
            got = g.run("gzip -c /tmp/pasted | tail -c8 | od -An -tx4").split()
            want = [f"{zlib.crc32(text.encode()):08x}", f"{len(text):08x}"]
            check("a_long_paste_arrives_whole", got == want, f"checksum and size are {got}, not {want}")
            count = int(g.run("grep ttyS0 /proc/interrupts | tr -s ' ' | cut -d' ' -f3"))
            check("it_came_by_interrupts", count > 10, f"{count} interrupts")
            g.send(f"seq 1 {LINES} | sed 's/^/line of some length, which takes its time at any speed: /'; poweroff -f\n")
            status = g.status()
            check("power_off_ends_with_0", status == 0, f"status {status}")
            rows = [int(n) for n in re.findall(r"at any speed: (\d+)", g.text)]
            check("the_last_lines_are_not_lost", rows == list(range(1, LINES + 1)), f"{len(rows)} of {LINES}")
    except Lost:
        pass
    finish()


if __name__ == "__main__":
    main()
