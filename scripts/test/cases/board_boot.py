#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""board_boot - the hypervisor and a Linux in one file start as a kernel of QEMU and by U-Boot's booti, and every byte of a large
ramdisk arrives. It takes minutes."""
from board_lib import Lost, check, debian, linux_image, machine, prompt_of_uboot, qemus, sees_whole_ramdisk, uboot
from linux_lib import FULL, finish


def as_kernel(name, qemu, image, md5):
    try:
        with machine(name, qemu, "-no-reboot", "-kernel", image) as m:
            m.expect(r"vm0: 2 vCPUs, \d+ MiB, Linux image", 60)
            sees_whole_ramdisk(m, name, md5)
            m.send("poweroff\n")
            check(f"{name}_ends_with_0", m.status() == 0, "not 0")
    except Lost:
        pass


def by_booti(name, qemu, image, md5):
    """Where U-Boot moves the file to is up to the header's image_size."""
    try:
        with machine(name, qemu, "-kernel", uboot(), "-device", f"loader,file={image},addr=0x84000000,force-raw=on") as m:
            prompt_of_uboot(m)
            m.send("booti 0x84000000 - ${fdtcontroladdr}\n")
            m.expect("Starting kernel", 30)
            sees_whole_ramdisk(m, name, md5)
    except Lost:
        pass


def main():
    found = debian()
    for size in (45, 110) if FULL else (45,):
        image, md5 = linux_image(found, size)
        for which, qemu in qemus().items():
            as_kernel(f"kernel_{which}_{size}", qemu, image, md5)
            by_booti(f"booti_{which}_{size}", qemu, image, md5)
    finish()


main()
