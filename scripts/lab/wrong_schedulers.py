# SPDX-License-Identifier: MIT
"""wrong_schedulers - scripts/lab/schedulers.txt, for the tools of the laboratory."""
import re
import sys


def rows():
    """Name: what scripts/model calls it, the text that is replaced in hyp/sched/sched.c, and by what."""
    with open("scripts/lab/schedulers.txt") as lines:
        parts = [[part.strip() for part in line.split("|")] for line in lines if line.strip() and line[0] != "#"]
    return {names.split()[0]: (names.split()[1], old, new) for names, old, new in parts}


def text_of(name):
    """hyp/sched/sched.c, or its variant @name."""
    with open("hyp/sched/sched.c") as file:
        text = file.read()
    if name == "right":
        return text
    _, old, new = rows()[name]
    text, n = re.subn(r"\s+".join(map(re.escape, old.split())), lambda _: new, text)
    if n != 1:
        sys.exit(f"schedulers.txt: {name}: hyp/sched/sched.c has changed, {old!r} is not there once")
    return text
