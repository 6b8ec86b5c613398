#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux.py - Linux to userspace under the hypervisor and on the bare firmware: same kernel, memory and harts; then an idle Linux.

Instructions, those of all harts together, are counted by QEMU's -icount: one per nanosecond of its clock, which only passes by
executing, or when all harts wait. They repeat, but for what the bare machine's serial port waits for a busy host; wall time is taken
without it. Both kernels see the same devices: the bare machine's tree is cut down to what a guest
of ours has. Idle: exits per second and vCPU, with a shell at its prompt; most of them come from the kernel's timer, by which it polls
the serial port. Prints tables and one line of JSON. Needs the newer QEMU: 7.2 hangs with -icount and this kernel.
"""
import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../test/cases"))
from linux_lib import RUNDIR, progress, Linux, Lost, Machine, debian, initramfs, newer_qemu, skip  # noqa: E402

MEM = "256M"
IDLE_S = 15
# What a guest of ours has not.
REMOVE = ("/soc/pci@30000000", "/soc/plic@c000000", "/soc/rtc@101000", "/flash@20000000", "/fw-cfg@10100000", "/pmu",
          "/platform-bus@4000000", *(f"/soc/virtio_mmio@1000{i}000" for i in range(1, 9)))


def reduced_tree(qemu, harts):
    """The bare machine's device tree without what our guests do not have; the serial port polled."""
    path = os.path.join(RUNDIR, f"bare{harts}.dtb")
    subprocess.run([qemu, "-M", f"virt,dumpdtb={path}", "-smp", str(harts), "-m", MEM, "-display", "none"], check=True, capture_output=True)
    for node in REMOVE:
        subprocess.run(["fdtput", "-r", path, node], capture_output=True)
    for prop in ("interrupts", "interrupt-parent"):
        subprocess.run(["fdtput", "-d", path, "/soc/serial@10000000", prop], capture_output=True)
    return path


def boot(bare, icount, harts, found, initrd, new):
    """(kernel's clock at /init in s, wall s from the firmware's first line on)"""
    flags = ["-icount shift=0,sleep=off"] if icount else []
    flags += [f"-dtb {reduced_tree(new['QEMU'], harts)}"] if bare else []
    env = dict(guest=found["KERNEL"], initrd=initrd, harts=harts, vcpus=harts, mem=MEM, hostmem=MEM if bare else "1G",
               append="console=ttyS0", qemuflags=" ".join(flags), **new)
    command = ["scripts/run/run.sh"] + ["--bare"] * bare
    with Machine("bare" if bare else "dormouse", command, **env) as g:
        g.expect("^OpenSBI v", 30)
        begin = time.monotonic()
        clock = float(g.expect(r"\[ *([0-9.]+)\] Run /init", 90)[1])
        return clock, time.monotonic() - begin
    sys.exit("bench-linux: the kernel did not boot")


def boots(found, initrd, new):
    rows = []
    for harts in (1, 4):
        count = {bare: boot(bare, True, harts, found, initrd, new)[0] for bare in (True, False)}
        wall = {bare: min(boot(bare, False, harts, found, initrd, new)[1] for _ in range(2)) for bare in (True, False)}
        title = f"Linux to /init, {MEM}, {harts} hart{'s' * (harts > 1)}"
        print(f"{title:36}{'bare':>8}{'Dormouse':>10}")
        print(f"{'  million instructions':36}{count[True] * 1000:8.0f}{count[False] * 1000:10.0f}{(count[False] / count[True] - 1) * 100:+9.1f} %")
        print(f"{'  wall time, s':36}{wall[True]:8.2f}{wall[False]:10.2f}{(wall[False] / wall[True] - 1) * 100:+9.1f} %", flush=True)
        rows.append({"harts": harts, "instructions": {"bare": count[True] * 1e9, "dormouse": count[False] * 1e9},
                     "wall_s": {"bare": wall[True], "dormouse": wall[False]}})
    return rows


def cpu_seconds(session):
    """Processor time of all processes of @session."""
    ticks = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                fields = f.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12]) if int(fields[3]) == session else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def idle(vcpus, found, new):
    """Exits of each cause, timer interrupts of the guest, QEMU's use of a processor: per second, with a shell at its prompt."""
    with Linux("idle", found, initramfs(found["BUSYBOX"]), vcpus=vcpus, harts=4, mem=MEM, **new) as g:
        def look():
            timer = re.search(r"^ *\d+: +([\d ]+) .*riscv-timer", g.run("cat /proc/interrupts"), re.M)[1]
            return {**g.exits(), "timer": sum(map(int, timer.split())), "cpu": cpu_seconds(g.process.pid), "at": time.monotonic()}

        g.run("sleep 3")
        first = look()
        g.run(f"sleep {IDLE_S}", IDLE_S + 10)
        last = look()
        seconds = last.pop("at") - first.pop("at")
        return {k: (last[k] - first[k]) / seconds for k in last}
    sys.exit("bench-linux: no statistics of an idle guest")


def idles(found, new):
    rows = {vcpus: idle(vcpus, found, new) for vcpus in (1, 4)}
    causes = [k for k in rows[1] if k not in ("timer", "cpu")]
    print(f"{'Idle Linux on 4 harts, per second and vCPU':44}" + "".join(f"{f'{n} vCPU':>12}" for n in rows))

    def line(what, value):
        print(f"  {what:42}" + "".join(f"{value(n, r):12.1f}" for n, r in rows.items()))

    for cause in causes:
        line(f"exits: {cause}", lambda n, r: r[cause] / n)
    line("all exits", lambda n, r: sum(r[c] for c in causes) / n)
    line("its timer's interrupts", lambda n, r: r["timer"] / n)
    line("QEMU's use of a processor, %, all vCPUs", lambda n, r: r["cpu"] * 100)
    return [{"vcpus": vcpus, "per_second": r} for vcpus, r in rows.items()]


def main():
    os.makedirs(RUNDIR, exist_ok=True)
    found, new = debian(), newer_qemu()
    if not new:
        skip("bench-linux: needs the newer QEMU: make setup-new")
    try:
        with progress.running("Linux to userspace"):
            result = {"linux_boot": boots(found, initramfs(found["BUSYBOX"]), new)}
        with progress.running("an idle Linux"):
            result["linux_idle"] = idles(found, new)
    except Lost as lost:
        sys.exit(f"bench-linux: {lost}")
    print(json.dumps(result))


main()
