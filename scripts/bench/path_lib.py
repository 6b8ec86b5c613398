# SPDX-License-Identifier: MIT
"""path_lib - hyp/riscv/START-PATH.md: where the instructions of a START and of an IPI there and back go; hyp/riscv/BOOT-PATH.md: where
those of booting go; for scripts/bench/exit_path.py.

QEMU runs guest/bench one instruction at a time and logs hart and pc of each, the firmware's too. guest/bench reads the counter
before and after what it measures; what lies between two such looks is the path.
"""
import os
import re
import subprocess
import tempfile

import bench_lib
from bench_lib import CROSS, O, Missing

PAGE = "hyp/riscv/START-PATH.md"
BOOT_PAGE = "hyp/riscv/BOOT-PATH.md"
TRACE = re.compile(r"Trace (\d+): \S+ \[[0-9a-f]+/([0-9a-f]+)/")
HYP, HYP_END, FIRMWARE, GUEST = 0xffffffffc0000000, 0xffffffffc0100000, 0x80000000, 0x80200000
# Parts of the pinned firmware that only boot runs, over and over (libfdt, its console): without them the log is a tenth.
BOOT_ONLY = ((0xc000, 0xd000), (0x1b000, 0x1d000))
TURNS = 4  # which time to show: by then nothing happens for the first time
SHORT = 1000  # fewer instructions between two looks are the measuring itself
PATHS = (("start_to_first", "HART_START, from the caller's `ecall` to the target's first instruction",
          "Hart 0 calls; hart 1 idles in the hypervisor and runs the vCPU that is started."),
         ("ipi_ping_pong_wfi", "An IPI there and back, both vCPUs in WFI",
          "Each vCPU has its hart and waits there, in the guest: WFI is not trapped when nobody else\n"
          "wants the hart."))
HEAD = """# Where a START and an IPI go

Made by `scripts/bench/exit_path.py` from the image as built; a test compares the two.
Made with {identity}.

Every instruction that ran between two looks of `guest/bench` at the counter, summed up by
function: `sum` is how many had run by the end of the row, on whichever hart; behind a function
stand those that the compiler has put inside it. `scripts/bench/exit_path.py --list NAME` prints
the same instruction by instruction.

* To another hart there is one way without an IMSIC: the firmware's IPI. What it runs on both
  harts is more than half of a START and three quarters of an IPI there and back, and a hart in
  WFI needs one.
* Every lock of every build is checked as it is taken: it is noted, compared with what is held,
  and struck out again, half of what a free spinlock costs. `vm->lock` is a compare-and-swap each
  way when nobody else wants it.
* A vCPU that starts finds all its registers written and the hart's memory of translations and
  instructions empty. `load_csrs`, `fp_restore`, `guest_first_entry` are that. A vCPU that comes
  back to a hart where nobody else has been since skips it.
* An idle hart looks at its queue without the lock; it has been kicked, or will be, by whoever put
  something there.

"""
BOOT_HEAD = """# Where booting goes

Made by `scripts/bench/exit_path.py` from the image as built; a test compares the sum.
Made with {identity}.

Every instruction of the hypervisor from its entry to the guest's first one, by function: one
hart, one vCPU, 4 MiB, a guest of {size} KiB without a FIT image. Clearing memory is left out
(`clear`): that grows with the memory. The budget is 250 thousand with what the firmware runs for
our console lines, the best peer takes 759.

The largest row is the way through the host's device tree, once from front to back, item by item,
with libfdt. It trusts nothing: at each step, and for each byte of a node's name, it compares the
place with the size that the header gives, and reads that byte by byte. `tree_item` is compiled
with all of that inside, so that the compiler sees that the header stays the same. The guest's
tree is written without libfdt (`conf/tree_out.c`), once for all its boots.

**{total} instructions.**

| function | instructions | share | sum |
|---|--:|--:|--:|
"""


def addresses(elf):
    out = subprocess.run([CROSS + "objdump", "-d", "--no-show-raw-insn", elf], capture_output=True, text=True, check=True).stdout
    return [int(m[1], 16) for m in re.finditer(r"^\s*([0-9a-f]+):\t", out, re.M)]


def looks(elf):
    """Where the guest reads the counter."""
    out = subprocess.run([CROSS + "objdump", "-d", "--no-show-raw-insn", elf], capture_output=True, text=True, check=True).stdout
    return {int(m[1], 16) for m in re.finditer(r"^\s*([0-9a-f]+):\trdinstret", out, re.M)}


