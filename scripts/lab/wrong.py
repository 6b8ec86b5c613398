# SPDX-License-Identifier: MIT
"""wrong - scripts/lab/wrong.txt, for the tools of the laboratory."""
import os
import re
import sys
from collections import namedtuple

# The file of hyp/, what scripts/lab/model calls it or -, the text that is replaced, and by what.
Row = namedtuple("Row", "file model old new")


def rows():
    """Name: Row"""
    with open("scripts/lab/wrong.txt") as lines:
        parts = [[part.strip() for part in line.split("|", 1)] for line in lines if line.strip() and line[0] != "#"]
    heads = [(*head.split(), *(part.strip() for part in texts.rsplit("|", 1))) for head, texts in parts]
    return {name: Row(*row) for name, *row in heads}


def of_scheduler(name):
    return rows()[name].file.startswith("sched/")


def text_of(name):
    """The file of row @name, as it is there."""
    row = rows()[name]
    with open(f"hyp/{row.file}") as file:
        text = file.read()
    text, n = re.subn(r"\s+".join(map(re.escape, row.old.split())), lambda _: row.new, text)
    if n != 1:
        sys.exit(f"wrong.txt: {name}: hyp/{row.file} has changed, {row.old!r} is there {n} times")
    return text


def includes(name, out):
    """Compiler options for which that file comes before the one in hyp/; none for `right`."""
    if name == "right":
        return []
    folder = f"{out}/wrong-{name}"
    path = f"{folder}/{rows()[name].file}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(f"{path}.{os.getpid()}", "w") as file:
        file.write(text_of(name))
    os.replace(f"{path}.{os.getpid()}", path)
    return [f"-I{folder}"]
