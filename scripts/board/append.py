#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""append.py - the hypervisor's image and its guests in one file

    scripts/board/append.py IMAGE PAYLOAD OUT

IMAGE is padded to its size in memory, which its Linux Image header says: its bss would be cleared
over a payload that is nearer. PAYLOAD lies behind that, and the header's image_size becomes the
sum, rounded up to 4 KiB: so much U-Boot moves, and so much every loader keeps free. The hypervisor
finds the payload by the difference (hyp/conf/appended.c). OUT appears by one rename, when it is whole.
"""
import os
import shutil
import struct
import sys

PAGE = 4096
HEADER = 64
AT_SIZE = 16  # where the header has image_size


def give_up(text):
    sys.exit(f"append: {text}")


def main():
    if len(sys.argv) != 4:
        print(__doc__)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    image, payload, out = sys.argv[1:]
    try:
        with open(image, "rb") as file:
            whole = file.read()
        size = os.path.getsize(payload)
        if len(whole) < HEADER or whole[48:56] != b"RISCV\0\0\0" or whole[56:60] != b"RSC\x05":
            give_up(f"{image}: no RISC-V Image header")
        linked, = struct.unpack_from("<Q", whole, AT_SIZE)
        if linked <= len(whole):
            give_up(f"{image}: image_size is {linked}, the file has {len(whole)} bytes: "
                    "there are guests behind it already")
        total = -(-(linked + size) // PAGE) * PAGE
        part = f"{out}.{os.getpid()}"
        try:
            with open(part, "wb") as to, open(payload, "rb") as guests:
                to.write(whole[:AT_SIZE] + struct.pack("<Q", total) + whole[AT_SIZE + 8:])
                to.seek(linked)
                shutil.copyfileobj(guests, to, 1 << 20)
                to.truncate(total)
            os.rename(part, out)
        finally:
            if os.path.exists(part):
                os.unlink(part)
    except OSError as error:
        give_up(f"{error.filename or out}: {error.strerror}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
