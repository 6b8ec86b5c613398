#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""layers.py - an #include may only point down the house, or stay in its room.

    scripts/check/layers.py            check all of hyp/, and that README.md shows this house
    scripts/check/layers.py --picture  print the house
    scripts/check/layers.py --write    put it into README.md

ROOMS below is the house. No file is exempt but asm_offsets.c, which measures structures of any room
and contains no code, and tests with the machine they run on (port/host*).
Run in the top directory. Exit status: 0 if all is as it should be, 1 if not.
"""
import os
import re
import sys

# From the top. A line may include what is below it; two rooms of one line do not know each other.
ROOMS = (
    (("main.c",), "the order of boot, nothing else"),
    (("sbi",), "what a guest calls: one file and one row per extension"),
    (("dev",), "what a guest sees beside its harts: serial port, console"),
    (("vm",), "a VM and its vCPUs: life, registers, interrupts, exits, memory, keeper"),
    (("sched",), "who has a hart: threads, run queues, timers"),
    (("mp", "riscv"), "who may run (pure C) | how the hardware does it"),
    (("lock",), "mutual exclusion (pure C)"),
    (("port",), "the seam under the protocol: hardware and host implementations"),
    (("conf",), "what we are told: device trees, options, payload (pure C)"),
    (("lib",), "strings, printf, log, ranges (pure C)"),
)
FLOOR = {room: len(ROOMS) - line for line, (rooms, _) in enumerate(ROOMS) for room in rooms}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
GENERATED = {"asm_offsets.h"}
LABORATORY = {"scripts/lab/replay/replay.h"}  # in builds with RACE_POINTS=1 only
README = "README.md"
MARKS = ("<!-- made by scripts/check/layers.py from its table -->\n", "<!-- end of the house -->\n")


def room(path):
    """Of a path below hyp/."""
    return path.split("/")[0] if path.split("/")[0] in FLOOR else None


def exempt(path):
    name = os.path.basename(path)
    return (name == "asm_offsets.c" or path.startswith("port/host") or "_test" in name
            or name.startswith("test_"))


def check(path):
    """What is wrong in hyp/@path."""
    me = room(path)
    if me is None:
        yield f"hyp/{path}: belongs to no room of the house"
        return
    with open(os.path.join("hyp", path), errors="replace") as source:
        lines = source.read().splitlines()
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match or match[1] in GENERATED | LABORATORY:
            continue
        to = match[1]
        if to.startswith("."):
            to = os.path.normpath(os.path.join(os.path.dirname(path), to))
        other, where = room(to), f"hyp/{path}:{number}: includes \"{match[1]}\""
        if other is None:
            yield f"{where}: write includes from hyp/, like \"lib/types.h\""
        elif other != me and FLOOR[other] >= FLOOR[me]:
            yield f"{where}: {me}/ may not know {other}/"


def check_all():
    for folder, _, files in sorted(os.walk("hyp")):
        for name in sorted(files):
            path = os.path.relpath(os.path.join(folder, name), "hyp")
            if name.endswith((".c", ".h", ".S")) and not exempt(path):
                yield from check(path)


def picture():
    rows = []
    for rooms, what in ROOMS:
        names = "  ".join(f"{room}/" if room != "main.c" else room for room in rooms)
        rows.append(f"{names:14}{what}")
    return "\n".join(["```", *rows, "```", ""])


def readme():
    """The text of README.md as it is, and as it should be."""
    with open(README) as file:
        text = file.read()
    begin, end = text.find(MARKS[0]), text.find(MARKS[1])
    if begin < 0 or end < begin:
        sys.exit(f"layers: no marked place in {README}: " + " ... ".join(MARKS).replace("\n", ""))
    return text, text[:begin] + MARKS[0] + picture() + text[end:]


def main():
    option = "".join(sys.argv[1:])
    if option not in ("", "--picture", "--write"):
        print(__doc__)
        return 0 if option in ("-h", "--help") else 2
    if option == "--picture":
        print(picture(), end="")
        return 0
    problems = list(check_all()) if not option else []
    old, new = readme() if option or os.path.exists(README) else ("", "")
    if option and old != new:
        with open(README, "w") as file:
            file.write(new)
        print(f"layers: {README}", file=sys.stderr)
    elif old != new:
        problems.append(f"{README}: does not show the house as it is: make pictures")
    print("\n".join(problems), end="\n" if problems else "")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
