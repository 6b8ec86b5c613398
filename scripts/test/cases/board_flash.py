#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""board_flash - make flash refuses each disk that is no card for it, by name, asks before it writes, and leaves a card that is
whole or that nothing starts from. Disks are made up: lsblk is a script here, and what is written to is a file."""
import atexit
import json
import os
import shutil
import signal
import subprocess
import tempfile

from linux_lib import ROOT, SLOW, check, finish

MIB = 1 << 20
WORK = tempfile.mkdtemp(prefix="dormouse-")
atexit.register(shutil.rmtree, WORK, True)
IMAGE = os.path.join(WORK, "sd.img")
CARD = os.path.join(WORK, "card")
# A pipe: neither a file nor a disk, so that lsblk is asked, and nothing could be written by mistake.
NODE = os.path.join(WORK, "sdx")
GOOD = {"name": "sdx", "path": NODE, "type": "disk", "rm": True, "ro": False, "hotplug": True, "size": 64 * MIB, "tran": "usb",
        "vendor": "Generic ", "model": "SD Reader", "pkname": None, "mountpoints": [None], "fstype": None, "label": None}


def part(**facts):
    return {**GOOD, "name": "sdx1", "path": NODE + "1", "type": "part", "pkname": "sdx", **facts}


def changed(name, text):
    """flash.py with @text changed in it, and without its own end."""
    path = os.path.join(WORK, name)
    with open(path, "w") as file:
        file.write(f"""
import builtins, os, sys, time
sys.path.insert(0, {os.path.join(ROOT, 'scripts/board')!r})
import flash
{text}
sys.argv = ["flash.py"]
sys.exit(flash.main())
""")
    return ["python3", "-B", path]


def flash(dev=NODE, answer="", disk=None, program=("scripts/board/flash.py",), **env):
    """Run flash.py with an lsblk that shows @disk. Returns (status, what it says)."""
    bin = os.path.join(WORK, "bin")
    os.makedirs(bin, exist_ok=True)
    with open(os.path.join(WORK, "one"), "w") as file:
        json.dump({"blockdevices": [disk or GOOD]}, file)
    with open(os.path.join(bin, "lsblk"), "w") as file:
        file.write(f"#!/bin/sh\ncat {WORK}/one\n")
    os.chmod(os.path.join(bin, "lsblk"), 0o755)
    clean = {k: v for k, v in os.environ.items() if k not in ("DEV", "OUT", "FLASH_FILE")}
    done = subprocess.run(program, cwd=ROOT, input=answer, capture_output=True, text=True, timeout=60 * SLOW,
                          env={**clean, "PATH": f"{bin}:{os.environ['PATH']}", "DEV": dev, "OUT": IMAGE, **env})
    return done.returncode, done.stderr


def refused(name, pattern, **arguments):
    status, text = flash(**arguments)
    check(name, status == 2 and pattern in text and "Nothing was written" in text, f"status {status}: {text}")
    check(f"{name}_does_not_ask", "to go on" not in text, text)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def new_card(size):
    with open(CARD, "wb") as file:
        file.write(b"\xaa" * size)


def refusals():
    refused("no_card_named", "DEV= is not said", dev="")
    refused("no_such_device", "there is no such device", dev="/nonexistent")
    refused("a_file_as_the_card", "a file, not a card", dev=IMAGE)
    refused("no_image", "make sdimg makes it", OUT="/nonexistent")
    refused("a_partition", "a partition of /dev/sdx", disk=part())
    refused("a_loop_device", "of type loop", disk={**GOOD, "type": "loop"})
    refused("a_disk_that_stays", "Generic SD Reader cannot be taken out", disk={**GOOD, "rm": False, "hotplug": False})
    os.makedirs(os.path.join(WORK, "sys/sdx/device"))
    with open(os.path.join(WORK, "sys/sdx/device/type"), "w") as kind:
        kind.write("MMC\n")
    refused("soldered_memory", "eMMC", program=changed("mmc.py", f"flash.SYS = {WORK + '/sys'!r}"))
    refused("a_mounted_partition", f"{NODE}1 is in use as /media/photos", disk={
        **GOOD, "children": [part(mountpoints=["/media/photos"])]})
    refused("a_mounted_disk", "is in use as /media/x", disk={**GOOD, "mountpoints": ["/media/x"]})
    refused("a_disk_to_swap_to", "in use as [SWAP]", disk={**GOOD, "children": [part(mountpoints=["[SWAP]"])]})
    refused("a_disk_with_a_volume_in_use", "(crypt) is in use", disk={
        **GOOD, "children": [part(children=[part(type="crypt", path="/dev/mapper/x")])]})
    refused("a_switch_on_the_card", "a switch on the card", disk={**GOOD, "ro": True})
    refused("a_reader_without_card", "no card in the reader", disk={**GOOD, "size": 0})
    refused("a_card_that_is_too_small", "the image has", disk={**GOOD, "size": MIB})
    # Old versions of lsblk have words for yes and no.
    refused("a_disk_that_stays_in_words", "cannot be taken out", disk={**GOOD, "rm": "0", "hotplug": "0"})
    refused("a_switch_in_words", "a switch on the card", disk={**GOOD, "ro": "1"})
    real = subprocess.run(["scripts/board/flash.py"], cwd=ROOT, env={**os.environ, "DEV": "/dev/null", "OUT": IMAGE},
                          capture_output=True, text=True)
    check("what_is_no_disk_at_all", real.returncode == 2 and "/dev/null: no disk" in real.stderr, real.stderr)


def questions():
    """The disk that is made up can be opened here: it is the file CARD. Of what is not answered, it keeps its content."""
    program = changed("opens.py", f"flash.open_card = lambda dev, is_file: os.open({CARD!r}, os.O_RDWR)")
    new_card(12 * MIB)
    before = content(CARD)
    status, text = flash(answer="y\n", program=program, disk={**GOOD, "children": [part(fstype="vfat", label="PHO\x1b[2JTOS")]})
    check("shows_model_and_size", "Generic SD Reader, 67.1 MB, usb" in text, text)
    check("shows_what_is_on_it", f'{NODE}1: 67.1 MB vfat "PHO?[2JTOS"' in text, text)
    check("yes_is_not_its_name", status == 2 and "not what was asked for" in text, text)
    status, text = flash(answer="", program=program, disk={**GOOD, "size": 300 << 30})
    check("warns_of_a_large_one", "larger than cards usually are" in text, text)
    check("nobody_there_is_no_answer", status == 2 and "Nothing was written" in text, text)
    check("unanswered_writes_nothing", content(CARD) == before, "it does")
    status, text = flash(answer="sdx\n", program=program)
    check("goes_on_with_its_name", status == 0 and content(CARD)[:len(content(IMAGE))] == content(IMAGE), text)
    # One that is no disk after all is seen before the question.
    status, text = flash(answer="sdx\n")
    check("no_disk_is_not_asked_about", status == 2 and f"DEV={NODE}: no disk" in text and "to go on" not in text, text)


def another_one():
    """While the question stands there, the name becomes another disk's: what was shown is written to."""
    other = os.path.join(WORK, "other")
    with open(other, "wb") as file:
        file.write(b"\x55" * 12 * MIB)
    new_card(12 * MIB)
    program = changed("another.py", f"""
real = flash.ask
def ask(name):
    os.rename({CARD!r}, {CARD + '.shown'!r})
    os.rename({other!r}, {CARD!r})
    real(name)
flash.ask = ask""")
    status, text = flash(dev=CARD, answer="card\n", program=program, FLASH_FILE="yes")
    check("another_disk_is_left_alone", content(CARD) == b"\x55" * 12 * MIB, text)
    check("what_was_shown_is_written", status == 0 and content(CARD + ".shown")[:MIB] == content(IMAGE)[:MIB], text)


