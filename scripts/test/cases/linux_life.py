#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_life - reboot comes back, a panic ends the run with 1; typing is not lost, Ctrl-C reaches the guest; idle states and statistics. machines: all"""
import re
import string
import time

from linux_lib import Linux, Lost, check, debian, finish, initramfs

IDLE = "/sys/devices/system/cpu/cpu0/cpuidle"


def typing(g):
    text = "".join(string.ascii_letters[i % 52] for i in range(900))
    g.send("cat >/tmp/typed\n" + "\n".join(text[i:i + 60] for i in range(0, 900, 60)) + "\n\x04")
    g.expect(r"guest# ")
    g.run("echo -n")
    check("typing_loses_nothing", g.run("tr -d '\\n' </tmp/typed").strip() == text, "the file differs")
    g.send("sleep 1000\n")
    time.sleep(1)
    g.send("\x03")
    g.expect(r"guest# ", 10)
    check("ctrl_c_reaches_the_guest", g.run("echo alive").strip() == "alive", "no shell")


def idle(g):
    g.run("sleep 3")
    names = g.run(f"cat {IDLE}/state*/name").split()
    usage = [int(n) for n in g.run(f"cat {IDLE}/state*/usage").split()]
    rejected = [int(n) for n in g.run(f"cat {IDLE}/state*/rejected").split()]
    check("cpuidle_uses_both_suspend_states", len(names) == 3 and usage[1] > 0 and usage[2] > 0, f"{names} {usage}")
    check("cpuidle_is_never_rejected", not any(rejected), f"{rejected}")


def statistics(g):
    data = g.statistics()
    check("statistics_by_key", len(data["vcpus"]) == 4 and all(v["exits"]["ecall"] and v["exits"]["interrupt"] and v["ran_us"] for v in data["vcpus"])
          and any(v["exits"]["mmio"] for v in data["vcpus"]), str(data))


def main():
    found = debian()
    initrd = initramfs(found["BUSYBOX"])
    try:
        with Linux("life", found, initrd, limit=240, vcpus=4, harts=4, hypargs="stats=1") as g:
            typing(g)
            idle(g)
            statistics(g)
            g.send("reboot\n")
            g.expect("cold reboot", 20)
            g.wait_shell()
            check("reboot_comes_back", g.run("nproc").strip() == "4", "nproc")
            g.healthy("reboot_leaves_a_clean_log")
            g.send("echo c >/proc/sysrq-trigger\n")
            g.expect("Kernel panic")
            status = g.status()
            check("panic_ends_with_1", status == 1, f"status {status}")
            check("statistics_at_the_end", re.search(r'^stats: vm0 v3: .*\n\{"vms":\[\{"vm":"vm0","boots":2', g.text, re.M) is not None, "none")
    except Lost:
        pass
    finish()


main()
