#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""grade.py - check the solution of a lab: make grade LAB=n (the labs are in hyp/lock/README.md).

The first time it puts the broken file into lab/n.c. Then, every time: does the file compile and still define what it is to repair; what do the
lock annotations say; what does the explorer find, first in small worlds, then in larger ones (in small ones only, if the annotations complain).

LABS=dir: the solutions' folder, instead of lab. QUICK=1: the explorer gives up early (what `make test` does with its own solutions).
Exit status: 0 the solution is accepted, 1 it is not.
"""
import functools
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # a test loads this file by its path
import lab  # noqa: E402

FUNCTION = re.compile(r"^(?!static)(?:\w[\w \t*]*?[ \t*])(\w+)\([^;{]*?\)[^;{()]*(?:\([^;{]*?\)[^;{()]*)*\n{\n.*?^}\n", re.M | re.S)
CLANG = ["--target=riscv64", "-march=rv64imac", "-ffreestanding", "-std=gnu11", "-nostdlibinc", "-Ihyp", "-DDORMOUSE_LAB",
         "-fsyntax-only", "-Wall", "-Wextra"]
SHOWN = 12  # lines of a compiler

# What it means, without saying how to repair it.
MEANING = {
    "I1": "the VM was suspended, and another vCPU was not stopped. Which step made that look good that was not?",
    "I2": "a start or a suspend succeeded, or went on, after a reset had been decided. Who should have looked again, and when?",
    "I3": "one life, two successful starts (or none). Who else could come between the question and the act?",
    "I4": "a vCPU began or went on at an address that was not its own. Who wrote it, and was he allowed to yet?",
    "I5": "a call was refused without a reason: what it complains about was not so at any moment of the call. A lock waits; it does not refuse.",
    "I6": "guest code ran in a vCPU that is not STARTED.",
    "I8": "somebody sleeps although there is a reason to be awake.",
    "I9": "all vCPUs are stopped, and nobody noticed.",
    "I10": "nobody can move any more. Look at the end of the trace: who waits, for what, and who has it?",
    "I11": "a lock was taken along into the guest: some path does not give it back.",
    "I12": "two suspends at once.",
    "I13": "an interrupt was sent to a started vCPU and is gone. Who cleared it, and was it still his to clear?",
    "I14": "the system is suspended, and its keeper has not seen that, or will not look again.",
    "H5": "a vCPU was started while its old context was in use on a hart.",
    "panic": "a check at run time has stopped it: the line says which, the trace says how it came there.",
}


def labs():
    """scripts/lab/labs.txt: number -> (variant to start from, question)."""
    with open("scripts/lab/labs.txt") as lines:
        return {n: (v, q.strip()) for n, v, q in (line.split(None, 2) for line in lines if line.strip() and line[0] != "#")}


def functions(path):
    """name -> text of each function that a file defines for others."""
    with open(path) as file:
        return {match[1]: match[0] for match in FUNCTION.finditer(file.read())}


def start_file(variant):
    return lab.variant_files(variant)[0]


def make_file(path, variant, number, question):
    """The broken file, whose comment at the top would say too much: the question comes in its place."""
    with open(start_file(variant)) as file:
        text = re.sub(r"\A(/\*.*?\*/\n)/\*.*?\*/\n", rf"\1/* Lab {number}: {question} */\n", file.read(), count=1, flags=re.S)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def does_not_compile(said):
    print(*said.strip().splitlines()[:SHOWN], sep="\n", end="\n\n")
    return "it does not compile; the compiler's first lines are above."


@functools.lru_cache(maxsize=None)
def explorer(path, ranks):
    return lab.compile_explorer(path, ranks=ranks)


def check_compiles(path):
    said = lab.run(["clang", *CLANG, path]).stdout
    try:
        if not said:
            explorer(path, True)
    except SystemExit as why:
        said = str(why)
    return does_not_compile(said) if said else None


def check_whole(path, variant):
    lost = [name for name in functions(start_file(variant)) if name not in functions(path)]
    if lost:
        return f"it no longer defines {', '.join(lost)}: then the hypervisor's own is linked, and yours is not repaired but gone."
    with open(path) as file:
        if re.search(r"no_thread_safety_analysis|LOCK_INTERNALS|CLAIMS_HELD|TSA\(|pragma", file.read()):
            return "it switches the analysis off; that is not a repair."
    return None


def check_annotations(path):
    found = lab.run(["clang", *CLANG, "-Wthread-safety", "-Wthread-safety-beta", path]).stdout.strip()
    if not found:
        return None
    print(found + "\n")
    return "the lock annotations reject it. A lock is taken and not given back, or something is touched or called without the lock that\nguards it; the message names both."


def explain(text):
    broken = re.search(r"^VIOLATION (?:panic: )?(\w+)", text, re.M)
    return MEANING.get(broken[1], MEANING["panic"]) if broken else "?"


def check_explorer(path, briefly):
    quick = ["--states=150000"] if os.environ.get("QUICK") else []
    worlds = [("three vCPUs, start, stop and SUSP", True, ["--vcpus=3", "--without=agent,srst,ipi,status,hsusp", *quick]),
              ("two vCPUs, everything", True, ["--vcpus=2", *quick]),
              ("two vCPUs, start, stop and SUSP, a switch at every access", True,
              ["--vcpus=2", "--without=agent,srst,ipi,status,hsusp", "--fine", *quick]),
             ("three vCPUs, what guests can do but interrupts", True, ["--vcpus=3", "--without=agent,ipi", *quick]),
              ("two vCPUs, the run-time lock check left out", False, ["--vcpus=2", "--without=ipi,status", *quick]),
              ("three vCPUs, everything, for a while", True, ["--vcpus=3", *(quick or ["--time=15"])])]
    for title, ranks, argv in worlds[:4] if briefly else worlds:
        text = lab.run([explorer(path, ranks), *argv, "--quiet", f"--mem={lab.MEMORY}"]).stdout
        if "VIOLATION" in text:
            print(text)
            return f"the explorer broke it ({title}), in as few steps as can be; read them from the top.\nThe end means: {explain(text)}"
        if not re.search(r"^(HOLDS|LIMIT)", text, re.M):
            print(text)
            return f"the explorer came to no answer ({title})."
    return None


def main():
    number, known = os.environ.get("LAB") or "", labs()
    if number not in known:
        print("which lab? make grade LAB=n, with n one of:", *(f"  {n}  {question}" for n, (_, question) in known.items()), sep="\n")
        return 1
    variant, question = known[number]
    folder = os.environ.get("LABS") or "lab"
    path = f"{folder}/{number}.c"
    try:
        if not os.path.exists(path):
            make_file(path, variant, number, question)
            print(f"Lab {number}: {question}\nYour copy of the broken file is {path}. What is wrong with it right now:\n")
        complaint = check_compiles(path) or check_whole(path, variant)
    except (OSError, UnicodeDecodeError) as why:
        sys.exit(f"grade: {path}: {why}")
    if not complaint:
        rejected = check_annotations(path)
        complaint = "\nAnd ".join(filter(None, [rejected, check_explorer(path, briefly=rejected)]))
    if complaint:
        print(f"FAIL lab_{number}: {complaint}")
        return 1
    print(f"PASS lab_{number}: the annotations are content, and the explorer finds nothing in what it has searched.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