def writing():
    image = content(IMAGE)
    new_card(12 * MIB)
    status, text = flash(dev=CARD, answer="no\n", FLASH_FILE="yes")
    check("a_file_needs_its_name", status == 2 and content(CARD) == b"\xaa" * 12 * MIB, text)
    status, text = flash(dev=CARD, answer="card\n", FLASH_FILE="yes")
    card = content(CARD)
    check("writes_the_image", status == 0 and card[:len(image)] == image, text)
    check("clears_the_end", card[-MIB:] == bytes(MIB), "another partition table could be there")
    check("leaves_the_rest", card[len(image):-MIB] == b"\xaa" * (len(card) - len(image) - MIB), "it does not")
    status, text = flash(dev=IMAGE, answer="sd.img\n", FLASH_FILE="yes")
    check("the_image_itself", status == 2 and content(IMAGE) == image, text)
    new_card(len(image))
    status, text = flash(dev=CARD, answer="card\n", FLASH_FILE="yes")
    check("writes_a_card_of_just_that_size", status == 0 and content(CARD) == image, text)
    new_card(len(image) - 1)
    status, text = flash(dev=CARD, answer="card\n", FLASH_FILE="yes")
    check("a_file_that_is_too_small", status == 2 and content(CARD) == b"\xaa" * (len(image) - 1), text)


def interruption():
    """The image comes out of a file that stops: so much is written, and then the user gives up."""
    program = changed("slow.py", """
class Slow:  # whose third piece never comes
    def __init__(self, file): self.file, self.pieces = file, 0
    def __enter__(self): return self
    def __exit__(self, *unused): self.file.close()
    def fileno(self): return self.file.fileno()
    def seek(self, at): self.file.seek(at)
    def read(self, n):
        self.pieces += 1
        if self.pieces == 3: print("stuck", flush=True); time.sleep(60)
        return self.file.read(n)
real = builtins.open
flash.open = lambda name, *mode: Slow(real(name, "rb")) if mode else real(name)""")
    new_card(12 * MIB)
    run = subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True, env={**os.environ, "DEV": CARD, "OUT": IMAGE, "FLASH_FILE": "yes"})
    run.stdin.write("card\n")
    run.stdin.flush()
    run.stdout.readline()
    run.send_signal(signal.SIGTERM)
    text = run.communicate(timeout=30 * SLOW)[1]
    card = content(CARD)
    check("interrupted_says_what_the_card_is", run.returncode == 1 and "no board starts from it as it is: write it again" in text,
          text)
    check("interrupted_was_writing", card[MIB:5 * MIB] == content(IMAGE)[MIB:5 * MIB], "nothing was written before")
    check("interrupted_leaves_no_partition_table", card[:MIB] == bytes(MIB) and card[-MIB:] == bytes(MIB), "there is one")


def bad_card():
    """One that does not keep what was written."""
    new_card(12 * MIB)
    status, text = flash(dev=CARD, answer="card\n", FLASH_FILE="yes",
                         program=changed("bad.py", "flash.os.pread = lambda fd, n, at: bytes(n)"))
    check("bad_card_is_told", status == 1 and "what was read back differs" in text, text)
    check("bad_card_has_no_partition_table", content(CARD)[:MIB] == bytes(MIB), "a board could start from it")


def main():
    with open(IMAGE, "wb") as file:
        file.write(os.urandom(10 * MIB))
    os.mkfifo(NODE)
    refusals()
    questions()
    writing()
    another_one()
    interruption()
    bad_card()
    finish()


main()
