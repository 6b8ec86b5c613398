# SPDX-License-Identifier: MIT
"""linux_lib - start a Linux guest (or several) and talk to its console; for the tests linux_*.py and uboot.py.

Every wait has an end. A check prints PASS or FAIL name; the console of a run that failed is shown. The machine comes from the
environment: QEMU BIOS QEMUFLAGS as in scripts/run/run.sh, KERNEL BUSYBOX as in scripts/run/linux.sh. A test that says "machines: all" is run
by scripts/test/test.py on every one of matrix.txt's.
"""
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import progress  # noqa: E402

O = os.environ.get("O") or "build"
FULL = not os.environ.get("QUICK")  # QUICK=1: fewer cycles and combinations
RUNDIR = os.environ.get("RUNDIR") or tempfile.mkdtemp(prefix="dormouse-")
PROMPT = r"guest# "
# What a healthy kernel never prints.
TROUBLE = r"WARNING:|BUG:|Oops|Call Trace|rcu.*stall|soft lockup|hard LOCKUP|isn't stopped|may not have stopped|hung task|Unhandled"
SLOW = float(os.environ.get("SLOW") or 1)  # every time limit is so much longer
failures = 0


def check(name, ok, why=""):
    """Report one check; the program goes on either way."""
    global failures
    failures += not ok
    print(f"PASS {name}" if ok else f"FAIL {name}: {why}", flush=True)
    return ok


def finish():
    sys.exit(1 if failures else 0)


def skip(why):
    print(why)
    sys.exit(77)


def setting(name, *arguments):
    """The KEY=value words that scripts/fetch/@name.sh prints, or a skip."""
    words, why = progress.fetched(name, *arguments)
    if why:
        skip(why)
    return words


def debian():
    """KERNEL and BUSYBOX, and MODULES if there are: those named, else Debian's."""
    named = {k: os.environ[k] for k in ("KERNEL", "BUSYBOX", "MODULES") if os.environ.get(k)}
    return named if {"KERNEL", "BUSYBOX"} <= named.keys() else {**setting("linux"), **named}


def newer_qemu():
    """The newer QEMU's variables, or {}."""
    out = subprocess.run(["scripts/fetch/qemu.sh", "--where"], cwd=ROOT, capture_output=True, text=True, timeout=20)
    return dict(word.split("=", 1) for word in shlex.split(out.stdout)) if out.returncode == 0 else {}


def initramfs(base, files=None, paths=None):
    """An initramfs of @base, with @files {name: text} and @paths {name: file} in it.

    @base is a busybox, or what scripts/fetch/userland.sh made.
    """
    os.makedirs(RUNDIR, exist_ok=True)
    extra = [f"{name}={path}" for name, path in (paths or {}).items()]
    for name, text in (files or {}).items():
        path = os.path.join(RUNDIR, name.replace("/", "_"))
        with open(path, "w") as f:
            f.write(text)
        extra.append(f"{name}={path}")
    out = os.path.join(RUNDIR, "initramfs.cpio")
    subprocess.run(["scripts/run/initramfs.py", base, out, *extra], cwd=ROOT, check=True)
    return out


def within(limit):
    return f"within {limit * SLOW:.0f} s; SLOW=2 doubles the limit"


class Lost(Exception):
    """What was waited for did not come."""


