#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mutants.py - change single lines of hyp/ at random: do the tests notice? `make mutants` calls it.

Works in a copy of the tree, $O/mutants. A mutant that does not compile, or that makes the same
image, does not count. Each other one goes through the host tests of its file, guests, scripts and
lint, in this order, until something fails. What nothing notices is a survivor: either a test is
missing, or the line is not needed, or the change is none.

N=40       how many            SEED=1          which ones
FILES=p    only these files, like 'hyp/mp/*'    NR=7     only the seventh of them
Exit status: 0 if at least 95 % are killed.
"""
import fnmatch
import glob
import os
import random
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.chdir(ROOT)
O = os.environ.get("O") or "build"
TREE = os.path.abspath(f"{O}/mutants")
WANTED = 95  # percent
JOBS = str(os.cpu_count() or 1)
# What a mutant goes through after that; the quick and the telling first.
STAGES = [
    ("guest tests", ["scripts/test/test.py", "guest", "hyp-2x4", "hyp-4x4-new", "demo-4x4"]),
    ("guest tests, other machines", ["scripts/test/test.py", "guest", "hyp-1x8", "hyp-*poor*", "hyp-*nosstc", "hyp-*aia*", "race-*"]),
    ("scripts", ["scripts/test/test.py", "script", "vms.py", "panic.sh", "resets.sh", "exit_status.sh", "bad_*", "guest_args.sh",
                 "machines.sh", "bench_gate.py", "soak.sh", "lab.sh", "explore.sh", "litmus.sh"]),
    ("Linux", ["scripts/test/test.py", "script", "linux_life*", "linux_vms*"]),
    ("lint", ["scripts/test/test.py", "lint"]),
]
# What may be done to a line: a pattern and what takes its place.
CHANGES = [
    (r"==", "!="), (r"!=", "=="), (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "),
    (r" && ", " || "), (r" \|\| ", " && "), (r"\btrue\b", "false"), (r"\bfalse\b", "true"), (r" \+ 1\b", ""), (r" - 1\b", ""),
    (r" \+ ", " - "), (r" - ", " + "), (r" << ", " >> "), (r" & ~", " | "), (r" & ", " | "), (r"\b0\b", "1"), (r"\b1\b", "0"),
    (r"!(?=\w)", ""), (r"\bif \((?=.*\)$)", "if (!("), (r"\|= ", "= "), (r"\+\+", "--"),
]
STATEMENT = re.compile(r"^\t+(?!return|break|continue|goto|case|default|static|const|struct|enum|unsigned|bool|char|int|long|"
                       r"uint\d+_t|size_t|NORETURN|\}|\*|/)\S.*;$")
SKIP = re.compile(r"^\s*(#|/?\*|//|\}|\{|_Static_assert|static const|struct \w+ \{)|ENSURE|log_|COVER|snprintf|fail\(")


def candidates():
    """(file, line number, old, new)"""
    found = []
    for path in sorted(glob.glob("hyp/**/*.c", recursive=True)):
        if "_test" in path or "/port/host" in path or "asm_offsets" in path:
            continue
        if not fnmatch.fnmatch(path, os.environ.get("FILES") or "*"):
            continue
        with open(path) as source:
            for number, line in enumerate(source, 1):
                line = line.rstrip("\n")
                code = re.sub(r"/\*.*?\*/", lambda m: " " * len(m[0]), line).rstrip()
                if not line.startswith("\t") or SKIP.search(code):
                    continue
                if STATEMENT.match(code):
                    found.append((path, number, line, "\t;"))
                for pattern, new in CHANGES:
                    for match in re.finditer(pattern, re.sub(r'"[^"]*"', lambda m: "_" * len(m[0]), code)):
                        changed = line[:match.start()] + new + line[match.end():]
                        if new.startswith("if (!("):
                            changed = re.sub(r"\)(\s*\{?)$", r"))\1", changed)
                        found.append((path, number, line, changed))
    return found


def make_tree():
    shutil.rmtree(TREE, ignore_errors=True)
    os.makedirs(TREE)
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True).stdout
    for name in files.splitlines():
        if os.path.isfile(name):
            os.makedirs(os.path.dirname(f"{TREE}/{name}") or TREE, exist_ok=True)
            shutil.copy2(name, f"{TREE}/{name}")


def run(argv, log):
    env = {k: v for k, v in os.environ.items() if k not in ("O", "MAKEFLAGS", "MAKELEVEL", "N", "SEED", "FILES", "NR")}
    with open(log, "wb") as out:
        return subprocess.run(argv, cwd=TREE, env={**env, "QUICK": "1"}, stdin=subprocess.DEVNULL, stdout=out,
                              stderr=subprocess.STDOUT).returncode


def build():
    return run(["make", "-s", f"-j{JOBS}", "all"], f"{TREE}/build.log") == 0


def host_tests_of(path):
    """The tests whose first lines say that they are linked with @path."""
    for test in sorted(glob.glob("hyp/**/*_test.c", recursive=True)):
        with open(test) as file:
            linked = re.search(r"test-with: (.*?)\*/", file.read(2000), re.S)
        if linked and path in linked[1].split():
            yield os.path.basename(test)[:-2]


def image():
    with open(f"{TREE}/build/dormouse.bin", "rb") as file:
        return file.read()


def write(path, number, text):
    with open(f"{TREE}/{path}") as file:
        lines = file.read().split("\n")
    lines[number - 1] = text
    with open(f"{TREE}/{path}", "w") as file:
        file.write("\n".join(lines))


def killer(path):
    tests = list(host_tests_of(path))
    own = [("host tests", ["scripts/test/test.py", "host", *tests])] if tests else []
    for title, argv in own + STAGES:
        log = f"{TREE}/stage.log"
        if run(argv, log):
            with open(log, errors="replace") as file:
                first = next((line.strip() for line in file if re.match(r"\[.*\] FAIL|\s+FAIL |FAIL", line)), "?")
            return f"{title}: {first[:70]}"
    return None


def main():
    if sys.argv[1:]:
        print(__doc__)
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    wanted, seed, only = int(os.environ.get("N") or 40), os.environ.get("SEED") or "1", int(os.environ.get("NR") or 0)
    every = candidates()
    random.Random(seed).shuffle(every)
    make_tree()
    print(f"{len(every)} possible changes; trying {wanted} of them, SEED={seed}", flush=True)
    if not build():
        print(f"mutants: the tree does not build, see {TREE}/build.log")
        return 1
    right, survivors, tried = image(), [], 0
    for path, number, old, new in every:
        if tried == wanted:
            break
        write(path, number, new)
        if build() and image() != right:
            tried += 1
            if only in (0, tried):
                start, by = time.monotonic(), killer(path)
                print(f"[{tried:2}/{wanted}] {'killed  ' if by else 'SURVIVED'} {path}:{number} "
                      f"({time.monotonic() - start:.0f} s)\n    - {old.strip()[:90]}\n    + {new.strip()[:90]}"
                      + (f"\n    by {by}" if by else ""), flush=True)
                survivors += [] if by else [f"{path}:{number}"]
        write(path, number, old)
    asked = 1 if only else tried
    killed = asked - len(survivors)
    print(f"{killed} of {asked} killed" + (f"; survivors: {' '.join(survivors)}" if survivors else ""))
    return 0 if asked and killed * 100 >= asked * WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
