#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_pmu - Linux finds the PMU and counts with it: cycles, instructions and the firmware's events of
a program, also after a CPU has been off. Debian's kernel and the newest, on the newer QEMU."""
import os
import re
import subprocess

from linux_lib import ROOT, RUNDIR, Linux, Lost, check, finish, initramfs, newer_qemu, setting, skip

LOOP = 2_000_000  # instructions of userland/perf.c
ENOENT = 2 ** 64 - 2


def program():
    """The program perf, for Linux, by the cross compiler."""
    path = os.path.join(RUNDIR, "perf")
    prefix = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
    if subprocess.run(["sh", "-c", f"command -v {prefix}gcc"], capture_output=True).returncode:
        prefix = "riscv64-linux-gnu-"
    subprocess.run([prefix + "gcc", "-O1", "-march=rv64imac_zicsr", "-mabi=lp64", "-mno-relax", "-static", "-nostdlib",
                    "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-o", path,
                    "scripts/test/cases/userland/perf.c"], check=True)
    return path


def counted(g):
    """{event: [what was counted]} by the program."""
    said = {}
    for name, value in re.findall(r"^([a-z:-]+) ([0-9a-f]{16})$", g.run("perf", 60), re.M):
        said.setdefault(name, []).append(int(value, 16))
    return said


def judge(name, said):
    least = {event: min(said.get(event, [0])) for event in ("instructions", "cycles")}
    # The kernel's part is in it: sampling and exclusion need Sscofpmf.
    check(f"{name}_counts_instructions", LOOP <= least["instructions"] < 2 * LOOP, f"{said.get('instructions')}")
    # An instruction is two cycles with -icount shift=1.
    check(f"{name}_counts_cycles", 2 * LOOP <= least["cycles"] < 4 * LOOP, f"{said.get('cycles')}")
    check(f"{name}_has_no_cache_misses", said.get("cache-misses") == [ENOENT], f"{said.get('cache-misses')}")
    fences = sum(said.get("fences", []) + said.get("fences-asid", []))
    check(f"{name}_counts_fences", 20 <= fences < 100 and said.get("no-fences", [99])[0] < 10,
          f"{fences}, of none {said.get('no-fences')}")
    check(f"{name}_counts_calls", 20 <= said.get("calls", [0])[0] < 2 ** 32, f"{said.get('calls')}")


def one(name, found, initrd, qemu):
    with Linux(name, found, initrd, limit=400, boot=200, vcpus=2, harts=1,
               qemuflags="-cpu rv64 -icount shift=1,sleep=off", **qemu) as g:
        log = g.run("dmesg | grep -iE 'pmu|perf' || true")
        check(f"{name}_finds_the_pmu", "SBI PMU extension is available" in log, log)
        check(f"{name}_finds_all_counters", re.search(r"16 firmware and 2 hardware counters", log), log)
        check(f"{name}_has_event_info", "check_event_info" not in log, log)
        judge(name, counted(g))
        g.run("echo 0 >/sys/devices/system/cpu/cpu1/online; sleep 1; echo 1 >/sys/devices/system/cpu/cpu1/online", 60)
        judge(f"{name}_after_hotplug", counted(g))
        g.healthy(f"{name}_leaves_a_clean_log")
        g.send("poweroff\n")
        check(f"{name}_powers_off_with_0", g.status(60) == 0, "not 0")


def main():
    os.chdir(ROOT)
    os.makedirs(RUNDIR, exist_ok=True)
    qemu = newer_qemu()
    if not qemu:
        skip("needs the newer QEMU: make setup-new")
    perf = program()
    for name, which in (("pmu", ()), ("pmu_newest_kernel", ("--new",))):
        found = setting("linux", *which)
        initrd = initramfs(found["BUSYBOX"], paths={"bin/perf": perf})
        try:
            one(name, found, initrd, qemu)
        except Lost as why:
            print(f"    {name}: {why}")
    finish()


main()
