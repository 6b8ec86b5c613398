#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""debian - what `make debian` boots: a Debian on a disk, with a network; what is written stays over a
reboot, a suspend comes back, poweroff ends with 0."""
import os
import subprocess
import time

from linux_lib import RUNDIR, Linux, Lost, check, debian, finish, setting, skip

PING = "ping -c 2 10.0.2.2"


class Debian(Linux):
    first_prompt = r"root@debian:~# "

    def __init__(self, name, found, disk, **env):
        # A disk of its own, and the script's own initramfs.
        super().__init__(name, found, "", argv=["scripts/run/debian.sh"], disk=disk, modules=found["MODULES"], **env)


def main():
    found = debian()
    if "MODULES" not in found:
        skip("no modules of this kernel")
    os.makedirs(RUNDIR, exist_ok=True)
    disk = os.path.join(RUNDIR, "debian.ext4")
    subprocess.run(["cp", "--sparse=always", setting("debian")["DEBIAN"], disk], check=True)
    try:
        with Debian("debian", found, disk, limit=400, boot=100, harts=2, vcpus=2, hypargs="wake-after=1500") as g:
            check("debian_13", g.run("cat /etc/debian_version").strip().startswith("13"), "another")
            check("packages_are_known", int(g.run("dpkg -l | grep -c ^ii")) > 80, "fewer")
            check("clock_is_right", abs(int(g.run("date +%s")) - time.time()) < 60, "wrong")
            check("ping", "2 received" in g.run(PING), "no answers")
            g.run("seq 1 200000 >numbers; sha256sum numbers >sum; sync", 60)
            g.run("echo mem >/sys/power/state", 60)
            check("after_a_suspend_disk_and_network", "2 received" in g.run(PING) and "OK" in g.run("sha256sum -c sum"), "no")
            g.send("reboot\n")
            g.expect("reboot \\(number", 60)
            g.wait_shell()
            check("what_was_written_stays", "OK" in g.run("sha256sum -c sum", 60), "another sum")
            check("python_runs", g.run("python3 -c 'print(6*7)'", 60).strip() == "42", "no")
            g.healthy("log_is_clean")
            g.send("poweroff\n")
            status = g.status(60)
            check("poweroff_ends_with_0", status == 0, f"status {status}")
    except Lost:
        pass
    os.remove(disk)
    finish()


if __name__ == "__main__":
    main()
