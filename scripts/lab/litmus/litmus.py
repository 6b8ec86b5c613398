#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""litmus.py - the litmus tests of this folder under RISC-V's memory model (RVWMO), by herd7: `make litmus`.

    scripts/lab/litmus/litmus.py [TEST...]      default: all of expected.txt

Each test is a few instructions of two harts and an outcome. `as written` they are what the psABI maps the atomics of hyp/lib/atomic.h
to (gcc 14); run again with what gcc 12 makes of them. Where the outcome must never be, it must become possible once all fences, .aq and
.rl are taken out: a test that cannot fail shows nothing. Then: are the atomics compiled to either of the two, and does the code still
have them where places.txt says?

Exit status: 0 all as expected, 1 not, 77 no herd7 (scripts/fetch/herd7.sh gets one).
"""
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import progress  # noqa: E402

HERE = os.path.join(ROOT, "scripts/lab/litmus")
RMW = re.compile(r"(amo\w+\.[wd])\.aqrl (.*)")


def herd():
    words, why = progress.fetched("herd7")
    return words.get("HERD7"), why


# ---- The same test in other instructions ----

def older(column):
    """As gcc 12 maps the atomics: everything but the plain accesses and full fences is different."""
    out, release = [], False
    for op in column:
        store, rmw = re.fullmatch(r"sw (\w+),0(\(\w+\))", op), RMW.fullmatch(op)
        if op == "fence r,rw":
            op = "fence rw,rw"
        if rmw:
            out += ["fence rw,w", f"{rmw[1]}.aq {rmw[2]}"]
        elif op.startswith("lr.w.aqrl"):
            out += ["fence rw,w", op.replace("aqrl", "aq", 1)]
        elif op.startswith("sc.w.rl"):
            out.append(op.replace("rl", "aq", 1))
        elif release and store:
            out.append(f"amoswap.w x0,{store[1]},{store[2]}")
        else:
            out.append(op)
        # A register may be loaded between the two halves of a release.
        release = op == "fence rw,w" or (release and op.split()[0] in ("li", "addi"))
    return out


def stripped(column):
    return [re.sub(r"^((?:amo\w+|lr|sc)\.[wd])\.(?:aqrl|aq|rl)", r"\1", op) for op in column if not op.startswith("fence")]


def columns_of(text):
    head, body = text.split("\n}\n")
    rows = [line.rstrip(" ;").split("|") for line in body.splitlines() if line.rstrip().endswith(";")]
    width = len(rows[0])
    columns = [[cell.strip() for cell in column] for column in zip(*(row + [""] * (width - len(row)) for row in rows))]
    end = next(line for line in body.splitlines() if line.startswith("exists"))
    return head, [[column[0], [op for op in column[1:] if op]] for column in columns], end


def rewrite(text, how):
    head, columns, end = columns_of(text)
    columns = [[name, *how(ops)] for name, ops in columns]
    rows = [" | ".join(column[i] if i < len(column) else "" for column in columns) + " ;" for i in range(max(map(len, columns)))]
    return "\n".join([head, "}", *rows, end, ""])


def verdict(exe, text):
    with tempfile.NamedTemporaryFile("w", suffix=".litmus") as file:
        file.write(text)
        file.flush()
        said = subprocess.run([exe, "-model", "riscv.cat", file.name], capture_output=True, text=True,
                              timeout=120 * progress.SLOW)
    found = re.search(r"^Observation \S+ (\w+)", said.stdout, re.M)
    return found[1] if found else (said.stderr or said.stdout).strip()[:200]


def run_test(exe, name, want):
    with progress.running(name):
        return test(exe, name, want)


def test(exe, name, want):
    with open(f"{HERE}/{name}.litmus") as file:
        text = file.read()
    if not text.startswith(f"RISCV {name}\n"):
        return f"FAIL litmus_{name}: the file gives another name"
    seen = {"as written": verdict(exe, text), "as gcc 12 maps it": verdict(exe, rewrite(text, older))}
    for how, answer in seen.items():
        if answer != want:
            return f"FAIL litmus_{name}: {answer} {how}, expected {want}"
    if want == "Never":
        answer = verdict(exe, rewrite(text, stripped))
        if answer != "Sometimes":
            return f"FAIL litmus_{name}: {answer} even without any order: it would not notice a missing one"
    return f"PASS litmus_{name}: {want}" + (", and Sometimes without the orders" if want == "Never" else "")


# ---- Is it about our code? ----

PROBE = r"""
#include <stdint.h>
#include <stdbool.h>
#include "lib/atomic.h"
typedef unsigned u; typedef unsigned long ul;
u load_acquire(u *p) { return atomic_load_acquire(p); }
void store_release(u *p, u v) { atomic_store_release(p, v); }
void fetch_or(ul *p, ul v) { atomic_fetch_or(p, v); }
void fetch_add(ul *p, ul v) { atomic_fetch_add(p, v); }
u fetch_add_relaxed(u *p, u v) { return atomic_fetch_add_relaxed(p, v); }
ul swap(ul *p, ul v) { return atomic_swap(p, v); }
int cas(u *p, u old, u new) { return atomic_cas(p, old, new); }
void full_fence(void) { atomic_fence(); }
"""
MAPPINGS = {
    "load_acquire": ["l; fence r,rw", "l; fence rw,rw"],
    "store_release": ["fence rw,w; s", "fence rw,w; amoswap"],
    "fetch_or": ["amoor.aqrl", "fence rw,w; amoor.aq"],
    "fetch_add": ["amoadd.aqrl", "fence rw,w; amoadd.aq"],
    "fetch_add_relaxed": ["amoadd"],
    "swap": ["amoswap.aqrl", "fence rw,w; amoswap.aq"],
    "cas": ["lr.aqrl; sc.rl", "fence rw,w; lr.aq; sc.aq"],
    "full_fence": ["fence rw,rw"],
}


def check_mapping():
    prefix = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
    with tempfile.TemporaryDirectory() as scratch:
        with open(f"{scratch}/probe.c", "w") as file:
            file.write(PROBE)
        done = subprocess.run([prefix + "gcc", "-march=rv64imac", "-mabi=lp64", "-ffreestanding", "-O2", "-S", "-I" + os.path.join(ROOT, "hyp"),
                               "-o", "-", f"{scratch}/probe.c"], capture_output=True, text=True)
    if done.returncode:
        return f"FAIL litmus_mapping: {done.stderr[:300]}"
    for name, known in MAPPINGS.items():
        body = re.search(rf"^{name}:\n(.*?)^\s*\.size", done.stdout, re.M | re.S)[1].replace(";", "\n")
        ops = []
        for line in body.splitlines():
            words = re.sub(r"^\s*\d+:", "", line).split(None, 1)
            if words and words[0].startswith(("amo", "lr.", "sc.")):
                base, *order = words[0].split(".")
                ops.append(base + "".join("." + o for o in order if o in ("aq", "rl", "aqrl")))
            elif words and words[0] == "fence":
                ops.append("fence " + re.sub("[io]", "", words[1].replace(" ", "")))
            elif words and re.fullmatch(r"[ls][wd]", words[0]):
                ops.append(words[0][0])
        if "; ".join(ops) not in known:
            return f"FAIL litmus_mapping: this compiler makes '{'; '.join(ops)}' of {name}; the tests know {known}"
    return "PASS litmus_mapping: the compiler makes of each atomic what the tests are written in"


def function(text, name):
    found = re.search(rf"^[^\n;{{}}=]*\b{name}\([^;{{]*?\)[^;{{]*\n{{\n(.*?)^}}\n", text, re.M | re.S)
    return found[1] if found else None


def check_places(tests):
    missing = set(tests)
    with open(f"{HERE}/places.txt") as file:
        lines = [line.strip() for line in file if line.strip() and line[0] != "#"]
    for line in lines:
        where, *needles = [part.strip() for part in line.split(" | ")]
        test, path, name = where.split()
        missing.discard(test)
        with open(os.path.join(ROOT, path)) as file:
            body, at = function(file.read(), name), 0
        if test not in tests or body is None:
            return f"FAIL litmus_places: {where}: " + ("no such function" if body is None else "no such test")
        for needle in needles:
            at = body.find(needle, at)
            if at < 0:
                return f"FAIL litmus_places: {test}.litmus is about {path} {name}(), and '{needle}' is not there any more, or not in that order"
    if missing:
        return f"FAIL litmus_places: of no place: {' '.join(sorted(missing))}"
    return f"PASS litmus_places: {len(lines)} places in the code have what their tests show"


def main():
    if sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    with open(f"{HERE}/expected.txt") as file:
        rows = dict(line.split()[:2] for line in file if line.strip() and line[0] != "#")
    files = {name[:-7] for name in os.listdir(HERE) if name.endswith(".litmus")}
    if files != set(rows):
        print(f"FAIL litmus_files: in the folder or in expected.txt only: {' '.join(sorted(files ^ set(rows)))}")
        return 1
    chosen = sys.argv[1:] or list(rows)
    for name in chosen:
        if name not in rows:
            print(f"litmus: there is no test {name}; there are: {' '.join(rows)}", file=sys.stderr)
            return 2
    failed = False

    def say(line):
        nonlocal failed
        failed |= line.startswith("FAIL")
        print(line, flush=True)

    say(check_mapping())
    say(check_places({name for name in rows if rows[name] == "Never" and name != "run-amo"}))
    exe, why = herd()
    if exe:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for line in pool.map(lambda name: run_test(exe, name, rows[name]), chosen):
                say(line)
    else:
        say(f"SKIP litmus: {why}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
