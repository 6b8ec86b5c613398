#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_userland - Debian's bash, coreutils, python3, strace ... work in the guest. machines: all

What is checked is in userland/: checks.sh and checks.py run in the guest; this program computes on
the host what they compare with. Unless QUICK=1 is set they also run on the bare firmware: what
fails there, too, is no fault of the hypervisor.
"""
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import time

from linux_lib import (FULL, ROOT, RUNDIR, SLOW, Linux, Lost, check, debian, finish, initramfs,
                       setting)

HERE = os.path.join(ROOT, "scripts/test/cases/userland")
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
import checks  # noqa: E402

CPUS = 4
# Of Python's own tests.
PYTHON_TESTS = "test.test_float test.test_fork1 test.test_wait4"
CFLAGS = ("-Wall -Wextra -Os -march=rv64gc -mabi=lp64d -ffreestanding -fno-stack-protector "
          "-fno-pic -nostdlib -static -Wl,--build-id=none -Wl,-N").split()


def expected_by_shell(data, lines):
    """What coreutils and awk have to print."""
    def digest(name, of):
        return hashlib.new(name, of).hexdigest()

    def logistic(n):
        x = 0.1 * n
        for _ in range(40000):
            x = 3.99 * x * (1 - x)
        return "%.17g " % x
    total = 0
    for i in range(1, 3001):
        total = (total * 31 + i) % 1000000007
    values = {
        "SHA256": digest("sha256", data), "SHA512": digest("sha512", data),
        "MD5": digest("md5", data), "BLAKE2B": digest("blake2b", data),
        "SHA256_OF_SEQ": digest("sha256", b"".join(b"%d\n" % i for i in range(1, 100001))),
        "SHA256_SORTED": digest("sha256", b"\n".join(sorted(lines)) + b"\n"),
        "HASH_OF_3000": total, "LOGISTIC": "".join(logistic(n) for n in range(1, 5)),
        "CPUS": CPUS, "patience": max(1, round(SLOW))}
    return "".join(f"{name}='{value}'\n" for name, value in values.items())


def compile_registers(out):
    """Makes userland/registers.c; returns where in memory its symbols are."""
    for prefix in (os.environ.get("CROSS_COMPILE"), "riscv64-unknown-elf-", "riscv64-linux-gnu-"):
        if prefix and shutil.which(prefix + "gcc"):
            command = [prefix + "gcc", *CFLAGS, "-o", out, f"{HERE}/registers.c"]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            nm = subprocess.run([prefix + "nm", out], check=True, capture_output=True, text=True)
            symbols = [line.split() for line in nm.stdout.splitlines()]
            return {name: int(address, 16) for address, _, name in symbols}
    sys.exit("no compiler for RISC-V")


def root():
    """The initramfs: Debian's programs, our checks and what they compare with."""
    base = setting("userland")["USERLAND"]
    os.makedirs(RUNDIR, exist_ok=True)
    rng = random.Random(10)
    data = rng.randbytes(300000)
    lines = [b"%x" % rng.getrandbits(rng.choice((8, 40, 90))) for _ in range(5000)]
    paths = {name: f"{HERE}/{name}" for name in ("checks.sh", "checks.py")}
    paths["registers"] = os.path.join(RUNDIR, "registers")
    values = {**checks.numbers(), "SYMBOLS": compile_registers(paths["registers"])}
    expected = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    made = {"data": data, "lines": b"\n".join(lines) + b"\n", "expected.py": expected.encode(),
            "expected.sh": expected_by_shell(data, lines).encode()}
    for name, content in made.items():
        paths[name] = os.path.join(RUNDIR, name)
        with open(paths[name], "wb") as f:
            f.write(content)
    return initramfs(base, paths={f"root/{name}": path for name, path in paths.items()})


def all_names():
    with open(f"{HERE}/checks.sh") as shell:
        names = set(re.findall(r"^check_(\w+)", shell.read(), re.M))
    return names | {f"python_{name[6:]}" for name in dir(checks) if name.startswith("check_")}


def press(g, key):
    """Press a key until the shell's prompt comes. A key too many would flush what is typed next."""
    begin = g.at
    for _ in range(10):
        g.send(key)
        end = time.monotonic() + 4 * SLOW
        while time.monotonic() < end:
            if g.text[begin:].endswith("guest# "):
                return
            time.sleep(0.1)
    raise Lost(f"no prompt after {key!r}")


def job_control(g, name):
    """At the terminal: Ctrl-Z, jobs, fg, Ctrl-C."""
    g.send("sleep 1234\n")
    time.sleep(1)
    press(g, "\x1a")
    stopped = g.run("jobs")
    g.send("fg\n")
    g.expect("sleep 1234")
    time.sleep(1)
    press(g, "\x03")
    left = g.run("jobs; pgrep -fx 'sleep 1234' || echo none").split()
    check(name, "Stopped" in stopped and left[-1:] == ["none"], f"{stopped!r}, {left!r}")


def run(name, found, initrd, **env):
    """All checks in one guest: {check: what is wrong, or nothing}, and the notes; or None."""
    try:
        return run_checks(name, found, initrd, **env)
    except Lost:
        return None


def run_checks(name, found, initrd, **env):
    with Linux(name, found, initrd, limit=850, boot=120, mem="512M", hostmem="1536M", vcpus=CPUS,
               **env) as g:
        output = g.run("bash checks.sh", 400)
        output += g.run(f"PATIENCE={SLOW} python3 checks.py", 240)
        results = {m[2]: m[3] if m[1] == "FAIL" else ""
                   for m in re.finditer(r"^(PASS|FAIL) ([a-z_0-9]+)(.*)$", output, re.M)}
        if FULL:
            g.run(f"python3 -m unittest -q {PYTHON_TESTS}", 240)
            check(f"{name}_passes_tests_of_pythons_own", True)
        job_control(g, f"{name}_job_control_at_the_terminal")
        g.healthy(f"{name}_leaves_a_clean_log")
        g.send("poweroff\n")
        check(f"{name}_powers_off_with_0", g.status(30) == 0, "not 0")
        return results, re.findall(r"^note: (.*)$", output, re.M)
    return None


def main():
    found = debian()
    initrd = root()
    guest = run("userland", found, initrd, harts=2)
    if guest:
        results, notes = guest
        for name, problem in sorted(results.items()):
            check(name, not problem, problem.lstrip(": "))
        missing = sorted(all_names() - set(results))
        check("userland_ran_every_check", not missing, f"nothing from {missing}")
        print(f"note: counters that user mode reads (132: SIGILL): {', '.join(notes)}")
    if guest and FULL:
        bare = run("userland_bare", found, initrd, harts=CPUS, bare=True)
        if bare:
            results, notes = bare
            missing = sorted(all_names() - set(results))
            wrong = {name: problem for name, problem in results.items() if problem}
            check("userland_is_the_same_on_the_firmware", not missing and not wrong,
                  f"{wrong}, nothing from {missing}")
            print(f"note: on the firmware: {', '.join(notes)}")
    os.remove(initrd)
    finish()


main()
