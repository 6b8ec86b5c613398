#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flash.py - write the card image of `make sdimg` to a memory card; `make flash DEV=/dev/sdX` calls it

    DEV        the card: a whole disk that can be taken out, of which nothing is in use
    OUT        the image (default $O/sd.img)
    O          where the build is (default build)
    FLASH_FILE=yes   DEV is a file, to be written as if it were a card

Shows the card and asks for its name. Everything on the card is lost. What is written is read back
and compared.

The card is held open from before the question on, so what is written to is what was shown. First the
partition table of the card is removed, at both ends, and the image's own is written last. If the
writing or the comparing fails or is interrupted, the table is removed again: no board starts from
such a card. Write it again.

Exit status: 0 it is written, 2 refused: nothing was written, 1 it was begun and has failed.
"""
import json
import os
import signal
import stat
import subprocess
import sys
import time

MIB = 1 << 20
PIECE = 4 * MIB
HEAD = MIB  # at both ends of a disk: more than a partition table of any kind
LARGE = 256 << 30  # bytes: cards are seldom larger, and disks with backups often
SYS = "/sys/class/block"
FACTS = "NAME,PATH,TYPE,RM,RO,HOTPLUG,SIZE,TRAN,VENDOR,MODEL,PKNAME,MOUNTPOINTS,FSTYPE,LABEL"


def say(text):
    print(f"flash: {text}", file=sys.stderr, flush=True)


def refuse(text):
    say(f"{text}. Nothing was written")
    sys.exit(2)


def size_of(n):
    return f"{n / 1e9:.1f} GB" if n >= 10 ** 9 else f"{n / 1e6:.1f} MB"


def lsblk(*arguments):
    try:
        return subprocess.run(["lsblk", "-J", "-b", "-o", FACTS, *arguments], capture_output=True, text=True)
    except FileNotFoundError:
        refuse("no lsblk on this machine: it is needed to see what is in use (package util-linux)")


def look_at(dev):
    """What lsblk says of @dev, with its children."""
    done = lsblk(dev)
    try:
        (found,) = json.loads(done.stdout)["blockdevices"]
        return found
    except (ValueError, KeyError):
        refuse(f"DEV={dev}: no disk: {done.stderr.strip() or 'lsblk does not know it'}")


def soldered(disk):
    """Is it eMMC? Such a disk can look like one that can be taken out."""
    try:
        with open(f"{SYS}/{disk['name']}/device/type") as kind:
            return kind.read().strip() == "MMC"
    except OSError:
        return False


def whole_family(disk):
    yield disk
    for child in disk.get("children") or []:
        yield from whole_family(child)


def yes(value):
    return value in (True, "1", 1)


def check(dev, disk, need):
    """Refuse what a careful person would not write to."""
    if disk["type"] == "part":
        refuse(f"DEV={dev}: a partition of /dev/{disk['pkname']}. A card is written as a whole, with its partition table")
    if disk["type"] != "disk":
        refuse(f"DEV={dev}: no card, but of type {disk['type']}")
    if soldered(disk):
        refuse(f"DEV={dev}: eMMC, which is soldered to this machine")
    if not yes(disk["rm"]) and not yes(disk["hotplug"]):
        refuse(f"DEV={dev}: {model(disk)} cannot be taken out of this machine: no card, and no reader of cards")
    for part in whole_family(disk):
        where = [at for at in part.get("mountpoints") or [] if at]
        if where:
            refuse(f"DEV={dev}: {part['path']} is in use as {', '.join(where)}. umount or swapoff it first")
        if part["type"] not in ("disk", "part"):
            refuse(f"DEV={dev}: {part['path']} ({part['type']}) is in use on it")
    if yes(disk["ro"]):
        refuse(f"DEV={dev}: cannot be written: is there a switch on the card?")
    if int(disk["size"] or 0) == 0:
        refuse(f"DEV={dev}: there is no card in the reader")
    if int(disk["size"]) < need:
        refuse(f"DEV={dev}: {size_of(int(disk['size']))} are too few: the image has {size_of(need)}")


def plain(word):
    """What a disk says of itself, without what a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in word)


def model(disk):
    return " ".join(plain(word.strip()) for word in (disk.get("vendor"), disk.get("model")) if word) or "a disk without a name"


def show(disk, image):
    say(f"{disk['path']}: {model(disk)}, {size_of(int(disk['size']))}{', ' + disk['tran'] if disk.get('tran') else ''}")
    parts = [part for part in whole_family(disk)][1:]
    for part in parts:
        kind = " ".join(word for word in (part.get("fstype"), part.get("label") and f'"{plain(part["label"])}"') if word)
        say(f"  {part['path']}: {size_of(int(part['size']))} {kind or 'of an unknown kind'}")
    if not parts:
        say("  no partitions")
    if int(disk["size"]) > LARGE:
        say("  larger than cards usually are: is it the right one?")
    say(f"{image} will be written there. EVERYTHING ON IT WILL BE LOST")


