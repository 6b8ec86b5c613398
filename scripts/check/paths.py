#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""paths.py - a path below scripts/ that any file names is there, and so is what a page links to.

    scripts/check/paths.py    prints what is missing; status 1 if something is

A variable ends what can be checked: of scripts/run/$x only the folder is. Blanks, like X in
scripts/test/fuzz/X.c or NAME, a star, and {a,b} stand for any names. Run in the top directory.
"""
import glob
import os
import re
import sys

TOPS = (".ci", ".clang-format", "Makefile", "README.md", "linker.ld", "guest", "hyp", "platform",
        "scripts")
# An option may stand before the path, no other path: that is of another tree, or of a build.
NAMED = re.compile(r"(?:(?<![\w/.-])|(?<=[ '\"]-I))scripts/[\w./*{},-]*")
LINK = re.compile(r"\]\(([^)#\s:]+)[^)]*\)")
CODE = re.compile(r"`[^`]*`")
BLANK = re.compile(r"\b(X|NAME|WHAT-IT-WAS)\b|\{\w+(\.\w+)*\}")
CHOICE = re.compile(r"\{([^{}]*,[^{}]*)\}")


def is_there(path):
    choice = CHOICE.search(path)
    if choice:
        return all(is_there(path.replace(choice[0], word)) for word in choice[1].split(","))
    return os.path.exists(path) or bool(glob.glob(BLANK.sub("*", path)))


def check(path):
    with open(path, errors="replace") as source:
        lines = source.read().splitlines()
    for number, line in enumerate(lines, 1):
        for match in NAMED.finditer(line):
            named, after = match[0].rstrip(",."), line[match.end():match.end() + 1]
            if after in ("$", "%", "{") and not named.endswith("/"):
                named = os.path.dirname(named)
            if not is_there(named):
                yield f"{path}:{number}: there is no {named}"
        for link in LINK.findall(CODE.sub("", line)) if path.endswith(".md") else ():
            if not os.path.exists(os.path.join(os.path.dirname(path), link)):
                yield f"{path}:{number}: a link to {link}, which is not there"


def files():
    for top in TOPS:
        if os.path.isfile(top):
            yield top
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(set(folders) - {"__pycache__", "corpus"})
            yield from (os.path.join(folder, name) for name in sorted(names))


def main():
    if sys.argv[1:]:
        print(__doc__)
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    problems = [problem for path in files() for problem in check(path)]
    print("\n".join(problems), end="\n" if problems else "")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
