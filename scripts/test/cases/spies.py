#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""spies - two VMs look for what the other one, or whoever had the machine before, has left:
guest/spy on one hart and on two, on rich CPUs, on some with single features off. And their seeds."""
import os
import re
import subprocess

from linux_lib import ROOT, RUNDIR, Lost, Machine, O, check, finish, newer_qemu

MASK = (1 << 64) - 1
PATTERN = bytes.fromhex("c3a5c3a5c3a5c3a5")
# QEMU's virt with 64 MiB: firmware, this program, the FIT image, the tree are between these.
PIECES = ((0x80400000, 0x82200000), (0x82400000, 0x83000000))
OLD = {}
NEW = newer_qemu()
# name, QEMU, -cpu, harts, more flags, more bootargs
MACHINES = (
    ("old", OLD, "rv64,h=true", 1, "", ""),
    ("old_2_harts", OLD, "rv64,h=true", 2, "", ""),
    ("old_vectors", OLD, "rv64,h=true,v=true,vlen=256,elen=64", 1, "", "vectors=1"),
    ("rv64", NEW, "rv64", 1, "", ""),
    ("rv64_long_vectors", NEW, "rv64,v=true,vlen=1024", 1, "", "vectors=1"),
    ("rv64_2_harts", NEW, "rv64", 2, "", ""),
    ("icount", NEW, "rv64", 1, "-icount shift=3,sleep=off", "icount=3"),
    ("rva23s64", NEW, "rva23s64", 1, "", "vectors=1"),
    ("max", NEW, "max", 1, "", ""),
    ("max_2_harts", NEW, "max", 2, "", ""),
    ("max_without_smstateen", NEW, "max,smstateen=false", 1, "", ""),
    ("max_without_smstateen_2_harts", NEW, "max,smstateen=false", 2, "", ""),
    ("max_without_sstc", NEW, "max,sstc=false", 1, "", ""),
    ("max_without_ssctr", NEW, "max,smctr=false,ssctr=false,smstateen=false", 1, "", ""),
    ("max_without_svadu", NEW, "max,svadu=false", 1, "", ""),
    ("max_without_zicboz", NEW, "max,zicboz=false", 1, "", ""),
    ("max_without_d", NEW, "rv64,f=false,d=false,zfa=false", 1, "", ""),
    ("max_with_aia", NEW, "max,smstateen=false", 1, "-machine aia=aplic-imsic", ""),
)


def pattern_files():
    """What the machine's memory is full of when it is switched on."""
    flags = []
    for start, end in PIECES:
        path = os.path.join(RUNDIR, f"{start:x}.pattern")
        with open(path, "wb") as out:
            out.write(PATTERN * ((end - start) // 8))
        flags.append(f"-device loader,file={path},addr={start:#x},force-raw=on")
    return " ".join(flags)


def fit():
    spy = os.path.realpath(f"{O}/guest/spy.bin")
    source = (f'/dts-v1/; / {{ description = "spies"; #address-cells = <1>; images {{\n'
              f'spy {{ type = "kernel"; arch = "riscv"; compression = "none"; '
              f'load = <0>; entry = <0>; data = /incbin/("{spy}"); }}; }};\n'
              'configurations { default = "a";\n')
    for name, me in (("a", 0), ("b", 1)):
        source += f'{name} {{ kernel = "spy"; bootargs = "me={me} ICOUNT"; }};\n'
    return source + "}; };"


def compiled(name, source):
    path = os.path.join(RUNDIR, name)
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", path, "-"], input=source.encode(),
                   check=True)
    return os.path.realpath(path)


def seeds(text):
    return re.findall(r"SEED (\S+)", text)


def old_formula(seed):
    """Version 0.1 made its seeds from one number: the second word follows from the first."""
    words = [int.from_bytes(bytes.fromhex(seed[i:i + 16]), "little") for i in range(0, 64, 16)]

    def unshift(v, n):
        x = v
        for _ in range(64 // n):
            x = v ^ x >> n
        return x

    x = unshift(words[0], 27) * pow(0xbf58476d1ce4e5b9, -1, 1 << 64) & MASK
    x = (unshift(x, 30) + 0x9e3779b97f4a7c15) & MASK
    y = (x ^ x >> 30) * 0xbf58476d1ce4e5b9 & MASK
    return words[1] == y ^ y >> 27


def spies(name, qemu, cpu, harts, flags, bootargs, patterns):
    image = compiled(f"{name}.itb", fit().replace("ICOUNT", bootargs))
    with Machine(name, ["scripts/run/run.sh"], limit=120,
                 guest=image, harts=harts, vcpus=2, mem="8M",
                 hostmem="64M", hypargs="slice=1",
                 qemuflags=f"-cpu {cpu} {flags} {patterns}", **qemu) as m:
        status = m.status(100)
        for vm in "ab":
            lines = re.findall(rf"^\[{vm}\] (.*)$", m.text, re.M)
            verdict = [line for line in lines if line.startswith(("FAIL", "VERDICT"))]
            check(f"{name}_{vm}", any(line.startswith("VERDICT PASS") for line in verdict),
                  "; ".join(verdict) or "no verdict")
        found = seeds(m.text)
        check(f"{name}_seeds_differ", len(found) == 4 and len(set(found)) == 4, f"{found}")
        check(f"{name}_seeds_are_not_of_old",
              all(len(s) == 64 and not old_formula(s) for s in found), f"{found}")
        if not check(f"{name}_ends_well", status == 0, f"status {status}"):
            raise Lost("what it said")


def without_entropy(name, qemu, cpu, expect_seed):
    """A host's tree without rng-seed."""
    blob = os.path.join(RUNDIR, f"{name}.host")
    binary = qemu.get("QEMU", "qemu-system-riscv64")
    subprocess.run([binary, "-M", f"virt,dumpdtb={blob}", "-cpu", cpu, "-m", "64M", "-nographic"],
                   check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", blob], check=True,
                          capture_output=True, text=True).stdout
    check(f"{name}_host_has_a_seed", "rng-seed" in text, "this test would show nothing")
    tree = compiled(f"{name}.dtb", re.sub(r"rng-seed = [^;]*;", "", text))
    image = compiled(f"{name}.itb", fit().replace("ICOUNT", "test=spy_memory"))
    with Machine(name, ["scripts/run/run.sh"], limit=60, guest=image, harts=1, vcpus=1, mem="8M",
                 hostmem="64M", qemuflags=f"-cpu {cpu} -dtb {tree}", **qemu) as m:
        status, found = m.status(50), seeds(m.text)
        said = m.text.count("no source of random numbers")
        if expect_seed:
            right = said == 0 and len(set(found)) == 4 and "none" not in found
        else:
            right = said == 1 and found == ["none"] * 4
        check(name, status == 0 and right, f"status {status}, said {said} times, {found}")


def main():
    os.chdir(ROOT)
    os.makedirs(RUNDIR, exist_ok=True)
    patterns = pattern_files()
    only = os.environ.get("ONLY_MACHINE")
    for name, qemu, *machine in MACHINES:
        if qemu is NEW and not NEW:
            print(f"SKIP {name}: needs the newer QEMU: make setup-new")
        elif not only or name in only.split(","):
            try:
                spies(name, qemu, *machine, patterns)
            except Lost as why:
                print(f"    {name}: {why}")
    # QEMU 7.2 puts an rng-seed of its own into every tree.
    if NEW and (not only or "no_entropy" in only):
        without_entropy("no_entropy", NEW, "rv64", False)
        without_entropy("entropy_of_zkr", NEW, "rv64,zkr=true", True)
    finish()


main()