def ranges():
    """What is logged: not the loop in which the first hart waits for the others at boot, and not what only boot runs."""
    code = addresses(f"{O}/dormouse.elf")
    chains = inlined(code)
    cut, begin = [(GUEST, GUEST + 0x10000)], HYP
    for pc, after in zip(code, code[1:]):
        if "smp_start" in chains[pc]:
            cut += [(begin, pc)] if begin < pc else []
            begin = after
    cut.append((begin, HYP_END))
    at = FIRMWARE
    for a, b in BOOT_ONLY:
        cut.append((at, FIRMWARE + a))
        at = FIRMWARE + b
    return cut + [(at, FIRMWARE + 0x40000)]


def between_looks(lines, marks):
    """[(hart, pc)] of the first pair of looks that is seen for the TURNS-th time with more than SHORT instructions between."""
    seen, path, begin = {}, [], None
    for match in filter(None, map(TRACE.match, lines)):
        hart, pc = int(match[1]), int(match[2], 16)
        if pc in marks:
            if begin is not None and len(path) > SHORT:
                seen[begin, pc] = seen.get((begin, pc), 0) + 1
                if seen[begin, pc] == TURNS:
                    return path
            path, begin = [], pc
        if begin is not None:
            path.append((hart, pc))
    raise Missing("the trace has no such path")


