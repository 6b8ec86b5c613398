# SPDX-License-Identifier: MIT
"""bench_lib - running guest/bench and reading what it says; for scripts/bench/bench.py and
scripts/test/cases/bench_gate.py.

Everything runs under -icount: QEMU then counts instructions instead of time, one processor after the other, and a run gives
the same numbers every time. QEMU 10 or newer, because older ones hang with several harts.
"""
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import progress  # noqa: E402

O = os.environ.get("O") or "build"
CROSS = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
LINE = re.compile(r"(?:\[([\w.-]+)\] )?.*?BENCH (\{.*?\})")


class Missing(Exception):
    """The set-up that the numbers need is not there."""


def where(name, key, fetch):
    """What scripts/fetch/@name.sh has fetched, or fetches now."""
    script = f"scripts/fetch/{name}.sh"
    out = subprocess.run([script, "--where"], capture_output=True, text=True, cwd=ROOT).stdout
    found = dict(word.split("=", 1) for word in shlex.split(out))
    if key not in found and fetch:
        found, why = progress.fetched(name)
        if why:
            raise Missing(f"needs what {script} fetches, once, over the network: {why}")
    if key not in found:
        raise Missing(f"{script} has not fetched its {key}")
    return found[key]


class Machine:
    """The QEMU and the firmware to use, and what identifies them."""

    def __init__(self, fetch):
        self.qemu = os.environ.get("QEMU") or where("qemu", "QEMU", fetch)
        self.bios = os.environ.get("BIOS") or where("firmware", "BIOS", fetch)
        out = subprocess.run([self.qemu, "--version"], capture_output=True, text=True).stdout
        match = re.search(r"version (\d+)\.(\S+)", out)
        if not match or int(match[1]) < 10:
            raise Missing(f"{self.qemu} is not QEMU 10 or newer")
        self.version = f"{match[1]}.{match[2]}"
        with open(self.bios, "rb") as image:
            self.bios_sum = hashlib.sha256(image.read()).hexdigest()[:16]

    def identity(self):
        cc = subprocess.run([CROSS + "gcc", "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
        return {"qemu": self.version, "firmware": self.bios_sum, "compiler": cc}

    def run(self, harts, hyp=None, guest="", image=None, timeout=60, icount=True, initrd=None, board="virt"):
        """Console text of one run; @hyp None: on the bare firmware (with @initrd); without @icount: in this machine's own time."""
        image = image or f"{O}/guest/bench.bin"
        cmd = [self.qemu, "-M", board, "-cpu", "rv64", "-smp", str(harts), "-m", "1G", "-nographic", "-no-reboot",
               "-bios", self.bios] + (["-icount", "shift=0,sleep=off"] if icount else [])
        if hyp is None:
            cmd += ["-kernel", image, "-append", guest] + (["-initrd", initrd] if initrd else [])
        else:
            cmd += ["-kernel", f"{O}/dormouse.bin", "-initrd", image,
                    "-append", f"exit=test counters=host {hyp} -- {guest}"]
        try:
            done = subprocess.run(cmd, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, cwd=ROOT)
        except subprocess.TimeoutExpired as late:
            return (late.stdout or b"").decode(errors="replace")
        return done.stdout.decode(errors="replace")

    def results(self, *args, **kwargs):
        """{row: its JSON} of one run."""
        return parse(self.run(*args, **kwargs))

    def boot_cost(self):
        """Instructions from the hypervisor's entry to the guest's first one, 1 hart, 1 vCPU: what
        does not depend on the VM's memory, and what each MiB of it adds."""
        costs = [self.boot_to_first(mib) for mib in (128, 256)]
        if None in costs:
            return {"boot": None, "boot_mib": None}
        mib = (costs[1] - costs[0]) // 128
        return {"boot": costs[0] - 128 * mib, "boot_mib": mib}

    def boot_to_first(self, mib):
        # The firmware reads the device tree many times: it gets the same one in both runs.
        bare = self.results(1, None, f"exit=test counters=host vcpus=1 mem={mib}M -- set=none",
                            initrd=f"{O}/guest/bench.bin")
        hyp = self.results(1, f"vcpus=1 mem={mib}M", "set=none")
        first = [median(rows.get("first_instruction")) for rows in (hyp, bare)]
        return None if None in first else first[0] - first[1]


def parse(text, vm=None):
    rows = {}
    for line in text.replace("\r", "").splitlines():
        match = LINE.search(line)
        if match and (vm is None or match[1] == vm):
            try:
                row = json.loads(match[2])
            except ValueError:
                continue
            rows[row["name"]] = row
    return rows


def median(row):
    """The number a row stands for, or None."""
    if not row or "skip" in row:
        return None
    return row["value"] if "value" in row else row["insns"][1]
