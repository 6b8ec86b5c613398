#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test.py - run the tests: scripts/test/test.py [all|host|guest|script|lint] [NAME-PATTERN...]

host    programs built from hyp/**/X_test.c, on this machine
guest   guests in QEMU, one run per line of scripts/test/matrix.txt
script  scripts/test/cases/*: what the command line promises; Linux and U-Boot on each machine of
        matrix.txt
lint    scripts/check/lint.sh

A job prints lines `PASS name`, `FAIL name: why`, `SKIP name: why`, each counted as one test
(XFAIL, a known fault of the firmware below, counts as skipped). A job without such lines is one
test itself, by its exit status. Status 77 means that the job, or the rest of it, was skipped. A
guest must also end with its VERDICT line. A job that does not end in time, or says nothing for
long, has failed. A pattern !NAME leaves jobs out.

Time that a job spends waiting for a processor that others use does not count. The limits inside of
tests are wall time: SLOW=2 doubles all limits; without SLOW they follow the load of the machine.

JOBS=n (default: processors), O=build directory, ONLY='patterns' instead of arguments, OFFLINE=1:
fetch nothing, skip what would need it. Full logs are in $O/test/.

TAP=file, JUNIT=file: the results also in the form of TAP 14, of JUnit's XML, for other CI systems.
"""
import fnmatch
import functools
import math
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, folder) for folder in ("scripts", "scripts/test")]
import progress  # noqa: E402
import test_report  # noqa: E402

os.chdir(ROOT)
O = os.environ.get("O") or "build"
LOGS = os.path.join(O, "test")
JOBS = int(os.environ.get("JOBS") or os.cpu_count() or 1)
LINE = re.compile(r"(PASS|FAIL|SKIP|XFAIL) ([^\s:]+):?(.*)")
# The firmware below a guest prints lines without an end; what the guest says then follows in the
# same line, without a blank.
GLUED = r"(?:^|(?<=[^\sA-Z]))"
GLUED_LINE = re.compile(GLUED + r"(PASS|FAIL|SKIP|XFAIL) ([a-z0-9_]+)(?:$|:(.*))")
VERDICT = re.compile(GLUED + r"VERDICT (PASS|FAIL) passed=(\d+) failed=(\d+) skipped=(\d+)", re.M)
DEMO = re.compile(GLUED + r"DEMO (PASS|FAIL)", re.M)  # a guest that is one test
FIRMWARE_FAULT = "FIRMWARE FAULT:"  # a guest's words, see started_without_address()
TAIL = 60
LAST_TAIL = 12  # lines of what failed that are shown once more at the end, where a record of CI still has them
SILENCE = 45  # seconds; the slowest single test of a guest gives up earlier
CPUS = len(os.sched_getaffinity(0))
# What a caller's environment says about its own run must not change ours.
RUN_VARIABLES = ("GUEST INITRD USERLAND BUS APPEND VCPUS MEM HARTS HOSTMEM HYPARGS QEMUFLAGS TIMEOUT LOG LOCKING WITHOUT V TAP JUNIT "
                 "MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES").split()


def patience():
    """The factor for limits of wall time: SLOW, else as the machine is busy beyond our own jobs."""
    if os.environ.get("SLOW"):
        return float(os.environ["SLOW"])
    return min(20, max(1, os.getloadavg()[0] / max(CPUS, 2 * JOBS)))


def below(pid):
    """@pid and all processes that descend from it."""
    pids = [pid]
    for pid in pids:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as children:
                    pids += map(int, children.read().split())
        except OSError:  # it has ended, or this kernel does not tell
            pass
    return pids


class OwnTime:
    """How long a job could run: the wall time less what it waited for processors of others."""

    def __init__(self, pid):
        self.pid, self.seconds, self.at, self.threads = pid, 0, time.monotonic(), {}

    def tick(self):
        now, before, self.threads = time.monotonic(), self.threads, {}
        dt, self.at = now - self.at, now
        ran = waited = 0
        for pid in below(self.pid):
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/schedstat") as stat:
                        self.threads[task] = [int(word) / 1e9 for word in stat.read().split()[:2]]
                    was, now = before.get(task, (0, 0)), self.threads[task]
                    ran, waited = ran + now[0] - was[0], waited + now[1] - was[1]
            except OSError:
                pass
        # Its threads may want more processors than are its share.
        need = min(ran + waited, dt * max(1, CPUS / JOBS))
        lost = max(0, need - ran) / max(1, need / dt) if dt else 0
        self.seconds += max(dt - lost, dt / 20)
        return self.seconds


class Job:
    """One process to run and what came of it."""

    def __init__(self, kind, name, argv, timeout, env=None, skip=None, bare=False):
        self.kind, self.name, self.argv, self.timeout, self.skip = kind, name, argv, timeout, skip
        self.bare = bare  # directly on the firmware: what hangs, or meets a fault of it, is tried again
        self.env = {k: v for k, v in os.environ.items() if k not in RUN_VARIABLES}
        self.env.update(O=O, **(env or {}))
        self.log = os.path.join(LOGS, f"{kind}-{name}.log")
        self.results = []  # (PASS, FAIL, SKIP or XFAIL, name, why) of each test
        self.seconds = 0
        self.why = ""  # the reason of the first thing that was skipped
        self.problems = []  # what to show, most telling first

    def count(self, *words):
        return sum(word in words for word, _, _ in self.results)

    passed = property(lambda self: self.count("PASS"))
    failed = property(lambda self: self.count("FAIL"))
    skipped = property(lambda self: self.count("SKIP", "XFAIL"))

    def run(self):
        start = time.monotonic()
        if self.skip:
            self.skip_all(self.skip)
        else:
            slow = patience()
            self.env["SLOW"] = f"{slow:.2f}"
            if slow > 1 and self.env.get("GUEST", "").endswith(("/test.bin", "/race.bin", "/demo.bin")):
                self.env["APPEND"] = f"{self.env.get('APPEND', '')} slow={math.ceil(slow)}".strip()
            status, text = self.start()
            hangs, faults = 1, 2  # that are forgiven
            while self.bare and (status is None and hangs or FIRMWARE_FAULT in text and faults):
                hangs, faults = (hangs - 1, faults) if status is None else (hangs, faults - 1)
                why = "hangs" if status is None else "met a fault of the firmware"
                print(f"... {self.name} {why}, once more", flush=True)
                self.results, self.problems = [], []
                status, text = self.start()
            self.judge(status, text)
        self.seconds = time.monotonic() - start
        return self

    def start(self):
        """(the exit status, None if it has hung; what it said)"""
        with open(self.log, "wb") as log:
            log.write(f"$ {shlex.join(self.argv)}\n".encode())
            log.flush()
            status = self.wait(subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log,
                                                stderr=subprocess.STDOUT, env=self.env,
                                                start_new_session=True))
        with open(self.log, "rb") as log:
            return status, log.read().decode(errors="replace").replace("\r", "")

    def wait(self, process):
        # Only guests talk all the time.
        limit = self.timeout * float(os.environ.get("SLOW") or 1)
        silence = SILENCE * float(self.env["SLOW"]) if self.kind == "guest" else limit
        own, grown, size = OwnTime(process.pid), 0, 0
        while own.tick() < limit and own.seconds < grown + silence:
            try:
                return process.wait(0.5)
            except subprocess.TimeoutExpired:
                if os.path.getsize(self.log) != size:
                    grown, size = own.seconds, os.path.getsize(self.log)
        hangs = f"nothing said for {silence:.0f} s: hangs"
        self.fail((f"no end after {limit:.0f} s" if own.seconds >= limit else hangs)
                  + " (its own time; SLOW=2 doubles the limit)")
        # Nothing of it, and nothing else, is left behind; what it starts has sessions of its own.
        pids = below(process.pid)
        for sig in (signal.SIGTERM, signal.SIGKILL):
            for pid in pids:
                try:
                    os.killpg(os.getpgid(pid), sig)
                except ProcessLookupError:
                    pass
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                pass
        return None

    def fail(self, why):
        self.results.append(("FAIL", self.name, why))
        self.problems.append(why)

    def skip_all(self, why):
        self.results.append(("SKIP", self.name, why))
        self.why = self.why or why

    def judge(self, status, text):
        counts = {"PASS": 0, "FAIL": 0, "SKIP": 0, "XFAIL": 0}
        for line in text.splitlines():
            match = LINE.match(line) or self.kind == "guest" and GLUED_LINE.search(line)
            if match:
                counts[match[1]] += 1
                self.results.append((match[1], match[2], (match[3] or "").strip()))
                if match[1] == "FAIL":
                    self.problems.append(line)
                elif match[1] == "SKIP":
                    self.why = self.why or self.results[-1][2]
        if self.kind == "guest":
            self.judge_verdict(counts, text)
        if status is None:
            return
        if status == 77 and not self.failed:
            if not counts["SKIP"]:
                self.skip_all((text.strip().splitlines() or [""])[-1])
        elif status != 0 and not self.failed:
            self.fail(f"exit status {status}")
        elif not any(counts.values()) and not self.failed:
            self.results.append(("PASS", self.name, ""))

    def judge_verdict(self, counts, text):
        verdicts = VERDICT.findall(text) or [(word,) for word in DEMO.findall(text)]
        if len(verdicts) != 1:
            self.fail(f"{len(verdicts)} VERDICT lines instead of one")
            return
        word, *numbers = verdicts[0]
        seen = [str(counts[w]) for w in ("PASS", "FAIL", "SKIP")]
        if numbers and seen != numbers:
            self.fail(f"the VERDICT line counts {'/'.join(numbers)}, the console shows {'/'.join(seen)}")
        elif word == "FAIL" and not self.failed:
            self.fail("VERDICT FAIL")


@functools.cache
def fetched(name, *arguments):
    """(the KEY=value words that scripts/fetch/@name.sh prints, None) or ({}, why not)."""
    return progress.fetched(name, *arguments, show=sys.stdout)


def machine(row):
    """(environment, why it is not to be had or None) of the machine a line of the matrix describes."""
    flags = ([f"-cpu {row['cpu']}"] if "cpu" in row else []) + ([row["qemuflags"]] if "qemuflags" in row else [])
    env, skip = fetched("qemu") if row.get("qemu") == "new" else ({}, None)
    return {**env, **({"QEMUFLAGS": " ".join(flags)} if flags else {})}, skip


def matrix(linux, wanted=lambda name: True):
    """The lines (name, {key: value}) for Linux, or those for our own guests."""
    with open("scripts/test/matrix.txt") as lines:
        rows = [shlex.split(line, comments=True) for line in lines]
    rows = [(row[0], dict(word.split("=", 1) for word in row[1:])) for row in rows if row]
    return [(name, row) for name, row in rows if (row["on"] == "linux") == linux and wanted(name)]


def guest_jobs(wanted):
    for name, row in matrix(False, wanted):
        timeout = int(row.get("timeout", 120))
        env, skip = machine(row)
        # The job's own limit is the one that counts; that of scripts/run/run.sh, of wall time, is
        # for what outlives this program.
        env.update({key.upper(): row[key] for key in ("harts", "vcpus", "mem", "hostmem", "hypargs", "append") if key in row},
                   GUEST=f"{O}/guest/{row['guest']}.bin", TIMEOUT=str(timeout * 30),
                   RUNDIR=f"{LOGS}/run-{name}")
        bare = row["on"] == "bare"
        # A fault of the firmware alone is none of ours. OpenSBI hangs, now and then, when a hart
        # stops while another one waits for its fence; see also FIRMWARE_FAULT.
        command = ["scripts/run/run.sh"] + ["--bare"] * bare
        yield Job("guest", name, command, timeout, env, skip, bare)


def host_jobs(wanted):
    folder = os.path.join(O, "host")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        path = os.path.join(folder, name)
        # A program whose source is gone may still lie there.
        if os.path.isfile(path) and wanted(name) and name.removesuffix(".tsan") in host_tests():
            yield Job("host", name, [path], 180)


def host_tests():
    return {f[:-2] for _, _, files in os.walk("hyp") for f in files if f.endswith("_test.c")}


def scripts():
    """(name, text) of each: first those that say that they take minutes, or they would end alone."""
    found = []
    for name in sorted(os.listdir("scripts/test/cases")):
        path = os.path.join("scripts/test/cases", name)
        if os.access(path, os.X_OK) and os.path.isfile(path):
            with open(path) as file:
                found.append((name, file.read()))
    return sorted(found, key=lambda script: "takes minutes" not in script[1])


def script_jobs(wanted):
    for name, text in scripts():
        path = os.path.join("scripts/test/cases", name)
        if "machines: all" in text:
            yield from linux_jobs(wanted, name, path)
        elif wanted(name):
            yield Job("script", name, [path], 900, {"RUNDIR": f"{LOGS}/run-{name}"})


def linux_jobs(wanted, script, path):
    """One job per machine."""
    for row_name, row in matrix(True):
        name = script.removesuffix(".py") + row_name.removeprefix("linux")
        if not wanted(name, script) or script in row.get("without", "").split(","):
            continue
        env, skip = machine(row)
        if script.startswith("linux_"):
            kernel, no_kernel = fetched("linux", *(["--new"] if row.get("kernel") == "new" else []))
            env, skip = {**env, **kernel}, skip or no_kernel
        env.update(RUNDIR=f"{LOGS}/run-{name}", QUICK=os.environ.get("QUICK", "") if "full" in row else "1")
        yield Job("script", name, [path], 900, env, skip)


def lint_jobs(wanted):
    if wanted("lint"):
        yield Job("lint", "lint", ["scripts/check/lint.sh"], 300)


KINDS = {"lint": lint_jobs, "host": host_jobs, "guest": guest_jobs, "script": script_jobs}


def build(kinds, wanted):
    targets = ["host-programs"] if "host" in kinds else []
    if "script" in kinds or "guest" in kinds and any(row["on"] == "hyp" for _, row in matrix(False, wanted)):
        targets += ["all", f"{O}/board/check_guests"] if "script" in kinds else ["all"]
    elif "guest" in kinds:
        targets.append("guests")
    if not targets:
        return True
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "WITHOUT")}
    with progress.running(f"building {' and '.join(targets)}"):
        return subprocess.run(["make", "--no-print-directory", "-s", f"-j{JOBS}"] + targets, env=env,
                              stdout=subprocess.DEVNULL).returncode == 0


def show(job, number, total):
    parts = [f"{n} {word}" for n, word in ((job.passed, "passed"), (job.failed, "failed"), (job.skipped, "skipped")) if n]
    word = "FAIL" if job.failed else "skip" if not job.passed else "ok"
    why = f" ({job.why})" if job.why and not job.passed and not job.failed else ""
    print(f"[{number:2}/{total}] {word:4}  {job.kind} {job.name}: {', '.join(parts) or 'nothing'}{why}"
          + (f" ({job.seconds:.1f} s)" if job.seconds >= 0.05 else ""), flush=True)
    if job.failed:
        for problem in job.problems[:20]:
            print(f"        {problem}")
        show_tail(job, TAIL)


def show_tail(job, most):
    with open(job.log, errors="replace") as log:
        lines = log.read().splitlines()
    print(f"    ---- last {min(most, len(lines))} lines of {job.log}")
    for line in lines[-most:]:
        print(f"    | {line}")
    print("    ----", flush=True)


def failed_job(name, why):
    """For the reports, where there is none that could say it."""
    job = Job("test", name, [], 0)
    job.fail(why)
    return job


def main():
    args = sys.argv[1:]
    if args[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    kind = args.pop(0) if args else "all"
    if kind != "all" and kind not in KINDS:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    os.makedirs(LOGS, exist_ok=True)
    try:
        reports = test_report.files()
    except ValueError as error:
        print(f"test: {error}", file=sys.stderr)
        return 2
    patterns = args or shlex.split(os.environ.get("ONLY", "")) or ["*"]
    kinds = set(KINDS) if kind == "all" else {kind}
    # Under nohup, too, a test gets the signals that it sends itself: exec resets what is handled,
    # not what is ignored.
    for sig in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(sig) == signal.SIG_IGN:
            signal.signal(sig, lambda *_: None)
    start = time.monotonic()

    unwanted = [p[1:] for p in patterns if p.startswith("!")]
    patterns = [p for p in patterns if not p.startswith("!")] or ["*"]

    def wanted(*names):
        def among(some):
            return any(fnmatch.fnmatch(name, p) for name in names for p in some)
        return among(patterns) and not among(unwanted)

    if not build(kinds, wanted):
        test_report.write(reports, [failed_job("build", "does not build")])
        print("FAIL: does not build\n0 passed, 1 failed")
        return 1
    jobs = [job for k in KINDS if k in kinds for job in KINDS[k](wanted)]
    lock, done = threading.Lock(), []

    def work(job):
        with progress.running(job.name):
            job.run()
        with lock:
            done.append(job)
            show(job, len(done), len(jobs))

    with ThreadPoolExecutor(JOBS) as pool:
        for future in [pool.submit(work, job) for job in jobs]:
            future.result()
    passed, failed, skipped = (sum(getattr(j, n) for j in jobs) for n in ("passed", "failed", "skipped"))
    print(f"({time.monotonic() - start:.0f} s, logs in {LOGS}/)")
    late = [job.name for job in jobs if any("SLOW=" in problem for problem in job.problems)]
    if late:
        print(f"time limits were reached in {' '.join(late)};",
              "if this machine is slow or busy, try SLOW=2 make test")
    for job in jobs:
        if job.failed:
            print(f"FAILED {job.kind} {job.name}: {job.problems[0]}")
            show_tail(job, LAST_TAIL)
    nothing = "nothing matches " + " ".join(patterns)
    more = [] if passed or failed else [failed_job("match", "all was skipped" if jobs else nothing)]
    test_report.write(reports, jobs + more)
    if not jobs:
        print(nothing)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