def ask(name):
    print(f"flash: type {name} to go on: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    if answer.strip() != name:
        refuse("not what was asked for")


class Progress:
    """A line on a terminal, else one every five seconds."""

    def __init__(self, what, total):
        self.what, self.total, self.next = what, total, time.monotonic() + (0.2 if sys.stderr.isatty() else 5)

    def at(self, n):
        if time.monotonic() < self.next and n < self.total:
            return
        tty = sys.stderr.isatty()
        if n < self.total or tty:
            text = f"flash: {self.what} {n // MIB} of {self.total // MIB} MiB"
            print(f"\r\033[K{text}" if tty else text, end="\n" if not tty or n >= self.total else "", file=sys.stderr, flush=True)
        self.next = time.monotonic() + (0.2 if tty else 5)


def put(fd, data, at):
    """Write all of @data."""
    view = memoryview(data)
    while view:
        n = os.pwrite(fd, view, at)
        view, at = view[n:], at + n


def write(fd, source, size, room):
    """The image, its first MiB last; before that both ends of the card are cleared."""
    put(fd, bytes(HEAD), 0)
    put(fd, bytes(HEAD), room - HEAD)
    os.fsync(fd)
    progress = Progress("written", size)
    source.seek(0)
    first = source.read(HEAD)
    at = HEAD
    while piece := source.read(PIECE):
        put(fd, piece, at)
        os.fsync(fd)  # else all of it would be waited for at the end, in silence
        at += len(piece)
        progress.at(at)
    put(fd, first, 0)
    os.fsync(fd)


def compare(fd, source, size):
    """What is on the card now, not in this machine's memory."""
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    progress = Progress("read back", size)
    source.seek(0)
    at = 0
    while piece := source.read(PIECE):
        if os.pread(fd, len(piece), at) != piece:
            raise OSError(0, f"what was read back differs, at {at // MIB} MiB: the card is bad")
        at += len(piece)
        progress.at(at)


def take_back(fd):
    """Remove the partition table again; nothing stops this."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        put(fd, bytes(HEAD), 0)
        os.fsync(fd)
    except OSError:
        pass  # the card is gone


def open_card(dev, is_file):
    try:
        # Of a disk O_EXCL fails if anything of it is in use.
        fd = os.open(dev, os.O_RDWR | (0 if is_file else os.O_EXCL) | os.O_CLOEXEC)
    except OSError as error:
        hint = {13: "run it as root: sudo make flash ...", 16: "something of it is in use"}.get(error.errno)
        refuse(f"DEV={dev}: {error.strerror}" + (f" ({hint})" if hint else ""))
    if not is_file and not stat.S_ISBLK(os.fstat(fd).st_mode):
        refuse(f"DEV={dev}: no disk")
    return fd


def stop(*_):
    raise KeyboardInterrupt


def flash(fd, dev, source, size):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        write(fd, source, size, os.lseek(fd, 0, os.SEEK_END))
        compare(fd, source, size)
    except (OSError, KeyboardInterrupt) as error:
        take_back(fd)
        why = "interrupted" if isinstance(error, KeyboardInterrupt) else error.strerror
        say(f"{why}. What was on {dev} is lost, and no board starts from it as it is: write it again")
        return 1
    os.close(fd)
    say(f"{dev} is written and read back; it can be taken out")
    return 0


def the_file(dev, image, size):
    """@dev, a file, as if it were a disk."""
    if os.environ.get("FLASH_FILE") != "yes":
        refuse(f"DEV={dev}: a file, not a card. To write a file: cp {image} {dev}, or say FLASH_FILE=yes")
    if os.path.samefile(dev, image):
        refuse(f"DEV={dev}: it is the image itself")
    if os.path.getsize(dev) < size:
        refuse(f"DEV={dev}: {size_of(os.path.getsize(dev))} are too few: the image has {size_of(size)}")
    return {"name": os.path.basename(dev), "path": dev, "model": "a file", "size": os.path.getsize(dev)}


def the_card(dev, size):
    disk = look_at(dev)
    check(dev, disk, size)
    return disk


def main():
    if sys.argv[1:]:
        print(__doc__)
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    dev = os.environ.get("DEV") or ""
    image = os.environ.get("OUT") or os.path.join(os.environ.get("O") or "build", "sd.img")
    if not dev:
        refuse("DEV= is not said: the card, as /dev/sdX; lsblk -o PATH,SIZE,MODEL,RM lists the disks")
    if not os.path.isfile(image):
        refuse(f"{image}: no such file: make sdimg makes it")
    with open(image, "rb") as source:
        size = os.fstat(source.fileno()).st_size
        if size < 2 * HEAD:
            refuse(f"{image}: {size} bytes are no card image")
        if not os.path.exists(dev):
            refuse(f"DEV={dev}: there is no such device")
        dev = os.path.realpath(dev)
        is_file = os.path.isfile(dev)
        disk = the_file(dev, image, size) if is_file else the_card(dev, size)
        # Nobody else gets its name while it is open; what was asked before it was, is asked again.
        fd = open_card(dev, is_file)
        if not is_file:
            disk = the_card(dev, size)
        show(disk, image)
        ask(disk["name"])
        return flash(fd, dev, source, size)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        refuse("interrupted")
