#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flat_elf.py FILE OUT - an ELF program as it lies in memory, in one piece, as guests are loaded.

`run.sh` calls it. Prints two physical addresses: where its first byte belongs and where it is
entered. Both are 0 where it does not matter: for a Linux kernel, whose own header counts, and for a program
that runs anywhere (ET_DYN), which is entered at its first byte.
"""
import struct
import sys

RISCV, EXEC, DYN, LOAD, NOBITS, ALLOC = 243, 2, 3, 1, 8, 2
SIZE_MAX = 2 << 30


class Bad(Exception):
    """What is wrong with the file."""


def section_offsets(data):
    """Where in the file sections begin that are loaded."""
    table, size, count = struct.unpack_from("<Q", data, 40)[0], *struct.unpack_from("<HH", data, 58)
    for i in range(count if table else 0):
        _, what, flags, _, offset, length = struct.unpack_from("<IIQQQQ", data, table + i * size)
        if what != NOBITS and flags & ALLOC and length:
            yield offset


def segments(data):
    """[(virtual address, physical address, bytes in the file, size in memory)], type and entry."""
    if len(data) < 64 or data[:4] != b"\x7fELF" or data[4] != 2 or data[5] != 1:
        raise Bad("not a 64-bit little-endian ELF file")
    kind, machine, _, entry, table = struct.unpack_from("<HHIQQ", data, 16)
    size, count = struct.unpack_from("<HH", data, 54)
    if machine != RISCV:
        raise Bad(f"an ELF file for machine {machine}, not for RISC-V ({RISCV})")
    if kind not in (EXEC, DYN):
        raise Bad("an ELF file that is not linked")
    found, sections = [], list(section_offsets(data))
    for i in range(count):
        what, _, offset, virtual, physical, in_file, in_memory, _ = struct.unpack_from(
            "<IIQQQQQQ", data, table + i * size)
        if what == LOAD and in_memory:
            if offset + in_file > len(data) or in_file > in_memory:
                raise Bad("truncated")
            # Linkers put the ELF header into the first segment, below the program, of which it is no part.
            skip = min((at - offset for at in sections if offset <= at < offset + in_file), default=0)
            content = data[offset + skip:offset + in_file]
            found.append((virtual + skip, physical + skip, content, in_memory - skip))
    if not any(content for _, _, content, _ in found):
        raise Bad("an ELF file with nothing to load")
    return found, kind, entry


def flatten(data):
    found, kind, entry = segments(data)
    start = min(physical for _, physical, content, _ in found if content)
    # Zeros for what follows: it is the program's, nothing else is to lie there.
    end = max(physical + size for _, physical, _, size in found)
    if end - start > SIZE_MAX:
        raise Bad(f"its pieces lie from {start:#x} to {end:#x}: too far apart")
    flat = bytearray(end - start)
    for _, physical, content, _ in found:
        if content:
            flat[physical - start:physical - start + len(content)] = content
    if flat[0x38:0x3c] == b"RSC\x05":
        return flat, 0, 0
    # A virtual address, or a physical one already.
    places = [entry - base + physical for base, physical, _, size in found if base <= entry < base + size]
    places += [entry for _, base, _, size in found if base <= entry < base + size]
    if not places:
        raise Bad(f"its entry {entry:#x} lies in no piece of it")
    if kind == DYN and start == 0:
        if places[0] != start:
            raise Bad(f"has no address and is entered at +{places[0]:#x}: link it at an address")
        return flat, 0, 0
    if start == 0:
        raise Bad("linked at 0; a guest's memory begins at 0x80000000")
    return flat, start, places[0]


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    try:
        with open(sys.argv[1], "rb") as source:
            flat, load, entry = flatten(source.read())
    except (Bad, struct.error) as why:
        print(f"{sys.argv[1]}: {why if isinstance(why, Bad) else 'truncated'}", file=sys.stderr)
        return 1
    with open(sys.argv[2], "wb") as out:
        out.write(flat)
    print(f"{load:#x} {entry:#x}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
