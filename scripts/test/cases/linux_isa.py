#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_isa - a Linux guest sees the extensions that Linux on the bare firmware sees, in
/proc/cpuinfo (but for those of hyp/conf/README.md) and by riscv_hwprobe; programs on fewer harts than
vCPUs keep their vector registers."""
import os
import re
import subprocess

from linux_lib import ROOT, RUNDIR, Linux, Lost, check, finish, initramfs, newer_qemu, setting

NEW = newer_qemu()
# name, QEMU, -cpu, the arguments of scripts/fetch/linux.sh, what depends on the machine and is not here
MACHINES = (
    ("old_vectors", {}, "rv64,h=true,v=true,vlen=256,elen=64", (), {"sstc"}),
    ("rva23s64", NEW, "rva23s64", (), set()),
    ("max_newest_kernel", NEW, "max", ("--new",), set()),
)
SOMETIMES = {"sstc"}  # of the table in hyp/conf/README.md
# Keys of riscv_hwprobe: a bit for each extension, and which of these only newer kernels know and
# guests do not have (Zihpm and Zicfilp; Zicfiss); who made the hart, which is 0 for guests; how fast
# something is, which Linux measures.
EXTENSIONS = {4: 1 << 51 | 1 << 63, 16: 1}
MAKER = (0, 1, 2)
MEASURED = (5, 9, 10)


def program():
    """The program isa, for Linux, by the cross compiler."""
    path = os.path.join(RUNDIR, "isa")
    prefix = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
    if subprocess.run(["sh", "-c", f"command -v {prefix}gcc"], capture_output=True).returncode:
        prefix = "riscv64-linux-gnu-"
    subprocess.run([prefix + "gcc", "-O1", "-march=rv64imac_zicsr", "-mabi=lp64", "-mno-relax", "-static", "-nostdlib",
                    "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-o", path,
                    "scripts/test/cases/userland/isa.c"], check=True)
    return path


def documented():
    """What guests do not have: the names in the table of hyp/conf/README.md."""
    with open("hyp/conf/README.md") as text:
        table = text.read().split("| not offered | why |\n", 1)[1].split("\n\n")[0]
    return {name for row in table.splitlines() for name in re.findall(r"`([a-z0-9]+)`", row.split("|")[1])}


def look(g):
    """({extensions in /proc/cpuinfo}, {key: value}) of the guest."""
    isa = re.search(r"^isa\s*: rv64(\S+)", g.run("cat /proc/cpuinfo"), re.M)[1]
    letters, *names = isa.split("_")
    said = g.run("isa")
    keys = {int(key): int(value, 16) for key, value in re.findall(r"hwprobe(\d+) ([0-9a-f]+)", said)}
    keys["vector"] = re.search(r"vector0 ([0-9a-f]+)", said)[1]
    return set(letters) | set(names), keys


def compare(name, bare, here, absent):
    missing, more = bare[0] - here[0], here[0] - bare[0]
    check(f"{name}_cpuinfo", missing <= absent and not more,
          f"not here: {sorted(missing - absent)}; here alone: {sorted(more)}")
    for key, lost in EXTENSIONS.items():
        was, now = (seen[1].get(key, 0) for seen in (bare, here))
        check(f"{name}_hwprobe_{key}", was & ~lost == now, f"{was:x} on the bare firmware, {now:x} here")
    others = {key for key in bare[1] if key not in (*EXTENSIONS, *MAKER, *MEASURED)}
    differ = {key: (bare[1][key], here[1].get(key)) for key in others if bare[1][key] != here[1].get(key)}
    check(f"{name}_hwprobe_of_the_rest", not differ, f"{differ}")


def hold(g, name):
    """Six programs on four vCPUs on two harts."""
    said = g.run("for i in 1 2 3 4 5 6; do isa $i & done; wait", 120)
    wrong = re.findall(r"wrong(\d) ([0-9a-f]+)", said)
    check(f"{name}_vectors_stay", len(wrong) == 6 and all(int(n, 16) == 0 for _, n in wrong), said)


def main():
    os.chdir(ROOT)
    os.makedirs(RUNDIR, exist_ok=True)
    absent, isa = documented(), program()
    only = os.environ.get("ONLY_MACHINE")
    for name, qemu, cpu, which, sometimes in MACHINES:
        if qemu is NEW and not NEW:
            print(f"SKIP {name}: needs the newer QEMU: make setup-new")
            continue
        if only and name not in only.split(","):
            continue
        seen, found = [], setting("linux", *which)
        initrd = initramfs(found["BUSYBOX"], paths={"bin/isa": isa})
        try:
            for bare in (True, False):
                with Linux(f"{name}_{'bare' if bare else 'here'}", found, initrd, limit=200, bare=bare,
                           vcpus=4, harts=4 if bare else 2, qemuflags=f"-cpu {cpu}", **qemu) as g:
                    seen.append(look(g))
                    if not bare:
                        hold(g, name)
                    g.healthy(f"{name}_{'bare' if bare else 'here'}_log")
                    g.send("poweroff\n")
                    g.status()
        except Lost as why:
            print(f"    {name}: {why}")
        if len(seen) == 2:
            compare(name, *seen, absent - SOMETIMES | sometimes)
    finish()


main()
