#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fuzz.py - random inputs for everything that reads what guests or users wrote

    make fuzz [FUZZ='name ..'] [SECONDS=60] [JOBS=n] [REPLAY=1]

Every scripts/test/fuzz/X.c is a harness for libFuzzer; README.md there says how to write one. Each
runs for SECONDS. It begins with what scripts/test/fuzz/corpus/X holds (*.dts is compiled; what a
real machine says is fetched from QEMU) and with what earlier runs have found, which is kept in
$O/fuzz/X/corpus. REPLAY=1 runs only what is there already.

One line PASS or FAIL for each harness. An input that breaks a claim is made smaller, and what to do
with it is said.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
os.chdir(os.path.join(HERE, "../../.."))
O = os.environ.get("O") or "build"
JOBS = int(os.environ.get("JOBS") or os.cpu_count() or 1)
REPLAY = bool(os.environ.get("REPLAY"))
PROGRESS = 10  # seconds between two lines about a harness
MINIMISE = 20
QEMU_TREES = {
    "virt": "virt",
    "aia": "virt,aia=aplic-imsic,aia-guests=1",
    "aclint": "virt,aclint=on",
}
printing = threading.Lock()


def say(text):
    with printing:
        print(text, flush=True)


def seconds():
    word = os.environ.get("SECONDS") or "60"
    if not re.fullmatch(r"[1-9][0-9]*", word):
        sys.exit(f"fuzz: SECONDS={word} is not a number of seconds")
    return int(word)


def harnesses():
    names = sorted(f[:-2] for f in os.listdir("scripts/test/fuzz") if f.endswith(".c"))
    wanted = (os.environ.get("FUZZ") or " ".join(names)).split()
    for name in wanted:
        if name not in names:
            print(f"fuzz: FUZZ={name}: there is {' '.join(names)}", file=sys.stderr)
            sys.exit(2)
    return wanted


def build():
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    say("fuzz: building ...")
    command = ["make", "--no-print-directory", "-s", f"-j{JOBS}", "fuzz-programs"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout + done.stderr + "FAIL fuzz_builds: see above")
        sys.exit(1)


def compile_tree(source, to, form):
    subprocess.run(["dtc", "-q", "-I", form, "-O", "dtb", "-o", to, source], check=True)


def seed(name, folder):
    """Fill @folder with what the harness begins with."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    source = f"scripts/test/fuzz/corpus/{name}"
    for f in sorted(os.listdir(source)) if os.path.isdir(source) else []:
        path = os.path.join(source, f)
        if f.endswith(".dts"):
            compile_tree(path, os.path.join(folder, f[:-1] + "b"), "dts")
        else:
            shutil.copy(path, folder)
    qemu = os.environ.get("QEMU") or "qemu-system-riscv64"
    for tree, machine in QEMU_TREES.items() if name == "machine" and shutil.which(qemu) else ():
        path = os.path.join(folder, f"qemu-{tree}")
        command = [qemu, "-M", f"{machine},dumpdtb={path}", "-smp", "2", "-cpu", "rv64,h=true"]
        subprocess.run(command, capture_output=True)
        if os.path.exists(path):
            compile_tree(path, path + ".dtb", "dtb")  # it pads to a megabyte
            os.remove(path)


class Harness:
    """One program, its folder and how long it runs."""

    def __init__(self, name, limit):
        self.name, self.folder, self.program = name, f"{O}/fuzz/{name}", f"{O}/fuzz/bin/{name}"
        with open(f"scripts/test/fuzz/{name}.c") as f:
            head = f.read()
        found = re.search(r"/\* fuzz-options: (.*?) \*/", head)
        self.options = shlex.split(found[1]) if found else []
        # Few states: it has seen them all long before.
        self.limit = max(1, limit // 4) if "/* fuzz-small */" in head else limit
        self.log = f"{self.folder}/log"

    def command(self, *more):
        return [self.program, "-timeout=20", "-rss_limit_mb=1500",
                f"-artifact_prefix={self.folder}/", *self.options, *more]

    def run(self):
        os.makedirs(f"{self.folder}/corpus", exist_ok=True)
        seed(self.name, f"{self.folder}/seeds")
        how = "-runs=0" if REPLAY else f"-max_total_time={self.limit}"
        command = self.command(how, f"{self.folder}/corpus", f"{self.folder}/seeds")
        start = shown = time.monotonic()
        with open(self.log, "wb") as log:
            log.write(f"$ {shlex.join(command)}\n".encode())
            log.flush()
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT)
        while True:
            try:
                status = process.wait(1)
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() - shown >= PROGRESS:
                    shown = time.monotonic()
                    say(f"  {self.name}: {shown - start:.0f} s of {self.limit}, {self.figures()}")
        if status == 0:
            say(f"PASS fuzz_{self.name}: {self.figures()}")
            return True
        self.broken()
        return False

    def text(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def figures(self):
        found = re.findall(r"^#(\d+)\s.*?cov: (\d+) ft: \d+ corp: (\d+)", self.text(), re.M)
        done = re.search(r"^Done (\d+) runs", self.text(), re.M)
        if not found:
            return "starting"
        inputs, edges, kept = found[-1]
        return f"{done[1] if done else inputs} inputs, {edges} edges, {kept} kept"

    def broken(self):
        text = self.text()
        trouble = re.compile(r"not so:|ERROR:|runtime error|SUMMARY|panic|: Assertion")
        lines = [line for line in text.splitlines() if trouble.search(line)]
        found = re.search(r"Test unit written to (\S+)", text)
        with printing:
            print(f"FAIL fuzz_{self.name}: {lines[0] if lines else 'it ended, see ' + self.log}")
            for line in lines[1:6]:
                print(f"    {line}")
            if found:
                print(f"    the input: {found[1]} ({os.path.getsize(found[1])} bytes)\n"
                      "    making it smaller ...", flush=True)
        if found:
            self.advise(self.smaller(found[1]))

    def smaller(self, path):
        """The smallest input that MINIMISE seconds of trying have found to break something, too."""
        end = time.monotonic() + MINIMISE
        for step in range(1000):
            to = os.path.join(self.folder, f"smaller-{step}")
            left = int(end - time.monotonic())
            if os.path.getsize(path) <= 1 or left <= 0:
                break
            command = self.command("-minimize_crash_internal_step=1", f"-max_total_time={left}",
                                   f"-exact_artifact_path={to}", path)
            tried = subprocess.run(command, capture_output=True)
            if tried.returncode == 0 or not os.path.exists(to):
                break
            if os.path.basename(path).startswith("smaller-"):
                os.remove(path)
            path = to
        return path

    def advise(self, path):
        with open(path, "rb") as f:
            start = f.read(64)
        say(f"    the smallest: {path} ({os.path.getsize(path)} bytes): {start!r}\n"
            f"    again:        {self.program} {path}\n"
            f"    in gdb:       gdb --args {self.program} -handle_abrt=0 {path}\n"
            f"    the whole log: {self.log}\n"
            f"    to do: repair it, then keep the input for ever:\n"
            f"        cp {path} scripts/test/fuzz/corpus/{self.name}/WHAT-IT-WAS")


def main():
    if sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    limit, names = seconds(), harnesses()
    build()
    how = "what is there already" if REPLAY else f"at most {limit} s each"
    say(f"fuzz: {len(names)} harnesses, {how}, {JOBS} at a time")
    with ThreadPoolExecutor(JOBS) as pool:
        good = list(pool.map(lambda name: Harness(name, limit).run(), names))
    say(f"fuzz: {sum(good)} of {len(good)} harnesses found nothing")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
