#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""start_cost.py - what the mutex costs: the instructions of one uncontended mutex_lock and mutex_unlock in the built image, beside those of
the whole HART_START that they are part of, counted as they run.

QEMU 10 (scripts/fetch/qemu.sh) runs guest/bench one instruction at a time and logs every pc of the hypervisor. Exit status 77: cannot tell here.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.chdir(ROOT)
sys.dont_write_bytecode = True
sys.path.insert(0, "scripts/bench")
import bench_lib  # noqa: E402
from bench_lib import CROSS, O, Machine, Missing  # noqa: E402

TRACE = re.compile(r"Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")


def disassembly():
    """pc -> (function, instruction), and where each function begins"""
    out = subprocess.run([CROSS + "objdump", "-d", "--no-show-raw-insn", f"{O}/dormouse.elf"], capture_output=True, text=True, check=True).stdout
    code, entries, function = {}, {}, ""
    for line in out.splitlines():
        if match := re.match(r"([0-9a-f]+) <(\S+)>:", line):
            function = re.sub(r"\.(lto_priv|isra|constprop|part)\.\d+", "", match[2])
            entries[function] = int(match[1], 16)
        elif match := re.match(r"\s*([0-9a-f]+):\t(.*)", line):
            code[int(match[1], 16)] = (function, match[2])
    return code, entries


def trace(machine, first, last):
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        subprocess.run([machine.qemu, "-M", "virt", "-cpu", "rv64", "-accel", "tcg,one-insn-per-tb=on", "-smp", "1", "-m", "1G", "-display", "none",
                        "-serial", "null", "-monitor", "none", "-no-reboot", "-bios", machine.bios, "-icount", "shift=0,sleep=off",
                        "-kernel", f"{O}/dormouse.bin", "-initrd", f"{O}/guest/bench.bin", "-append",
                        "exit=test counters=host vcpus=2 log=error -- set=harts only=start_call",
                        "-d", "exec,nochain", "-dfilter", f"{first:#x}..{last:#x}", "-D", log],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=240)
        with open(log) as lines:
            return [int(m[1], 16) for m in map(TRACE.match, lines) if m]


def calls(pcs, code, entry):
    """(begin, end) of each run of the function there, by counting calls and returns."""
    begin = None
    for i, pc in enumerate(pcs):
        if begin is None and pc == entry:
            begin, depth = i, 0
        if begin is not None:
            text = code[pc][1]
            if text == "ret" or text.startswith("jr\tra"):
                depth -= 1
            elif re.match(r"(jal|jalr)\t(ra,|[0-9a-z]+$|[0-9a-f]+ <)", text) and not text.startswith(("jal\tzero", "jalr\tzero")):
                depth += 1
            if depth < 0:
                yield begin, i + 1
                begin = None


def traps(pcs, code, entry):
    """The pcs of each trip from a guest and back to it."""
    begin = None
    for i, pc in enumerate(pcs):
        if pc == entry:
            begin = i
        elif code[pc][1] == "sret" and begin is not None:
            yield pcs[begin:i + 1]
            begin = None


def main():
    try:
        machine = Machine(fetch=True)
        code, entries = disassembly()
        pcs = trace(machine, min(code), max(code))
    except (Missing, OSError, subprocess.SubprocessError) as why:
        print(f"SKIP start_cost: {why}")
        return 77
    missing = [name for name in ("mutex_lock", "mutex_unlock", "trap_entry") if name not in entries]
    if missing:
        print(f"SKIP start_cost: the compiler has made no function of its own of {', '.join(missing)}")
        return 77
    slow = {"lock_slowly", "unlock_slowly", "wait_for_turn"}
    # Only HART_START takes the mutex and returns to the guest.
    trips = [trip for trip in traps(pcs, code, entries["trap_entry"]) if entries["mutex_lock"] in trip and not slow & {code[pc][0] for pc in trip}]
    if not trips:
        print("start_cost: no uncontended HART_START in the trace", file=sys.stderr)
        return 1
    cost = {name: next(b - a for a, b in calls(trips[-1], code, entries[name])) for name in ("mutex_lock", "mutex_unlock")}
    print(f"mutex_lock {cost['mutex_lock']} + mutex_unlock {cost['mutex_unlock']} = {sum(cost.values())} instructions, nobody else wanting it; "
          f"{len(trips[-1])} in all of HART_START, from the trap to the return")
    return 0


if __name__ == "__main__":
    sys.exit(main())
