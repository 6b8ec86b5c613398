#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""board_firmware - OpenSBI with the hypervisor and its guests as its payload: all of a large one arrives, a changed one is never
the last one, and `-bios` alone starts it."""
import glob
import hashlib
import os
import shutil
import subprocess

from board_lib import (LINUX, O, RUNDIR, Lost, check, debian, machine, made, make, qemus, ramdisk, sees_whole_ramdisk,
                       skip)
from linux_lib import finish

LINKED_FROM = 0x200000  # where OpenSBI has its payload


def ending(name, reason):
    """A guest that ends well (0) or as a failure (1), of the same size and older than anything here."""
    path = os.path.join(RUNDIR, name)
    os.makedirs(RUNDIR, exist_ok=True)
    source = f"li a7, 0x53525354; li a6, 0; li a0, 0; .word {reason << 20 | 0x593:#x}; ecall; j .\n"  # addi a1, zero, reason
    tools = "riscv64-linux-gnu-"
    subprocess.run([tools + "gcc", "-x", "assembler", "-march=rv64imac_zicsr", "-mabi=lp64", "-nostdlib", "-static",
                    "-Wl,-Ttext=0x80200000", "-Wl,--build-id=none", "-Wl,-e,0x80200000", "-o", path + ".elf", "-"],
                   input=source, text=True, check=True, capture_output=True)
    subprocess.run([tools + "objcopy", "-O", "binary", path + ".elf", path], check=True)
    os.utime(path, (0, 0))
    return path


def started(name, qemu, blob, status):
    try:
        with machine(name, qemu, "-no-reboot", "-bios", blob, memory="512M") as m:
            m.expect("vm0: shut down|vm0: .*fail", 60)
            check(name, m.status() == status, f"status {m.process.returncode}, not {status}")
    except Lost:
        pass


def changed():
    """The payload of this time, not of last time, though no file of it is newer than what was made then."""
    blob = os.path.join(RUNDIR, "firmware.bin")
    for which, reason in (("good", 0), ("bad", 1), ("good", 0)):
        made(f"firmware_with_the_{which}_guest", "firmware.sh", GUESTS=ending(which, reason), HYPARGS="exit=test", OUT=blob)
        started(f"firmware_starts_the_{which}_guest", qemus()["old"], blob, reason)
    with open(blob, "rb") as file:
        first = file.read()
    made("firmware_once_more", "firmware.sh", GUESTS=ending("good", 0), HYPARGS="exit=test", OUT=blob)
    with open(blob, "rb") as file:
        check("firmware_is_the_same_each_time", hashlib.sha256(first).digest() == hashlib.sha256(file.read()).digest(), "it is not")


def large(found):
    """45 MiB of ramdisk: OpenSBI's own place for the device tree would be in the middle."""
    initrd, md5 = ramdisk(found, 45)
    blob = os.path.join(RUNDIR, "large.bin")
    made("firmware_with_a_large_payload", "firmware.sh", GUESTS=found["KERNEL"], INITRD=initrd, OUT=blob,
         **{**LINUX, "MEM": "512M"})
    check("payload_ends_behind_34_MiB", os.path.getsize(blob) > LINKED_FROM + (34 << 20), "it does not: the trap is not tested")
    for which, qemu in qemus().items():
        name = f"firmware_{which}"
        try:
            with machine(name, qemu, "-no-reboot", "-bios", blob) as m:
                m.expect("OpenSBI v1.6", 30)
                sees_whole_ramdisk(m, name, md5)
                m.send("poweroff\n")
                check(f"{name}_ends_with_0", m.status() == 0, "not 0")
        except Lost:
            pass


def refused(name, pattern, status=2, **settings):
    blob = os.path.join(RUNDIR, "before.bin")
    with open(blob, "w") as file:
        file.write("before")
    got, text = make("firmware.sh", OUT=blob, **settings)
    check(name, got == status and pattern in text, f"status {got}: {text}")
    with open(blob) as file:
        check(f"{name}_touches_nothing", file.read() == "before", "OUT was written")


def main():
    fetched = subprocess.run(["scripts/fetch/opensbi.sh"], capture_output=True, text=True)
    # As for all that is fetched: not to be had is a skip. Another file under that name is not.
    if fetched.returncode and "Hash Sum" not in fetched.stderr:
        skip(f"OpenSBI's source is not to be had here: {fetched.stderr.strip()}")
    if not check("opensbi_is_fetched", fetched.returncode == 0, fetched.stderr):
        raise SystemExit(1)
    changed()
    large(debian())
    refused("firmware_of_no_source", "no Makefile in it", OPENSBI_SRC=RUNDIR)
    refused("firmware_of_a_missing_guest", "no such file", GUESTS="/nonexistent")
    before = set(glob.glob(f"{O}/opensbi-*"))
    # A tree that does not compile is said to be one, and where it says why.
    broken = os.path.join(RUNDIR, "broken")
    for file in ("Makefile", "firmware/fw_payload.S", "platform/generic/platform.c", "include/sbi/sbi_version.h"):
        os.makedirs(os.path.dirname(os.path.join(broken, file)), exist_ok=True)
        with open(os.path.join(broken, file), "w") as made_up:
            made_up.write("all:\n\tfalse\n")
    refused("firmware_of_a_broken_source", "does not build; all it says is in", 1, OPENSBI_SRC=broken)
    for left in set(glob.glob(f"{O}/opensbi-*")) - before:
        shutil.rmtree(left)
    finish()


main()
