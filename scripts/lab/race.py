#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""race.py - replay the suspend race on the real hypervisor, in every variant of LOCKING: `make race`.

    scripts/lab/race.py [LOCKING...]    none, flag and mutex side by side, each with its schedule; then
                                        as often as N says

Environment: N (replays of each, default 5), SCHEDULE (a file, or 0:point,1:point,..., instead of guest/race/*.schedule),
HARTS (of the machine, default 3), VCPUS (3), O (build), QEMU, BIOS, QEMUFLAGS (-icount shift=0 for one), KEEP=dir to keep the consoles.
The builds go to $O-race/LOCKING: they contain race points, the normal one does not.

Exit status: 0 when none and flag break and mutex refuses, every time, or when a given SCHEDULE broke it, was refused or did no harm;
1 otherwise; 2 when it cannot start, be it for a SCHEDULE that cannot be read.
"""
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import progress  # noqa: E402

O = os.environ.get("O") or "build"
HOME = O.rstrip("/") + "-race"
WIDTH = 80
STEP = re.compile(r"replay: +(\d+)  (v\d+ \w+)")
# variant: its schedule, the guest's arguments, what must come of it
PLAN = {
    "none": ("none", "replay", "broken"),
    "flag": ("flag", "replay nap", "broken"),
    "mutex": ("none", "replay", "refused"),
}
SAYS = {"none": "no lock over the scan", "flag": "a flag that START looks at", "mutex": "vm->lock over both"}


class Unusable(Exception):
    """What was asked for cannot be done; says why."""


def schedule(name):
    """The steps of a schedule file, or of a list given as text."""
    path = name if os.path.exists(name) else os.path.join(ROOT, "guest/race", name + ".schedule")
    if not os.path.isfile(path):
        if ":" not in name:
            raise Unusable(f"SCHEDULE={name}: no such file, nor a list vcpu:point,vcpu:point,...")
        return name
    with open(path) as lines:
        return ",".join(filter(None, ("".join(line.split("#")[0].split()) for line in lines)))


def build(locking):
    out = os.path.join(HOME, locking)
    os.makedirs(HOME, exist_ok=True)
    command = ["flock", "-F", os.path.join(HOME, "build.lock"), "make", "--no-print-directory", "-s", f"-j{os.cpu_count()}", f"O={out}", "RACE_POINTS=1", f"LOCKING={locking}"]
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    with progress.running(f"building LOCKING={locking}"):
        done = subprocess.run(command + [f"{out}/dormouse.bin", f"{out}/guest/race.bin"], cwd=ROOT, env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"race: LOCKING={locking} does not build:\n{done.stdout}")


class Run:
    """One replay: its console, what the steps were, how it ended. A schedule of ours must also be replayed to its end."""

    def __init__(self, locking, number, steps, append, ours):
        out = os.path.join(HOME, locking)
        with tempfile.TemporaryDirectory() as scratch:
            env = dict(os.environ, O=out, RUNDIR=scratch, GUEST=f"{out}/guest/race.bin", APPEND=append, TIMEOUT="60",
                       HYPARGS=f"schedule={steps} trace=1", VCPUS=os.environ.get("VCPUS") or "3",
                       HARTS=os.environ.get("HARTS") or "3", LOG="")
            with progress.running(f"LOCKING={locking} replay {number + 1}"):
                self.status = subprocess.run([os.path.join(ROOT, "scripts/run/run.sh")], cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = self.status.stdout.decode(errors="replace").replace("\r", "")
        self.status = self.status.returncode
        if os.environ.get("KEEP"):
            os.makedirs(os.environ["KEEP"], exist_ok=True)
            with open(os.path.join(os.environ["KEEP"], f"race-{locking}-{number}.log"), "w") as log:
                log.write(text)
        said = [re.sub(r"^\[h\d+ \w+\] ", "", line) for line in text.splitlines()]
        self.lines = [line[7:].strip() for line in said if line.startswith("replay:")]
        self.steps = [match[2] for line in said for match in [STEP.match(line)] if match]
        self.sound = "REPLAY SOUND" in said
        broken = "REPLAY BROKEN" in said and any("counted to" in line for line in said)
        held = any("cannot proceed" in line and "->lock, held by" in line for line in said)
        done = any(line.startswith("replay: done, all") for line in said)
        # A user's may end anywhere, before or after the break.
        self.verdict = "broken" if broken and (done or not ours) else "refused" if held and self.sound else "sound" if self.sound else "odd"
        self.refusal = next((line for line in said if "schedule: " in line), said[-1] if self.status == 2 else None)
        self.text = text


def wrap(line, width):
    words, lines = line.split(" "), [""]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > width and lines[-1]:
            lines.append("   ")
        lines[-1] += (" " if lines[-1].strip() else "") + word
    return lines


def side_by_side(columns):
    width = WIDTH // len(columns)
    cells = [[piece for line in lines for piece in wrap(line, width - 2)] for lines in columns]
    for row in range(max(map(len, cells))):
        print("".join((cell[row] if row < len(cell) else "").ljust(width) for cell in cells).rstrip())


def main():
    if sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    chosen = sys.argv[1:] or list(PLAN)
    if any(name not in PLAN for name in chosen):
        print(f"race: there is {', '.join(PLAN)}", file=sys.stderr)
        return 2
    count = os.environ.get("N") or "5"
    if not count.isdecimal() or int(count) == 0:
        raise Unusable(f"N={count}: not a number of replays")
    count = int(count)
    given = os.environ.get("SCHEDULE")
    schedules = {name: schedule(given or PLAN[name][0]) for name in chosen}
    jobs = {}
    for name in chosen:
        build(name)
    with ThreadPoolExecutor(2) as pool:
        for name in chosen:
            jobs[name] = [pool.submit(Run, name, i, schedules[name], PLAN[name][1], not given) for i in range(count)]
        runs = {name: [job.result() for job in jobs[name]] for name in chosen}
    for run in (run for name in chosen for run in runs[name] if run.refusal):
        raise Unusable(run.refusal)
    side_by_side([[f"LOCKING={name}: {SAYS[name]}", ""] + (runs[name][0].lines or runs[name][0].text.splitlines()[-15:])
                  + ["", "=> " + runs[name][0].verdict] for name in chosen])
    print()
    good = True
    for name in chosen:
        want, all_runs = PLAN[name][2], runs[name]
        hits = sum(run.verdict == want for run in all_runs)
        same = sum(run.steps == all_runs[0].steps for run in all_runs)
        odd = next((run for run in all_runs if run.verdict != want or run.steps != all_runs[0].steps), None)
        if odd and odd is not all_runs[0]:
            log = os.path.join(HOME, f"odd-{name}.log")
            with open(log, "w") as out:
                out.write(odd.text)
            print(f"one of LOCKING={name} that is different, all of it in {log}:", *(odd.lines or odd.text.splitlines()[-8:]),
                  f"=> {odd.verdict}", sep="\n    ")
        print(f"LOCKING={name:5} {want} {hits} of {count}, the same {len(all_runs[0].steps)} steps {same} of {count}")
        good = good and hits == same == count
    done = given and not any(run.verdict == "odd" for all_runs in runs.values() for run in all_runs)
    print("RACE", "PASS" if good else "DONE" if done else "FAIL")
    return 0 if good or done else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unusable as why:
        print(f"race: {why}", file=sys.stderr)
        sys.exit(2)
