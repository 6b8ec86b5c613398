#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rooms.py - what can be taken out of the hypervisor

    scripts/check/rooms.py                 the rooms, with their files and lines of code
    scripts/check/rooms.py --names         their names, a line each
    scripts/check/rooms.py --link NAME...  for the Makefile: without these -FILE is not linked, +FILE is

A file that can be taken out says so in its first comment: "Optional room: NAME, N lines.", and what
it cannot do without: "Needs NAMES." N is the most that it may have. What the others need of it is
then done by NAME_absent.c in the same folder, if they need anything. A header can say so, too: then
only files of its room, and of those that need it, may include it.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INCLUDE = re.compile(r'^#include "([^"]+\.h)"', re.M)
TAG = re.compile(r"^ \* Optional room: ([a-z-]+), (\d+) lines\.(?: Needs ([a-z -]+)\.)?$", re.M)


class Room:
    def __init__(self):
        self.files, self.budget, self.needs, self.absent = [], 0, set(), []


def read(top="hyp"):
    """{name: Room}; files are relative to the top of the tree."""
    rooms = {}
    absent = []
    includes = []  # (who, what) of the files that are no tests
    for folder, _, names in sorted(os.walk(os.path.join(ROOT, top))):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if not name.endswith((".c", ".S", ".h")):
                continue
            with open(os.path.join(ROOT, path), errors="replace") as source:
                text = source.read()
            if "_test" not in name and not name.startswith("test_"):
                includes += [(path, os.path.join(top, header)) for header in INCLUDE.findall(text)]
            if name.endswith("_absent.c"):
                absent.append(path)
            else:
                tag = TAG.search(text[:4000])
                if not tag and "Optional room:" in text[:4000]:
                    sys.exit(f"rooms: {path}: write \"Optional room: NAME, N lines.\" alone on a line")
                if tag:
                    room = rooms.setdefault(tag[1], Room())
                    room.files.append(path)
                    room.budget += int(tag[2])
                    room.needs |= set((tag[3] or "").split())
    for path in absent:
        name = os.path.basename(path)[:-len("_absent.c")]
        if name not in rooms:
            sys.exit(f"rooms: {path}: no file says \"Optional room: {name}\"")
        rooms[name].absent.append(path)
    for name, room in rooms.items():
        for other in room.needs - rooms.keys():
            sys.exit(f"rooms: {name} needs {other}, and there is no such room")
    of = {path: name for name, room in rooms.items() for path in room.files + room.absent}
    for path, header in includes:
        if header in of and of.get(path) not in closure(rooms, {of[header]}):
            sys.exit(f"rooms: {path} includes {header}, which leaves with {of[header]}")
    return rooms


def closure(rooms, names):
    """@names, and the rooms that need one of them."""
    out = set(names)
    while True:
        more = {name for name, room in rooms.items() if room.needs & out} - out
        if not more:
            return out
        out |= more


def link(names):
    rooms = read()
    wrong = [name for name in names if name not in rooms]
    if wrong:
        print(f"rooms: there is no room {wrong[0]}; there are {' '.join(sorted(rooms))}", file=sys.stderr)
        return 2
    for name in sorted(closure(rooms, names)):
        print(*[f"-{path}" for path in rooms[name].files], *[f"+{path}" for path in rooms[name].absent])
    return 0


def main():
    args = sys.argv[1:]
    if args[:1] == ["--link"]:
        return link(args[1:])
    if args == ["--names"]:
        print("\n".join(sorted(read())))
        return 0
    if args:
        print(__doc__)
        return 0 if args[0] in ("-h", "--help") else 2
    for name, room in sorted(read().items()):
        needs = f" (needs {' '.join(sorted(room.needs))})" if room.needs else ""
        print(f"{name:11} {room.budget:4}  {' '.join(room.files)}{needs}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
