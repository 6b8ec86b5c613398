#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_bad - a real kernel, spoiled in the ways people spoil it, is refused with a line that says what is wrong."""
import gzip
import os

from linux_lib import Lost, Machine, RUNDIR, check, debian, finish, initramfs


def refused(name, kernel, initrd, pattern, **env):
    try:
        with Machine(name, ["scripts/run/run.sh"], limit=30, guest=kernel, initrd=initrd, **{"mem": "256M", **env}) as g:
            said = g.expect(pattern + r".*", 20)[0]
            status = g.status()
            check(name, status == 1, f"status {status} after: {said}")
    except Lost:
        pass


def main():
    found = debian()
    initrd = initramfs(found["BUSYBOX"])
    with open(found["KERNEL"], "rb") as f:
        image = f.read()

    def spoiled(name, data):
        path = os.path.join(RUNDIR, name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    refused("truncated_kernel", spoiled("truncated", image[:len(image) // 2]), initrd, "truncated")
    refused("compressed_kernel", spoiled("Image.gz", gzip.compress(image[:1 << 20], 1)), initrd, "gzip compressed")
    arm = image[:56] + b"ARM\x64" + image[60:4096]
    refused("kernel_of_another_architecture", spoiled("arm64", arm), initrd, "an arm64 kernel")
    refused("kernel_larger_than_its_memory", found["KERNEL"], initrd, r"give it mem=\d+M or more", mem="16M")
    refused("ramdisk_that_does_not_fit", found["KERNEL"], spoiled("big", b"\0" * (40 << 20)), r"the ramdisk \(40 MiB\)", mem="64M")
    refused("memory_the_host_does_not_have", found["KERNEL"], initrd, "not enough host memory", mem="4G")
    finish()


main()
