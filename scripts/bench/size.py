#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""size.py - how large the hypervisor is, against its budgets; `make size` calls it after building.

Counts what is linked, without the embedded demo guest. Lines are those with code in hyp/: no blank ones,
no comments, no tests (*_test*, port/host*). An instruction counts for the file it was written in, wherever it was inlined.
The core is what is left when every optional room is out (scripts/check/rooms.py); `make size`
builds it in $O/core.
Stand-ins (*_absent.c) count in its bytes, not in lines.

    scripts/bench/size.py           core and optional rooms, then all by folder
    scripts/bench/size.py --files   by file, with the sums so far
    scripts/bench/size.py --parts   by what it is there for (hyp/SIZE.md)
"""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts/check"))
import rooms  # noqa: E402

O = os.environ.get("O") or "build"
CROSS = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
CORE_BYTES = 44 * 1024
CORE_LINES = 5000
ALL_LINES = 8000
INSTRUCTION = re.compile(r"^([0-9a-f]{16}):\s+([0-9a-f]+)\s", re.M)
# What a hypervisor whose machine and VMs are fixed when it is compiled does without, and the rest.
PARTS = {
    "machines and payloads, read at run time": r"conf/(machine|reader|host_devices|tree|options|fake|isa|payload|fit|image)\.|lib/(range|fail)\.|libfdt",
    "the guest's device tree": r"conf/(guest_fdt|idle_states|own_tree|tree_out)\.",
    "console of several VMs, serial port, statistics": r"vm/stats\.|dev/|sbi/(dbcn|legacy)\.",
    "scheduler, SBI, world switch, locks, reports": r"",
}
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|("(?:\\.|[^"\\\n])*")', re.S)


def sections(elf):
    out = subprocess.run([CROSS + "size", "-A", elf], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in out.splitlines() if line.startswith(".")]
    return {row[0]: int(row[1]) for row in rows}


def code_lines(path):
    with open(path, errors="replace") as source:
        text = COMMENT.sub(lambda m: m[1] or "\n" * m[0].count("\n"), source.read())
    return sum(1 for line in text.splitlines() if line.strip())


def is_hypervisor(path):
    return path.endswith((".c", ".h", ".S")) and "_test" not in path and "/test_" not in path and "/port/host" not in path and \
        not path.endswith("_absent.c")


def stand_in_lines():
    return sum(code_lines(os.path.join(folder, name))
               for folder, _, files in os.walk("hyp") for name in files if name.endswith("_absent.c"))


def lines_by_file():
    paths = (os.path.join(folder, name) for folder, _, files in os.walk("hyp") for name in files)
    return {path: code_lines(path) for path in paths if is_hypervisor(path)}


def text_by_file(elf):
    code = subprocess.run([CROSS + "objdump", "-d", "-j", ".text", elf], capture_output=True, text=True, check=True).stdout
    found = INSTRUCTION.findall(code)
    sources = subprocess.run([CROSS + "addr2line", "-e", elf], input="\n".join(pc for pc, _ in found), capture_output=True, text=True,
                             check=True).stdout.split("\n")
    files = {}
    for (_, insn), source in zip(found, sources):
        at = source.split(":")[0]
        path = "hyp/" + at.split("hyp/")[1] if "hyp/" in at else "libfdt" if "fdt" in at else "others"
        files[path] = files.get(path, 0) + len(insn) // 2
    return files


def room(path):
    return "/".join(path.split("/")[:2])


def part(path):
    return next(title for title, files in PARTS.items() if re.search(files, path))


def by(key, counts):
    sums = {}
    for path, n in counts.items():
        sums[key(path)] = sums.get(key(path), 0) + n
    return sums


def against(value, budget, unit):
    return f"{value:>7} of {budget} {unit}" + (f"  OVER by {value - budget}" if value > budget else "")


def constants_of(elf):
    return sections(elf).get(".rodata", 0) - os.path.getsize(os.path.join(O, "guest", "demo.bin"))


def print_rooms(lines, text):
    """The core, and each room that can be taken out, against their budgets."""
    optional = rooms.read()
    outside = {path for room in optional.values() for path in room.files}
    core = os.path.join(O, "core", "dormouse.elf")
    if os.path.exists(core) and os.path.getmtime(core) >= os.path.getmtime(os.path.join(O, "dormouse.elf")):
        size = sections(core).get(".text", 0) + constants_of(core)
        print(f"{'core':16} {against(size, CORE_BYTES, 'bytes of text and constants')}")
    print(f"{'core':16} {against(sum(n for path, n in lines.items() if path not in outside), CORE_LINES, 'lines')}")
    print(f"{'stand-ins':16} {stand_in_lines():>7} lines, in neither sum")
    print(f"{'all':16} {against(sum(lines.values()), ALL_LINES, 'lines')}")
    for name, room in sorted(optional.items()):
        count = sum(lines[path] for path in room.files)
        print(f"  {name:14} {against(count, room.budget, 'lines')}, {sum(text.get(path, 0) for path in room.files)} bytes of text")


KEYS = {"": room, "--files": str, "--parts": part}


def main():
    how = "".join(sys.argv[1:])
    if how not in KEYS:
        print(__doc__)
        return 0 if how in ("-h", "--help") else 2
    os.chdir(ROOT)
    size = sections(os.path.join(O, "dormouse.elf"))
    demo = os.path.getsize(os.path.join(O, "guest", "demo.bin"))
    constants = constants_of(os.path.join(O, "dormouse.elf"))
    for name, value in (("text", size.get(".text", 0)), ("constants", constants), ("demo guest", demo),
                        ("data", size.get(".data", 0)), ("bss", size.get(".bss", 0) + size.get(".noinit", 0))):
        print(f"{name:16} {value:>7} bytes")
    print(f"{'text+constants':16} {size.get('.text', 0) + constants:>7} bytes")
    lines, text = lines_by_file(), text_by_file(os.path.join(O, "dormouse.elf"))
    if not how:
        print_rooms(lines, text)
    lines, text = by(KEYS[how], lines), by(KEYS[how], text)
    width = max(map(len, lines | text)) + 1
    print(f"{'':{width}} {'lines':>9} {'text':>7} bytes")
    sums = [0, 0]
    for path in sorted(lines.keys() | text.keys(), key=lambda path: -text.get(path, 0)):
        sums = [sums[0] + lines.get(path, 0), sums[1] + text.get(path, 0)]
        print(f"  {path:{width}} {lines.get(path, ''):>7} {text.get(path, 0):>7}" + (f"{sums[0]:>10} {sums[1]:>7}" if how == "--files" else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
