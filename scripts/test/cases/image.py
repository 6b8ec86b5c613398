#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""image.py - the bootable image: the header that -kernel and booti read, and no relocation left in it."""
import os
import re
import struct
import subprocess
import sys

O = os.environ.get("O") or "build"
CROSS = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
failed = False


def check(name, good, why):
    global failed
    print(f"PASS {name}" if good else f"FAIL {name}: {why}")
    failed |= not good


def output(tool, *args):
    return subprocess.run([CROSS + tool, *args], capture_output=True, text=True, check=True).stdout


elf, binary = f"{O}/dormouse.elf", f"{O}/dormouse.bin"
with open(binary, "rb") as image:
    head = image.read(64)
code0, _, text_offset, image_size, flags, version, _, _, magic, magic2, _ = struct.unpack("<IIQQQIIQ8sII", head)
symbols = {name: int(value, 16) for value, _, name in
           (line.split() for line in output("nm", elf).splitlines() if len(line.split()) == 3)}
size = symbols["_end"] - symbols["_start"]

check("header_magic", magic == b"RISCV\0\0\0" and magic2 == 0x05435352, f"{magic} {magic2:#x}")
check("header_text_offset", text_offset == 0x200000, hex(text_offset))
check("header_image_size_with_bss", image_size == size >= os.path.getsize(binary),
      f"{image_size:#x}, _end - _start is {size:#x}, the file has {os.path.getsize(binary):#x}")
check("header_little_endian", flags & 1 == 0, hex(flags))
check("header_version", version == 2, hex(version))
check("header_starts_with_a_4_byte_instruction", code0 & 3 == 3, hex(code0))

relocations = re.findall(r"R_RISCV\w+", output("readelf", "-rW", elf))
check("no_relocations", not relocations, f"{len(relocations)}: {sorted(set(relocations))}")
segments = re.findall(r"^\s+LOAD\s.*?\s([R ][W ][E ])\s", output("readelf", "-lW", elf), re.M)
dynamic = [name for name in (".dynamic", ".got", ".got.plt", ".interp") if re.search(rf"\s{re.escape(name)}\s+\S+\s+\S+\s+\S+\s+0*[1-9a-f]", output("readelf", "-SW", elf))]
check("no_dynamic_sections", not dynamic, " ".join(dynamic))
check("loadable", bool(segments), "no LOAD segment")
sys.exit(failed)