class Machine:
    """One run of a script of scripts/, with its console."""

    def __init__(self, name, argv, limit=100, **env):
        self.name, self.text, self.at, self.start = name, "", 0, time.monotonic()
        clean = {k: v for k, v in os.environ.items()
                 if k not in "GUEST INITRD APPEND VCPUS MEM HARTS HOSTMEM DISK NET BUS SNAPSHOT MODULES HYPARGS TIMEOUT LOG".split()}
        clean.update(O=O, RUNDIR=os.path.join(RUNDIR, name), TIMEOUT=str(limit),
                     **{k.upper(): str(v) for k, v in env.items()})
        self.process = subprocess.Popen(argv, cwd=ROOT, env=clean, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        self.grown = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        if kind is Lost:
            check(self.name, False, str(value))
            print("\n".join("    " + line for line in self.text.splitlines()[-60:]))
            return True
        return False

    def read(self):
        while True:
            data = os.read(self.process.stdout.fileno(), 65536)
            with self.grown:
                if not data:
                    self.at_end = True
                self.text += data.decode(errors="replace").replace("\r", "")
                self.grown.notify_all()
            if not data:
                return

    at_end = False

    def send(self, text):
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Lost(f"QEMU has ended; cannot send {text!r}")

    def expect(self, pattern, limit=30):
        """Wait for @pattern in what has not been looked at yet. Returns the match; what comes before it is passed over."""
        end = time.monotonic() + limit * SLOW
        with self.grown:
            while True:
                match = re.compile(pattern, re.M).search(self.text, self.at)
                if match:
                    self.at = match.end()
                    return match
                if self.at_end or time.monotonic() >= end:
                    when = "before the end" if self.at_end else within(limit)
                    raise Lost(f"no {pattern!r} {when}")
                self.grown.wait(0.5)

    def status(self, limit=20):
        """The exit status, which must come soon."""
        try:
            return self.process.wait(limit * SLOW)
        except subprocess.TimeoutExpired:
            raise Lost(f"does not end {within(limit)}")

    def statistics(self):
        """What Ctrl-] s prints, of the first VM; the guest must be looking for keys."""
        self.send("\x1ds")
        return json.loads(self.expect(r'^(\{"vms".*\})\n')[1])["vms"][0]

    def exits(self):
        """{cause: number} of all vCPUs."""
        vcpus = self.statistics()["vcpus"]
        return {cause: sum(v["exits"][cause] for v in vcpus) for cause in vcpus[0]["exits"]}


class Linux(Machine):
    """A Linux guest of scripts/run/linux.sh; ready when its shell is."""
    first_prompt = PROMPT

    def __init__(self, name, found, initrd, boot=60, bare=False, argv=("scripts/run/linux.sh",), **env):
        super().__init__(name, [*argv] + ["--bare"] * bare, kernel=found["KERNEL"],
                         busybox=found["BUSYBOX"], initrd=initrd, userland="",
                         **{"append": "quiet", **env})
        self.boot = boot

    def __enter__(self):
        try:
            self.wait_shell()
        except Lost as lost:
            # with-statements do not call __exit__ for what __enter__ raises.
            self.__exit__(Lost, lost, None)
            raise
        return self

    def wait_shell(self):
        self.expect(self.first_prompt, self.boot)
        self.run("stty -echo; PS1='guest# '")

    def run(self, command, limit=20):
        """Run a shell command; returns its output, raises Lost if its status is not 0."""
        begin = self.at
        self.send(f"{command}; echo \"=\"=$?\n")
        match = self.expect(r"==(\d+)\n", limit)
        output = self.text[begin:match.start()]
        if match[1] != "0":
            raise Lost(f"{command!r} failed with status {match[1]}: {output[-300:]}")
        self.expect(PROMPT, 10)
        return re.sub(r"\x1b\[[0-9;]*[a-zA-Z]", "", output)

    def healthy(self, name):
        """No trouble in the kernel's log.

        One line is told apart, "HARTn isn't stopped; status 0". A CPU that goes offline reports that (cpuhp_ap_report_dead) and
        calls HART_STOP a few instructions later; Linux asks HART_GET_STATUS once after the report. If the host takes the processor
        from QEMU's thread between the two, or a time slice of ours ends there, STARTED (0) is the only true answer. HART_GET_STATUS
        lets a vCPU that waits go first, which leaves little: 4 of 2800 times with two vCPUs per hart on a host overloaded
        eightfold, 0 of 400 with one. The bare firmware had 5 of 400 there, as STOP_PENDING (3), which we never show and
        which is not excused here.
        """
        # Looked for in the guest: its console carries 2 KB/s, and the log has 20.
        found = self.run(f'dmesg | grep -E "{TROUBLE}" || true')
        lines = [line for line in found.splitlines() if re.search(TROUBLE, line)]
        if lines:
            self.run("dmesg | tail -n 150", 120)
        early = [line for line in lines if "isn't stopped; status 0" in line]
        if early:
            print(f"note: {name}: asked before it stopped: {len(early)} times; the host is busy")
            lines = [line for line in lines if line not in early and "may not have stopped" not in line]
            check(f"{name}_but_for_haste", len(early) <= 3, f"{len(early)} times")
        return check(name, not lines, "; ".join(lines[:3]))
