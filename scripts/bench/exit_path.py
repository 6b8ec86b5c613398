#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exit_path.py - hyp/riscv/EXIT-PATH.md: what a null SBI call runs, instruction by instruction, as one real call ran it; and
hyp/riscv/START-PATH.md, BOOT-PATH.md: where the instructions of a START, of an IPI there and back and of booting go (path_lib.py).

    scripts/bench/exit_path.py            write the pages
    scripts/bench/exit_path.py --check    exit status 1 if a page is not what the built image does;
                                          77: cannot tell here
    scripts/bench/exit_path.py --list start_to_first|ipi_ping_pong_wfi    that path, instruction by
                                          instruction

QEMU runs guest/bench one instruction at a time and logs every pc; objdump and addr2line say what is there and why.
"""
import os
import re
import subprocess
import sys
import tempfile

import bench_lib
import path_lib
import progress
from bench_lib import CROSS, O, Machine, Missing

PAGE = "hyp/riscv/EXIT-PATH.md"
TRACE = re.compile(r"Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")
HEAD = """# The shortest way through: a null SBI call

Made by `scripts/bench/exit_path.py` from the image as built; a test compares the two. What
follows is one BASE call (which specification version?) from the guest's `ecall` to its next
instruction: every instruction that ran, in order, with the running sum, beside the source line that
it comes from. Nothing else happens: no lock is taken, no list walked, and nothing that another hart
may have posted is looked at. Whoever posts something for a running vCPU kicks its hart, and the
interrupt is an exit of its own.

What makes it short:
* The trap saves what C may change and nothing else; s0-s11 stay where they are, gp is never used,
  and no CSR of the guest is touched: with hardware support they are the guest's own (vsstatus,
  vsepc, ...).
* `sscratch` holds the frame, and the frame is the top of the vCPU's own stack: one swap finds
  both.
* The calling convention of the SBI is that of C. The handler's two results are in a0 and a1 when
  it returns, where the guest wants them, so they never go through memory.
* One multiplication finds the extension, whichever it is, and the handler is entered by a jump:
  it returns to trap.S.

"""


def trace(machine):
    """The pcs of one null call in the hypervisor, from trap_entry to the sret."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        cmd = [machine.qemu, "-M", "virt", "-cpu", "rv64", "-accel", "tcg,one-insn-per-tb=on", "-smp", "1", "-m", "1G",
               "-display", "none", "-serial", "null", "-monitor", "none", "-no-reboot", "-bios", machine.bios, "-icount",
               "shift=0,sleep=off", "-kernel", f"{O}/dormouse.bin", "-initrd", f"{O}/guest/bench.bin", "-append",
               "exit=test counters=host vcpus=1 log=error -- set=calls only=null_call",
               "-d", "exec,nochain", "-dfilter",
               ",".join(f"{symbols()[s]:#x}+{n}" for s, n in (("trap_entry", 512), ("sbi_call", 160), ("spec_version", 32))), "-D", log]
        subprocess.run(cmd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       timeout=60 * progress.SLOW)
        with open(log) as f:
            pcs = [int(m[1], 16) for m in map(TRACE.match, f) if m]
    entry, handler = symbols()["trap_entry"], symbols()["spec_version"]
    starts = [i for i, pc in enumerate(pcs) if pc == entry] + [len(pcs)]
    for a, b in zip(starts, starts[1:]):
        if handler in pcs[a:b]:
            return pcs[a:b]
    raise Missing("no null call in the trace")


def symbols():
    out = subprocess.run([CROSS + "nm", f"{O}/dormouse.elf"], capture_output=True, text=True, check=True).stdout
    return {line.split()[2]: int(line.split()[0], 16) for line in out.splitlines()}


def disassembly():
    out = subprocess.run([CROSS + "objdump", "-d", "--no-show-raw-insn", f"{O}/dormouse.elf"], capture_output=True,
                         text=True, check=True).stdout
    code, function, before = {}, "", ""
    for line in out.splitlines():
        if match := re.match(r"[0-9a-f]+ <(\S+)>:", line):
            function = match[1]
        elif match := re.match(r"\s*([0-9a-f]+):\t(.*)", line):
            # Addresses change with every edit elsewhere; names do not.
            text = re.sub(r"\s+#.*", "", match[2])
            text = re.sub(r"[0-9a-f]{9,} <([^>]+)>", r"\1", text).replace("\t", " ")
            # Nor do distances to data: the two halves of one are an auipc and what comes next.
            if text.startswith("auipc") or before.startswith("auipc"):
                text = re.sub(r",-?[0-9][0-9a-fx]*(?=\(|$)", ",...", text)
            before = text
            code[int(match[1], 16)] = (function, text)
    return code


