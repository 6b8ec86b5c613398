#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""machine.py - the wrong variants on the hypervisor itself, in QEMU: the last two columns of the laboratory's table.

    scripts/lab/machine.py [VARIANT...]      default: all; prints lines `VARIANT | replay | guest tests`, and on standard error why

replay        each schedule of scripts/lab/replay.txt with its variant, all of them with mutex, on three harts
guest tests   guest/test, unsteered, on one hart: what fails there fails every time, what takes luck cannot happen

Wrong schedulers are not run: what they do late depends on every instruction of the image.

A cell: `broken` (the guest saw what must not be), `panic` (a check of the hypervisor's own), the first guest test that fails, - (nothing),
or empty (there is no schedule). The images are built in $O-race/lab*, with race points.

Exit status: 0 however they behave; 1 when something does not build or does not come to its end.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.chdir(ROOT)
HOME = os.path.abspath((os.environ.get("O") or "build").rstrip("/") + "-race")
# One per file of guest/test that is about harts, and a reset with all of them awake.
TESTS = (("test=hsm_start_,hsm_stop_,hsm_suspend_,susp_ scale=20", "some"), ("test=reset_together scale=10", "reset"))
# Time is what has been executed: a busy build machine changes nothing. The second passes faster, and is too fast for harts that start.
ICOUNT, FAST = "-icount shift=3,sleep=off", "-icount shift=6,sleep=off"
FAULT = re.compile(r"^FAIL (\w+)|^\[[^]]*\] PANIC: (.*)", re.M)


def all_variants():
    lab = sorted(f[:-2] for f in os.listdir("scripts/lab/variants") if f.endswith(".c"))
    return ["mutex", *lab]


# ---- Images ----

def build(variant):
    """An image, in a folder of its own that scripts/run/run.sh takes for a build."""
    kind = "lab-mutex" if variant == "mutex" else "lab"
    out, image = f"{HOME}/{kind}", f"{HOME}/lab-image-{variant}"
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k not in ("MFLAGS", "LOCKING", "EXTRA_CFLAGS")}
    done = subprocess.run(["make", "--no-print-directory", "-s", f"-j{os.cpu_count()}", f"O={out}", "RACE_POINTS=1", f"LOCKING={variant}",
                           f"{out}/dormouse.bin", f"{out}/guest/race.bin", f"{out}/guest/test.bin"], env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"machine: {variant} does not build:\n{done.stdout}")
    os.makedirs(image, exist_ok=True)
    for name in ("dormouse.bin", "dormouse.elf", "guest/race.bin", "guest/test.bin"):
        shutil.copy(f"{out}/{name}", image)
    if kind == "lab":
        check_linked(variant, f"{out}/scripts/lab/variants/{variant}.o", f"{image}/dormouse.elf")
    return image


def functions(path):
    prefix = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
    tool = prefix + "nm" if shutil.which(prefix + "nm") else "riscv64-linux-gnu-nm"
    text = subprocess.run([tool, "-S", path], capture_output=True, text=True, check=True).stdout
    return {words[3]: int(words[1], 16) for words in map(str.split, text.splitlines()) if len(words) == 4 and words[2] == "T"}


def check_linked(variant, part, image):
    """A replaced function that the linker or the compiler has not replaced would make this a test of the right protocol."""
    there = functions(image)
    lost = [name for name in functions(part) if name not in there]
    if lost:
        sys.exit(f"machine: {variant}: not in the image: {' '.join(lost)}")


# ---- Runs ----

def boot(image, timeout=60, **settings):
    """(exit status, console)"""
    keep = {k: v for k, v in os.environ.items() if k not in ("INITRD", "APPEND", "MEM", "HOSTMEM", "HYPARGS", "LOG", "QEMUFLAGS")}
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(["scripts/run/run.sh"], env={**keep, "O": image, "RUNDIR": scratch, "VCPUS": "3", "TIMEOUT": str(timeout), **settings},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode(errors="replace").replace("\r", "")


def no_end(variant, what, text):
    tail = "\n".join(text.splitlines()[-15:])
    sys.exit(f"machine: {variant}: {what} did not come to its end:\n{tail}")


def schedules():
    with open("scripts/lab/replay.txt") as file:
        return [line.split() for line in file if line.strip() and line[0] != "#"]


def steps_of(text):
    path = f"guest/race/{text}.schedule"
    if not os.path.exists(path):
        return text
    with open(path) as file:
        return ",".join(filter(None, ("".join(line.split("#")[0].split()) for line in file)))


def replay(variant, image, owner, append, steps):
    steps = steps_of(steps)
    settings = dict(GUEST=f"{image}/race.bin", APPEND=append.replace(",", " "), HARTS="3", QEMUFLAGS=ICOUNT)
    status, text = boot(image, HYPARGS=f"schedule={steps}", **settings)
    if variant != owner and "names no race point" in text:
        status, text = boot(image, **settings)
    refused, panic = re.search(r"replay: .*(cannot proceed|cut short).*", text), re.search(r"PANIC: .*", text)
    outcome = "panic" if panic else "broken" if "REPLAY BROKEN" in text else "-" if "REPLAY SOUND" in text else None
    answer = "-" if outcome and refused else outcome  # what comes after a refusal is luck
    said = refused or panic or re.search(r"(scene|replay): .*(hart|suspend|SUCCESS).*", text)
    print(f"  {variant}: replay for {owner}: {answer}: {said[0] if said else ''}", file=sys.stderr)
    if not answer or status == 124:
        no_end(variant, "the replay", text)
    return answer


def guest_tests(variant, image):
    for append, what in TESTS:
        status, text = boot(image, GUEST=f"{image}/test.bin", APPEND=append, HARTS="1", QEMUFLAGS=FAST)
        fault = FAULT.search(text)
        print(f"  {variant}: guest tests, {what}: {fault[0] if fault else '-'}", file=sys.stderr)
        if status == 124 or not fault and status:
            no_end(variant, "the guest", text)
        if fault:
            return fault[1] or "panic"
    return "-"


def cells(variant, image):
    answers = [replay(variant, image, owner, append, steps) for owner, append, steps in schedules() if variant in (owner, "mutex")]
    worst = next((a for a in answers if a != "-"), "-" if answers else "")
    return worst, guest_tests(variant, image)


def main():
    if sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    chosen = sys.argv[1:] or all_variants()
    for name in set(chosen) - set(all_variants()):
        sys.exit(f"machine: there is no variant {name}; there are: {' '.join(all_variants())}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [(variant, pool.submit(cells, variant, build(variant))) for variant in chosen]
        for variant, job in jobs:
            print(" | ".join([variant, *job.result()]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
