#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lengths.py - no file over 500 lines, no function over 60: what does not fit into a head gets
split. And no line of C or assembly over 100 columns, a tab counting 8; nor of prose in Markdown.

A function is counted from its opening to its closing brace, both at the left margin. Prose is what
stands in no table and no code; a line that is one long word, a link, may be longer. In code the
values of .irp may, which an assembler wants on one line. Run in the top directory.
"""
import os
import re
import sys

MAX_FILE = 500
MAX_FUNCTION = 60
MAX_COLUMNS = 100
TOPS = ("hyp", "guest", "platform", "scripts/lab/replay")
CODE_TOPS = ("hyp", "guest", "platform", "scripts")
UNBROKEN = re.compile(r"\s*\.irp\s")
PROSE_TOPS = ("hyp", "guest", "platform", "scripts")


def check(path):
    with open(path, errors="replace") as source:
        lines = source.read().splitlines()
    if len(lines) > MAX_FILE:
        yield f"{path}: {len(lines)} lines, more than {MAX_FILE}"
    opened = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            opened = number
        elif line == "}" and opened:
            if number - opened + 1 > MAX_FUNCTION:
                yield f"{path}:{opened}: a function of {number - opened + 1} lines, more than {MAX_FUNCTION}"
            opened = None


def check_prose(path):
    with open(path, errors="replace") as source:
        lines = source.read().splitlines()
    code = False
    for number, line in enumerate(lines, 1):
        if line.startswith("```"):
            code = not code
        elif not code and not line.startswith(("|", "    ", "#")) and " " in line.strip("* "):
            if len(line) > MAX_COLUMNS:
                yield f"{path}:{number}: {len(line)} columns, more than {MAX_COLUMNS}"


def check_code(path):
    with open(path, errors="replace") as source:
        for number, line in enumerate(source, 1):
            columns = len(line.rstrip("\n").expandtabs(8))
            if columns > MAX_COLUMNS and not UNBROKEN.match(line):
                yield f"{path}:{number}: {columns} columns, more than {MAX_COLUMNS}"


def files(tops, endings):
    return [os.path.join(folder, name) for top in tops for folder, _, names in sorted(os.walk(top))
            for name in sorted(names) if name.endswith(endings)]


def main():
    problems = [p for path in files(TOPS, (".c", ".h", ".S")) for p in check(path)]
    problems += [p for path in files(CODE_TOPS, (".c", ".h", ".S", ".ld")) for p in check_code(path)]
    pages = ["README.md"] if os.path.exists("README.md") else []
    problems += [p for path in pages + files(PROSE_TOPS, ".md") for p in check_prose(path)]
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
