#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""board_card - the card of `make sdimg`: U-Boot finds the menu on it, each entry starts, and the same card comes out each time.
It takes minutes."""
import hashlib
import os
import subprocess

from board_lib import LINUX, RUNDIR, Lost, O, check, debian, machine, made, make, prompt_of_uboot, qemus, uboot
from linux_lib import FULL, finish

LABELS = ["demo", "linux", "tests", "safe"]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def read(card, name):
    """A file of the card."""
    return subprocess.run(["mtype", "-i", f"{card}@@1M", f"::{name}"], capture_output=True, text=True, check=True).stdout


def booted(name, which, card):
    return machine(name, qemus()[which], "-no-reboot", "-kernel", uboot(), "-drive", f"file={card},format=raw,if=none,id=d,snapshot=on",
                   "-device", "virtio-blk-device,drive=d")


def entry(name, which, card, number, *expected):
    """Choose entry @number of the menu, and see what it says. None: wait for the default."""
    try:
        with booted(name, which, card) as m:
            m.expect("Enter choice", 60)
            if number:
                m.send(f"{number}\r")
            for pattern, limit in expected:
                m.expect(pattern, limit)
            if expected[-1][0] == r"guest# ":
                m.send("cat /proc/cpuinfo | grep -c processor\n")
                m.expect(r"^4", 20)
            check(name, True)
    except Lost:
        pass


def back_to_the_menu(card):
    """A board resets when an entry has ended, and the menu is there again; what is started then runs as the first did."""
    try:
        with machine("card_reset", qemus()["old"], "-kernel", uboot(), "-drive", f"file={card},format=raw,if=none,id=d,snapshot=on",
                     "-device", "virtio-blk-device,drive=d") as m:
            for number, pattern in ((1, "DEMO PASS"), (2, "guest# "), (2, "guest# ")):
                m.expect("Enter choice", 60)
                m.send(f"{number}\r")
                m.expect(pattern, 120)
                if number == 2:
                    m.send("poweroff -f\n")
            check("menu_comes_back_after_an_entry", True)
    except Lost:
        pass


def with_script(card):
    """A board whose U-Boot has to run something first: it goes on with the menu, also where it does not know the command."""
    made("card_for_a_k3", "sdimg.sh", BOARD="k3", OUT=card)
    try:
        with booted("card_with_a_script", "old", card) as m:
            m.expect("wdt", 60)  # QEMU's U-Boot has no such command
            m.expect("Enter choice", 60)
            m.send("1\r")
            m.expect("DEMO PASS", 120)
            check("card_with_a_script_starts_the_demo", True)
    except Lost:
        pass


def own_guests(found, card):
    """An entry of one's own is the first and the default."""
    initrd = os.path.join(RUNDIR, "own.cpio")
    subprocess.run(["scripts/run/initramfs.py", found["BUSYBOX"], initrd], check=True)
    made("card_with_guests", "sdimg.sh", GUESTS=found["KERNEL"], INITRD=initrd, OUT=card,
         **{**LINUX, "MEM": "256M", "HYPARGS": "log=info"})
    check("guests_of_ones_own_are_the_default", "default own\n" in read(card, "extlinux/extlinux.conf"), "they are not")
    try:
        with booted("card_default", "old", card) as m:
            m.expect("vm0: 2 vCPUs, 256 MiB, Linux image", 120)  # after the menu's timeout
            check("card_starts_its_default_without_a_key", True)
    except Lost:
        pass


def refused(name, pattern, **settings):
    card = os.path.join(RUNDIR, "before.img")
    with open(card, "w") as file:
        file.write("before")
    status, text = make("sdimg.sh", **{"OUT": card, **settings})
    check(name, status == 2 and pattern in text, f"status {status}: {text}")
    with open(card) as file:
        check(f"{name}_touches_nothing", file.read() == "before", "OUT was written")


def main():
    found = debian()
    card = os.path.join(RUNDIR, "sd.img")
    os.makedirs(RUNDIR, exist_ok=True)
    made("card", "sdimg.sh", OUT=card, **found)
    before = digest(card)
    made("card_once_more", "sdimg.sh", OUT=card, **found)
    check("card_is_the_same_each_time", digest(card) == before, "it is not")
    text = read(card, "extlinux/extlinux.conf")
    check("menu_has_its_entries", [line[6:] for line in text.splitlines() if line.startswith("label ")] == LABELS, text)
    check("menu_does_not_ask_for_qemu_s_exit", "exit=" not in text, text)
    check("readme_says_what_to_type", "booti ${kernel_addr_r}" in read(card, "README.txt"), "it does not")
    table = subprocess.run(["/usr/sbin/sgdisk", "-v", "-p", card], capture_output=True, text=True).stdout
    check("partition_table_is_sound", "No problems found" in table and "EF00  dormouse" in table, table)
    entry("card_demo", "old", card, 1, ("Dormouse 0.2 on riscv-virtio", 60), ("DEMO PASS", 120))
    entry("card_linux", "old", card, 2, (r"Linux image", 60), (r"guest# ", 120))
    entry("card_safe_mode", "old", card, 4, ("cap: 1 hart", 60), ("DEMO PASS", 180))
    if "new" in qemus():
        entry("card_linux_new", "new", card, 2, (r"Linux image", 60), (r"guest# ", 120))
    if FULL:
        entry("card_tests", "old", card, 3, ("VERDICT PASS .*failed=0", 230))
    back_to_the_menu(card)
    with_script(card)
    own_guests(found, card)
    refused("card_for_no_board", "BOARD=toaster: there is platform/k3.conf", BOARD="toaster")
    refused("card_of_a_missing_guest", "no such file", GUESTS="/nonexistent")
    refused("card_with_arguments_of_no_guest", "no GUESTS for them", APPEND="quiet")
    refused("card_of_another_time", "not seconds since 1970", SOURCE_DATE_EPOCH="today")
    finish()


main()
