#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_pci - a disk and a network card behind the machine's PCIe bridge, in a Linux guest: what is
read is right, by interrupts of INTx, also over suspends and reboots; a device that is about to write
to memory when its VM reboots does not. machines: all"""
import hashlib
import os
import random
import re
import time

from linux_lib import FULL, RUNDIR, Linux, Lost, check, debian, finish, initramfs, skip

SIZE = 8 << 20
HOSTMEM = 2 << 30
RAM = 0x80000000  # where QEMU's virt has its memory
TIMES = 3 if FULL else 1
READ = "dd if=/dev/vda bs=64k 2>/dev/null | sha256sum"
BUSY = "(while :; do dd if=/dev/vda of=/dev/null bs=4k iflag=direct 2>/dev/null; done) & ping -i 0.01 10.0.2.2 >/dev/null & true"


def reads(g, want):
    g.run("echo 3 >/proc/sys/vm/drop_caches")
    return want in g.run(READ, 60)


def pings(g):
    return "3 packets received" in g.run("ping -c 3 10.0.2.2 | cat")


class Edu:
    """QEMU's device for teaching. A transfer to memory happens 100 ms after it is asked for, so there
    is time to reboot in between."""

    def __init__(self, g, ram):
        self.g, self.ram = g, ram  # a file with the machine's memory

    def begin(self):
        """After each boot: find it, let it answer and write to memory. Linux has no driver for it."""
        g = self.g
        path = g.run("grep -l 0x11e8 /sys/bus/pci/devices/*/device").split()[-1][:-len("/device")]
        g.run(f"echo 1 >{path}/enable; printf '\\006' | dd of={path}/config bs=1 seek=4 conv=notrunc 2>/dev/null")
        self.bar = int(re.search(r"0x[0-9a-f]+", g.run(f"head -n 1 {path}/resource"))[0], 16)

    def copy(self, source, target, to_memory):
        """The shell's words for a transfer of 64 bytes."""
        return "; ".join(f"devmem {self.bar + at:#x} 64 {value:#x}"
                         for at, value in ((0x80, source), (0x88, target), (0x90, 64), (0x98, 3 if to_memory else 1)))

    def fetch(self, source):
        self.g.run(f"{self.copy(source, 0x40000, False)}; sleep 0.3")

    def written(self, at):
        with open(self.ram, "rb") as f:
            f.seek(at - RAM)
            return any(f.read(64))


def reboots(g, want):
    good = 0
    for _ in range(TIMES):
        g.run(BUSY)
        time.sleep(1)
        g.send("reboot -f\n")
        g.expect("reboot \\(number", 30)
        g.wait_shell()
        good += reads(g, want) and pings(g)
    check("reboot_while_it_reads", good == TIMES, f"{good} of {TIMES}")


def writes_after_reset(g, edu):
    """What it writes goes to pages at the top of the machine's memory, which nobody else uses."""
    page = RAM + HOSTMEM - 4096
    edu.begin()
    edu.fetch(RAM + 0x200000)  # the hypervisor's first bytes
    check("nothing_is_there_at_first", not edu.written(page), "something")
    g.run(f"{edu.copy(0x40000, page, True)}; sleep 0.5")
    check("device_writes_to_memory", edu.written(page), "it does not")
    for turn in range(4):  # the host may be slow: then it has written before the reboot
        page -= 4096
        g.send(f"{edu.copy(0x40000, page, True)}; echo b >/proc/sysrq-trigger\n")
        g.expect("reboot \\(number", 30)
        g.wait_shell()
        if not edu.written(page):
            break
        edu.begin()
        edu.fetch(RAM + 0x200000)
    check("and_not_after_a_reset", not edu.written(page), f"in {turn + 1} of {turn + 1} turns")


def main():
    found = debian()
    if not any("e1000e" in name for name in os.listdir(found.get("MODULES", "/"))):
        skip("no module e1000e of this kernel")
    os.makedirs(RUNDIR, exist_ok=True)
    modules = {f"lib/modules/{name}": os.path.join(found["MODULES"], name) for name in sorted(os.listdir(found["MODULES"]))}
    initrd = initramfs(found["BUSYBOX"], paths=modules)
    data = random.Random(13).randbytes(SIZE)
    want = hashlib.sha256(data).hexdigest()
    disk, ram = os.path.join(RUNDIR, "disk.raw"), os.path.join(RUNDIR, "ram")
    with open(disk, "wb") as f:
        f.write(data)
    flags = f"{os.environ.get('QEMUFLAGS', '')} -device edu,dma_mask=0xffffffffffffffff -machine memory-backend=ram0 " \
            f"-object memory-backend-file,id=ram0,size=2G,share=on,mem-path={ram}"
    try:
        with Linux("pci", found, initrd, limit=400, boot=100, harts=2, vcpus=2, mem="256M", disk=disk, net="user", bus="pci",
                   hypargs="wake-after=1500", qemuflags=flags) as g:
            check("disk_is_read_right", reads(g, want), "another sum")
            check("ping", pings(g), "no answers")
            lines = g.run("grep PLIC /proc/interrupts | grep -E 'eth0|virtio'")
            sources = set(re.findall(r"PLIC +(\d+)", lines))
            check("by_wires_of_the_bridge", len(sources) >= 2 and sources <= {"32", "33", "34", "35"}, lines)
            g.run("echo mem >/sys/power/state", 60)
            check("after_a_suspend_disk_and_network", reads(g, want) and pings(g), "no")
            g.healthy("log_is_clean")
            reboots(g, want)
            writes_after_reset(g, Edu(g, ram))
            check("disk_is_still_read_right", reads(g, want), "another sum")
            g.send("poweroff -f\n")
            status = g.status(60)
            check("poweroff_ends_with_0", status == 0, f"status {status}")
    except Lost:
        pass
    os.remove(disk)
    os.remove(ram)
    finish()


if __name__ == "__main__":
    main()