def trace(machine, row):
    marks = looks(f"{O}/guest/bench.elf")
    with tempfile.TemporaryDirectory() as folder:
        fifo = os.path.join(folder, "log")
        os.mkfifo(fifo)
        cmd = [machine.qemu, "-M", "virt", "-cpu", "rv64", "-accel", "tcg,one-insn-per-tb=on", "-smp", "4", "-m", "1G",
               "-display", "none", "-serial", "null", "-monitor", "none", "-no-reboot", "-bios", machine.bios, "-icount",
               "shift=0,sleep=off", "-kernel", f"{O}/dormouse.bin", "-initrd", f"{O}/guest/bench.bin", "-append",
               f"exit=test counters=host vcpus=4 log=error -- set=harts only={row}",
               "-d", "exec,nochain", "-dfilter",
               ",".join(f"{a:#x}+{b - a:#x}" for a, b in ranges()), "-D", fifo]
        # `timeout` ends it, also when it never opens the log.
        qemu = subprocess.Popen(["timeout", "180", *cmd], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with open(fifo, errors="replace") as lines:
                return between_looks(lines, marks)
        finally:
            qemu.terminate()
            qemu.wait()


def boot_trace(machine):
    """The pcs from the hypervisor's entry to the guest's first instruction, the firmware's left out."""
    with tempfile.TemporaryDirectory() as folder:
        fifo = os.path.join(folder, "log")
        os.mkfifo(fifo)
        cmd = [machine.qemu, "-M", "virt", "-cpu", "rv64", "-accel", "tcg,one-insn-per-tb=on", "-smp", "1", "-m", "1G", "-display", "none",
               "-serial", "null", "-monitor", "none", "-no-reboot", "-bios", machine.bios, "-icount", "shift=0,sleep=off", "-kernel",
               f"{O}/dormouse.bin", "-initrd", f"{O}/guest/bench.bin", "-append",
               "exit=test counters=host vcpus=1 mem=4M -- set=none", "-d", "exec,nochain",
               "-dfilter", f"{GUEST:#x}+0x10000,{HYP:#x}+{HYP_END - HYP:#x}", "-D", fifo]
        qemu = subprocess.Popen(["timeout", "120", *cmd], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            pcs, paging = [], False
            with open(fifo, errors="replace") as lines:
                for match in filter(None, map(TRACE.match, lines)):
                    pc = int(match[2], 16)
                    paging = paging or pc >= HYP
                    if pc < HYP and paging:
                        return pcs
                    # Before paging we are where the guest will believe to be.
                    pcs.append(pc if pc >= HYP else pc - GUEST + HYP)
        finally:
            qemu.terminate()
            qemu.wait()
    raise Missing("the guest never began")


def boot_shares(machine):
    """({function: instructions}, most first, their sum)"""
    pcs = boot_trace(machine)
    chains, shares = inlined(pcs), {}
    for pc in pcs:
        if "clear" not in chains[pc]:
            shares[chains[pc][-1]] = shares.get(chains[pc][-1], 0) + 1
    return dict(sorted(shares.items(), key=lambda row: -row[1])), sum(shares.values())


def boot_page(machine):
    shares, total = boot_shares(machine)
    rows, done = [], 0
    for name, n in list(shares.items())[:40]:
        done += n
        rows.append(f"| `{name}` | {n} | {100 * n / total:.1f} % | {done} |\n")
    rows.append(f"| {len(shares) - len(rows)} more | {total - done} | {100 * (total - done) / total:.1f} % | {total} |\n")
    size = os.path.getsize(f"{O}/guest/bench.bin") // 1024
    return BOOT_HEAD.format(identity=identity(machine), total=total, size=size) + "".join(rows)


def boot_check(machine):
    """What is wrong with the page, "" if nothing, None: recorded with other tools."""
    if not os.path.exists(BOOT_PAGE):
        return "there is none"
    with open(BOOT_PAGE) as f:
        old = f.read()
    if f"Made with {identity(machine)}." not in old:
        return None
    recorded, total = int(re.search(r"\*\*(\d+) instructions", old)[1]), boot_shares(machine)[1]
    return "" if abs(total - recorded) <= recorded / 50 else f"{recorded} instructions there, {total} now"


def inlined(pcs):
    """{pc: [innermost function, ..., the symbol]} for the hypervisor's."""
    wanted = sorted({pc for pc in pcs if pc >= HYP})
    out = subprocess.run([CROSS + "addr2line", "-afie", f"{O}/dormouse.elf"], input="\n".join(map(hex, wanted)), capture_output=True,
                         text=True, check=True).stdout
    found, chain = {}, None
    names = iter(out.splitlines())
    for line in names:
        if re.fullmatch(r"0x[0-9a-f]{16}", line):
            chain = found.setdefault(int(line, 16), [])
        else:
            chain.append(re.sub(r"\.(lto_priv|constprop|part|isra|cold)\.\d+", "", line))
            next(names)
    return found


def owner(pc, chains):
    return "the firmware" if pc < GUEST else "the guest" if pc < HYP else chains[pc][-1]


def rows_of(path):
    """[hart, function, {part inside it: instructions}, instructions]: one for each stay in a function."""
    chains, rows = inlined(pc for _, pc in path), []
    for hart, pc in path:
        name = owner(pc, chains)
        if not rows or rows[-1][:2] != [hart, name]:
            rows.append([hart, name, {}, 0])
        rows[-1][3] += 1
        if pc >= HYP and len(chains[pc]) > 1:
            rows[-1][2][chains[pc][0]] = rows[-1][2].get(chains[pc][0], 0) + 1
    return rows


def section(path, title, what):
    rows, total, text = rows_of(path), 0, []
    shares = {}
    for hart, name, inside, n in rows:
        total += n
        shares[name] = shares.get(name, 0) + n
        parts = ", ".join(f"`{k}` {v}" for k, v in inside.items())
        shown = name if name.startswith("the ") else f"`{name}`"
        text.append(f"| {hart} | {shown}{': ' + parts if parts else ''} | {n} | {total} |\n")
    firmware, guest = shares.get("the firmware", 0), shares.get("the guest", 0)
    return (f"## {title}\n{what}\n\n**{total} instructions**: {firmware} in the firmware, {guest} in the guest, "
            f"{total - firmware - guest} in the hypervisor.\n\n| hart | function | instructions | sum |\n|--:|---|--:|--:|\n" + "".join(text) + "\n")


def identity(machine):
    return ", ".join(f"{k} {v}" for k, v in machine.identity().items())


def page(machine):
    return HEAD.format(identity=identity(machine)) + "".join(section(trace(machine, row), title, what) for row, title, what in PATHS)


def listing(path, code, sources):
    """The path instruction by instruction, for the console."""
    chains = inlined(pc for _, pc in path)
    for n, ((hart, pc), source) in enumerate(zip(path, sources), 1):
        function, text = code.get(pc, ("", f"{pc:#x}"))
        name = " < ".join(chains[pc]) if pc in chains else owner(pc, chains)
        yield f"{n:5} h{hart} {name:50} {text:40} {source[1]}"


def check(machine):
    """The lines of the page that differ between record and image; None: recorded with other tools."""
    if not os.path.exists(PAGE):
        return ["there is none"]
    with open(PAGE) as f:
        old = f.read()
    if f"Made with {identity(machine)}." not in old:
        return None
    new = page(machine)
    pick = [re.findall(r"^\| \d.*", t, re.M) for t in (old, new)]
    return [f"{a} -> {b}" for a, b in zip(*pick) if a != b] or (["another number of rows"] if len(pick[0]) != len(pick[1]) else [])
