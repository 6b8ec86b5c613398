#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""forgotten.py - does the compiler refuse a forgotten lock? scripts/check/lint.sh calls it.

From each function of hyp/ that takes a lock, leave out the taking, the giving back, or both, and
ask clang's thread-safety analysis. If it lets one pass, then what this lock guards is used in the
open: give it a function that says MUST_HOLD.

    scripts/check/forgotten.py CLANG [FLAG...]    as scripts/check/lint.sh calls clang
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

CALL = re.compile(r"\b((?:spin|mutex|console)_)(?:try)?lock\(([^;{}]*?)\)(?=[;)])")
BODY = re.compile(r"^\{\n.*?^\}", re.S | re.M)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def omissions(path, text):
    """(where and what is left out, the source without it) for each lock of each function."""
    for body in BODY.finditer(text):
        taken = {(call[1], call[2]): call.start() for call in reversed(list(CALL.finditer(body[0])))}
        for (kind, lock), at in taken.items():
            calls = {verb: re.compile(rf"\b{kind}{verb}\({re.escape(lock)}\)")
                     for verb in ("lock", "unlock")}
            for verbs in (("lock",), ("unlock",), ("lock", "unlock")):
                new = body[0]
                for verb in verbs:
                    new = calls[verb].sub("(void)0", new)
                if new != body[0]:
                    where = f"{path}:{line_of(text, body.start() + at)}"
                    yield (f"{where}: {kind}{' and '.join(verbs)}({lock})",
                           text[:body.start()] + new + text[body.end():])


def is_refused(clang, source):
    run = subprocess.run([*clang, "-Wno-unused", "-x", "c", "-"], input=source, text=True,
                         capture_output=True)
    return "-Wthread-safety" in run.stderr


def main():
    clang = sys.argv[1:]
    if not clang or clang[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if clang else 2
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    cases = []
    for path in sorted(glob.glob("hyp/**/*.[ch]", recursive=True)):
        if "_test" in path or path.startswith(("hyp/port/host", "hyp/lock/")):
            continue
        with open(path) as source:
            cases += omissions(path, source.read())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        refused = list(pool.map(lambda case: is_refused(clang, case[1]), cases))
    let_pass = [what for (what, _), no in zip(cases, refused) if not no]
    for what in let_pass:
        print(f"{what} can be left out, and nothing warns")
    print(f"{len(cases) - len(let_pass)} of {len(cases)} forgotten calls are refused")
    return 1 if let_pass or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
