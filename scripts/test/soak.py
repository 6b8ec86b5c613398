#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""soak.py - a VM that attacks beside a VM that checks itself

    make soak [EXITS=100000000] [SEED=1] [HARTS=2] [LATE=5000]

guest/soak runs in two VMs on HARTS harts. The hostile one has 4 vCPUs and leaves its VM EXITS
times: random calls, starts, stops, suspends, fences, timers, accesses, page tables, instructions,
some output, a dozen reboots. The victim has 2 vCPUs and checks its memory, registers, CSRs,
floating point, timers and harts until the other one is done. A timer of the victim may be LATE
milliseconds late. The exits are counted by the hypervisor's own statistics.

Prints a line every 10 seconds, then PASS or FAIL for each claim, and the verdict. Exit status: 0
passed, 1 failed. The whole console is in $O/soak/console.log. SEED gives the same attacks, though
not the same interleaving.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "cases"))
from linux_lib import Lost, Machine, ROOT, SLOW  # noqa: E402

O = os.environ.get("O") or "build"
PROGRESS = 10  # seconds
SILENCE = 60  # seconds in which either VM says nothing: hangs
failed = False


def number(name, default):
    word = os.environ.get(name) or str(default)
    if not re.fullmatch(r"[1-9][0-9]*", word):
        print(f"soak: {name}={word} is not a number", file=sys.stderr)
        sys.exit(2)
    return int(word)


def claim(name, good, why):
    global failed
    failed |= not good
    print(f"PASS {name}" if good else f"FAIL {name}: {why}", flush=True)


def fit(folder, exits, seed, late):
    """The victim comes first: keys go to the first VM."""
    kernel = os.path.realpath(f"{O}/guest/soak.bin")
    source = f"""/dts-v1/; / {{ description = "soak"; #address-cells = <1>;
        images {{ k {{ type = "kernel"; arch = "riscv"; compression = "none";
                       load = <0>; entry = <0>; data = /incbin/("{kernel}"); }}; }};
        configurations {{ default = "victim";
            victim {{ kernel = "k"; bootargs = "role=victim late={late}";
                      dormouse,vcpus = <2>; dormouse,memory = "16M"; }};
            hostile {{ kernel = "k"; bootargs = "role=hostile exits={exits} seed={seed}";
                       dormouse,vcpus = <4>; dormouse,memory = "16M"; }}; }}; }};"""
    path = os.path.join(folder, "soak.itb")
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", path, "-"],
                   input=source.encode(), check=True)
    return os.path.realpath(path)


def last(pattern, text):
    found = re.findall(pattern, text, re.M)
    return found[-1] if found else None


def watch(machine, exits):
    """Until the hostile VM is done: progress, and what either of them finds wrong."""
    start = shown = time.monotonic()
    heard, seen = {"HOSTILE": start, "VICTIM": start}, 0
    while True:
        with machine.grown:
            machine.grown.wait(1)
            new, tail = machine.text[seen:], machine.text[-20000:]
            seen = len(machine.text)
        now = time.monotonic()
        for who in heard:
            if who + " " in new:
                heard[who] = now
            if now - heard[who] > SILENCE * SLOW:
                raise Lost(f"{who} has said nothing for {SILENCE * SLOW:.0f} s")
        broken = last(r"((?:HOSTILE|VICTIM) FAIL.*)\n", tail)
        if broken:
            time.sleep(3)  # for the statistics
            raise Lost(broken)
        if "HOSTILE DONE" in tail and re.search(r"hostile: shut down", tail):
            return now - start
        if machine.at_end:
            raise Lost("it ended before the hostile VM was done")
        if now - shown >= PROGRESS:
            shown = now
            report(now - start, tail, exits)


def report(seconds, tail, exits):
    at = int(last(r"HOSTILE (?:at|boot \d+,) (\d+)", tail) or 0)
    rounds, late = last(r"VICTIM at rounds (\d+), .* at most (\d+) us", tail) or ("0", "0")
    left = f"some {seconds * (exits - at) / at:.0f} s to go" if at else "starting"
    print(f"  {seconds:.0f} s: {at:,} of {exits:,} exits, {at / seconds:,.0f} a second, {left}; "
          f"victim: {rounds} rounds, timers at most {int(late) / 1000:.1f} ms late", flush=True)


def judge(text, status, exits):
    stats = json.loads(last(r'^(\{"vms".*\})$', text) or '{"vms": []}')
    hostile = [v for v in stats["vms"] if v["vm"] == "hostile"]
    counted = {}
    for vcpu in hostile[0]["vcpus"] if hostile else []:
        for cause, n in vcpu["exits"].items():
            counted[cause] = counted.get(cause, 0) + n
    total = sum(counted.values())
    boots = hostile[0]["boots"] if hostile else 0
    print(f"  exits: {', '.join(f'{cause} {n:,}' for cause, n in counted.items())}; boots: {boots}")
    claim("soak_exits_were_made", total >= exits, f"the statistics count {total:,} of {exits:,}")
    claim("soak_exits_are_of_every_kind", len(counted) == 5 and all(counted.values()), f"{counted}")
    claim("soak_hostile_rebooted", boots > 1, "never")
    claim("soak_victim_is_whole", "VICTIM PASS" in text, last(r"(VICTIM.*)", text))
    # A VM's lines carry its name, and nobody else's. OpenSBI from 1.6 on ends no line of its own.
    text = text.replace("system_opcode_insn: Invalid opcode for CSR read/write instruction", "")
    whole = re.compile(r"\[victim\] VICTIM |\[hostile\] HOSTILE ")
    odd = [line for line in text.splitlines()
           if re.search(r"VICTIM|HOSTILE", line) and not whole.match(line)]
    claim("soak_lines_are_whole", not odd, f"{len(odd)}: {odd[:3]}")
    panic = last(r"^.*(?:PANIC|panic:).*$", text)
    claim("soak_no_panic", panic is None, panic)
    claim("soak_ends_well", status == 0, f"exit status {status}")


def main():
    if sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    os.chdir(ROOT)
    # The machine ends with us, whatever ends us: QEMU has a session of its own.
    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, lambda number, frame: sys.exit(128 + number))
    exits, seed = number("EXITS", 10**8), number("SEED", 1)
    harts, late = number("HARTS", 2), number("LATE", 5000)
    folder = os.environ.get("RUNDIR") or f"{O}/soak"
    os.makedirs(folder, exist_ok=True)
    print(f"soak: {exits:,} exits of 4 hostile vCPUs on {harts} harts beside a victim, SEED={seed}",
          flush=True)
    image = fit(folder, exits, seed, late)
    machine = Machine("soak", ["scripts/run/run.sh"], limit=10**6, guest=image, harts=harts,
                      hypargs="stats=1")
    status, seconds = None, 0
    with machine:
        try:
            seconds = watch(machine, exits)
            machine.send("q")
            machine.expect("VICTIM PASS", 30 + late / 1000)
            machine.expect(r'^\{"vms".*\}$', 30)
            status = machine.status(30)
        except Lost as why:
            print("\n".join("    " + line for line in machine.text.splitlines()[-40:]))
            claim("soak_runs_to_its_end", False, why)
    with open(f"{folder}/console.log", "w") as console:
        console.write(machine.text)
    if status is not None:
        judge(machine.text, status, exits)
        print(f"soak: {exits:,} exits took {seconds:.0f} s")
    print(f"soak: {'FAILED' if failed else 'PASSED'}, SEED={seed} EXITS={exits}, "
          f"the console is in {folder}/console.log")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