def source_lines(pcs):
    out = subprocess.run([CROSS + "addr2line", "-e", f"{O}/dormouse.elf"] + [hex(pc) for pc in pcs], capture_output=True,
                         text=True, check=True).stdout
    lines = []
    for where in out.splitlines():
        path, _, number = where.split(" ")[0].rpartition(":")
        path = os.path.relpath(path) if path.startswith("/") else path.removeprefix("./")
        try:
            with open(path) as f:
                lines.append((path, f.read().splitlines()[int(number) - 1].strip()))
        except (OSError, ValueError, IndexError):
            lines.append((path, ""))
    return lines


def page(pcs):
    code, sources = disassembly(), source_lines(pcs)
    rows, before, part = ["| # | instruction | from |\n|--:|---|---|\n| 1 | `ecall` | the guest |\n"], None, {}
    for n, (pc, source) in enumerate(zip(pcs, sources), 2):
        function, text = code[pc]
        part[function] = part.get(function, 0) + 1
        shown = f"{os.path.basename(source[0])}: `{source[1]}`" if source != before and source[1] else ""
        before = source
        rows.append(f"| {n} | `{text}` | {shown.replace('|', chr(92) + '|')} |\n")
    total = ", ".join(f"{name} {count}" for name, count in part.items())
    return HEAD + f"**{len(pcs) + 1} instructions**: ecall 1, {total}.\n\n" + "".join(rows)


def check_start_path(machine):
    different = path_lib.check(machine)
    if different is None:
        print(f"SKIP start_path: {path_lib.PAGE} was made with other tools than {path_lib.identity(machine)}")
    elif different:
        print(f"FAIL start_path: {path_lib.PAGE} is not what the image does; "
              f"scripts/bench/exit_path.py writes it anew: {'; '.join(different[:3])}")
    else:
        print("PASS start_path")
    return int(bool(different))


def check_boot_path(machine):
    wrong = path_lib.boot_check(machine)
    if wrong is None:
        print(f"SKIP boot_path: {path_lib.BOOT_PAGE} was made with other tools than {path_lib.identity(machine)}")
    elif wrong:
        print(f"FAIL boot_path: {path_lib.BOOT_PAGE}: {wrong}; "
              "scripts/bench/exit_path.py writes it anew")
    else:
        print("PASS boot_path")
    return int(bool(wrong))


def main():
    if sys.argv[1:] and sys.argv[1:] != ["--check"] and (sys.argv[1] != "--list" or len(sys.argv) != 3):
        print(__doc__)
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    os.chdir(bench_lib.ROOT)
    check = sys.argv[1:] == ["--check"]
    try:
        machine = Machine(fetch=not check)
        if sys.argv[1:2] == ["--list"]:
            path = path_lib.trace(machine, sys.argv[2])
            print("\n".join(path_lib.listing(path, disassembly(), source_lines([pc for _, pc in path]))))
            return 0
        with progress.running("a null call"):
            text = page(trace(machine))
        with progress.running("a start, a boot"):
            start = check_start_path(machine) | check_boot_path(machine) if check else path_lib.page(machine)
            boot = "" if check else path_lib.boot_page(machine)
    except (Missing, OSError, subprocess.SubprocessError) as why:
        print(f"SKIP exit_path: {why}")
        return 77
    if not check:
        with open(PAGE, "w") as f:
            f.write(text)
        with open(path_lib.PAGE, "w") as f:
            f.write(start)
        with open(path_lib.BOOT_PAGE, "w") as f:
            f.write(boot)
        print(f"{PAGE}: {text.split('**')[1]}")
        print(f"{path_lib.PAGE}: {', '.join(start.split('**')[1::2])}")
        print(f"{path_lib.BOOT_PAGE}: {boot.split('**')[1]}")
        return 0
    with open(PAGE) as f:
        old = f.read()
    instructions = [re.findall(r"^\| (\d+ \| `[^`]*`)", t, re.M) for t in (old, text)]
    if instructions[0] != instructions[1]:
        print(f"FAIL exit_path: {PAGE} is not what the image does (now {text.split('**')[1]}); "
              "scripts/bench/exit_path.py writes it anew")
        return 1
    print("PASS exit_path")
    return start


if __name__ == "__main__":
    sys.exit(main())
