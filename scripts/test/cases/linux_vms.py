#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_vms - two Linux guests in one FIT: one is suspended, rebooted and killed, and the other does not notice. machines: all"""
import re

from linux_lib import Lost, Machine, PROMPT, check, debian, finish, initramfs


class Pair(Machine):
    """Two guests; self.focus has the keys."""

    def __init__(self, found, initrd):
        super().__init__("vms", ["scripts/run/run.sh"], limit=240, guest=f"{found['KERNEL']} {found['KERNEL']}", initrd=f"{initrd} {initrd}",
                         vcpus=2, harts=2, mem="192M", hostmem="1G", log="info", append="console=ttyS0 quiet")
        self.focus = 0

    def to(self, vm):
        self.send(f"\x1d{vm}")
        self.expect(f"keys go to vm{vm} now")
        self.focus = vm

    def run(self, command, limit=20):
        self.send(f"{command}; echo \"=\"=$?\n")
        return self.expect(rf"^\[vm{self.focus}\] (?:.*\n)*?.*==(\d+)\n", limit)[0]

    def ready(self, vm, limit=60):
        self.expect(rf"^\[vm{vm}\] .*{PROMPT}", limit)


def isolation(g):
    """What another VM or the hypervisor owns is no memory here: /dev/mem shows nothing of it."""
    for address in "0x8c000000", "0x90000000", "0xa0000000", "0x40000000":
        g.send(f"devmem {address} 32; echo \"=\"=$?\n")
        status = g.expect(r"==(\d+)\n")[1]
        check(f"vm0_cannot_read_{address}", status != "0", f"devmem {address} succeeded")


def life(g):
    g.expect(rf"(?:.*\n)*?.*{PROMPT}", 90)
    while not all(f"[vm{i}] " in g.text and g.text.count(PROMPT) >= 2 for i in (0, 1)):
        g.expect(PROMPT, 60)
    check("both_guests_boot", True)
    g.run("stty -echo; (while :; do echo tick >>/tmp/ticks; sleep 1; done) & true")
    isolation(g)
    g.to(1)
    g.run("stty -echo; true")
    g.send("echo mem >/sys/power/state\n")
    g.expect(r"suspended; resumes")
    g.to(0)
    ticks = g.run("sleep 2; wc -l </tmp/ticks")
    check("vm0_runs_while_vm1_is_suspended", "==0" in ticks and "woken" not in g.text, ticks)
    g.to(1)
    g.send("\n")
    g.expect("vm1: woken by a key")
    check("vm1_wakes_by_its_key", "==0" in g.run("true"), "no")
    g.send("reboot\n")
    g.expect("vm1: cold reboot", 30)
    g.ready(1)
    check("vm1_reboots", True)
    g.send("timeout 6 yes a flood of lines on the console\n")
    g.expect("a flood")
    g.to(0)
    answer = g.run("nproc && sleep 1", 10)
    check("vm0_answers_while_vm1_floods_the_console", "==0" in answer and "a flood" in answer, answer[:200])
    g.to(1)
    g.send("echo c >/proc/sysrq-trigger\n")
    g.expect("vm1: warm reboot, which", 30)
    g.expect("keys go to vm0 now")
    g.focus = 0
    check("vm0_outlives_vm1", "==0" in g.run("uptime && nproc"), "no")
    log = g.run("dmesg | grep -c -i 'warning\\|rcu.*stall\\|lockup'")
    check("vm0_has_a_clean_log", "==1" in log, log)
    g.send("poweroff\n")
    status = g.status()
    check("one_killed_vm_makes_status_1", status == 1, f"status {status}")
    lines = re.findall(r'^\{"vms":\[\{"vm":"vm0",.*\{"vm":"vm1",.*\]\}$', g.text, re.M)
    check("one_line_of_statistics_for_both", len(lines) == 1, f"{len(lines)} lines")


def main():
    found = debian()
    try:
        with Pair(found, initramfs(found["BUSYBOX"])) as g:
            life(g)
    except Lost:
        pass
    finish()


main()
