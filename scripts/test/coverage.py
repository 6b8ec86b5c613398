#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""coverage.py - which lines of hyp/ do the tests run? `make coverage` calls it.

    scripts/test/coverage.py              run the tests, then report
    scripts/test/coverage.py --report     report again what the last run has left

Guests: QEMU notes each instruction of the hypervisor that it translates (-d in_asm), in every run that
scripts/test/test.py makes of this very image. addr2line says which lines an instruction stands for, also those that
were inlined. Host tests: gcov. A line counts if it has an instruction in the image, and is covered if
a guest or a host test has come by.

Lines that need not be covered are in scripts/test/coverage.txt, by function and with a reason.
Exit status: 0 if at least 95 % are covered and each other line has a reason.
ONLY='patterns' runs only these tests. What runs an image of its own (other LOCKING, race points,
bench) does not count, and is not run.
"""
import glob
import gzip
import json
import os
import re
import subprocess
import sys
import zlib

os.chdir(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
O = os.environ.get("O") or "build"
CROSS = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
ELF = f"{O}/dormouse.elf"
LOGS = f"{O}/coverage"
WANTED = 95  # percent
# Scripts that run no guest, or not in this image.
LEFT_OUT = """lab.sh race.sh race_bare.sh explore.sh model.sh litmus.sh grade.py checks.sh rebuild.sh
    bench_gate.py exit_path.sh fuzz.sh runner.py setup.sh make_settings.sh debug.sh""".split()
ADDRESS = re.compile(r"0x([0-9a-f]{16}|[0-9a-f]{8}):")
# Before paging: where QEMU's virt loads the image, and where it is linked.
LOADED, LINKED = 0x80200000, 0xffffffffc0000000
INSTRUCTION = re.compile(r"^(ffffffffc[0-9a-f]{7}):\s+[0-9a-f]+\s", re.M)


def build():
    subprocess.run(["make", "--no-print-directory", "-s", "all"], check=True, stdout=subprocess.DEVNULL)


def image_name():
    """As scripts/run/run.sh names its logs: a run of another image does not count."""
    with open(ELF, "rb") as elf:
        return f"{zlib.crc32(elf.read()):08x}"


def run_tests():
    """Guests and scripts, with QEMU's notes; then the host tests, once more with gcov's counters in them."""
    os.makedirs(LOGS, exist_ok=True)
    for old in glob.glob(f"{LOGS}/*.asm"):
        os.unlink(old)
    env = {"ONLY": " ".join("!" + name for name in LEFT_OUT), "QUICK": "1", **os.environ,
           "COVERAGE": os.path.abspath(LOGS)}
    bad = [kind for kind in ("guest", "script")
           if subprocess.run(["scripts/test/test.py", kind], env=env).returncode != 0]
    gcov_dir = f"{LOGS}/host"
    subprocess.run(["make", "--no-print-directory", "-s", f"O={gcov_dir}", "EXTRA_CFLAGS=--coverage -fprofile-update=atomic",
                    "host-programs"], check=True, stdout=subprocess.DEVNULL)
    for program in sorted(glob.glob(f"{gcov_dir}/host/*_test")):
        print(f"coverage: {os.path.basename(program)}", flush=True)
        if subprocess.run([program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600).returncode:
            bad.append(program)
    if bad:
        print("coverage: not all tests passed:", *bad)
    return bad


def lines_of_image():
    """address -> [(file, line, function)], the lines in hyp/ that an instruction stands for"""
    code = subprocess.run([CROSS + "objdump", "-d", "-j", ".text", ELF], capture_output=True, text=True, check=True).stdout
    addresses = INSTRUCTION.findall(code)
    said = subprocess.run([CROSS + "addr2line", "-a", "-f", "-i", "-e", ELF], input="\n".join(addresses), text=True,
                          capture_output=True, check=True).stdout
    lines, at, function = {}, None, None
    for row in said.splitlines():
        if re.fullmatch(r"0x[0-9a-f]{16}", row):
            at, function = int(row, 16), None
            lines[at] = []
        elif function is None:
            function = row
        else:
            found = re.match(r"(?:.*/)?(hyp/\S+?):(\d+)", row)
            if found and found[2] != "0":
                name = re.sub(r"\.(lto_priv|isra|constprop|part|cold)[.\d]*", "", function)
                lines[at].append((found[1], int(found[2]), name))
            function = None
    return lines


def run_by_guests():
    seen = set()
    for path in glob.glob(f"{LOGS}/{image_name()}.*.asm"):
        ours = None  # QEMU 10 does not say whose it is: then low addresses may be a guest's
        with open(path, errors="replace") as log:
            for line in log:
                if line.startswith("Priv: "):
                    ours = line.split() == ["Priv:", "1;", "Virt:", "0"]
                elif ours is not False and (found := ADDRESS.match(line)):
                    at = int(found[1], 16)
                    if at >= LINKED:
                        seen.add(at)
                    elif ours:
                        seen.add(at + LINKED - LOADED)
    return seen


def run_by_host():
    """{(file, line)} that gcov has counted"""
    covered, objects = set(), glob.glob(f"{LOGS}/host/host/asan/hyp/**/*.gcda", recursive=True)
    if not objects:
        return covered
    scratch = os.path.abspath(f"{LOGS}/gcov")
    os.makedirs(scratch, exist_ok=True)
    subprocess.run(["gcov", "-i", *map(os.path.abspath, objects)], cwd=scratch, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    for path in glob.glob(f"{scratch}/*.gcov.json.gz"):
        with gzip.open(path, "rt") as file:
            for source in json.load(file)["files"]:
                name = re.sub(r"^.*?(hyp/)", r"\1", source["file"])
                covered.update((name, line["line_number"]) for line in source["lines"] if line["count"])
    return covered


def reasons():
    """(file, function or *) -> why its lines need not be covered"""
    with open("scripts/test/coverage.txt") as rows:
        split = [row.split(None, 2) for row in rows if row.strip() and row[0] != "#"]
    return {(file, function): why.strip() for file, function, why in split}


def report():
    seen, by_host, excused = run_by_guests(), run_by_host(), reasons()
    wanted, covered = {}, set()
    for address, stands_for in lines_of_image().items():
        for file, line, function in stands_for:
            if file.endswith((".c", ".h", ".S")):
                wanted.setdefault((file, line), function)
                if address in seen:
                    covered.add((file, line))
    by_guests = len(covered)
    covered |= by_host & wanted.keys()
    if not by_guests:
        print(f"coverage: no run of {ELF} as it is now is in {LOGS}")
        return 1
    missing = sorted(wanted.keys() - covered)
    unexcused, used = [], set()
    for file, line in missing:
        keys = [k for k in ((file, wanted[file, line]), (file, "*")) if k in excused]
        used.update(keys)
        if not keys:
            unexcused.append((file, line))
    show(missing, wanted, excused)
    percent = 100 * len(covered) / len(wanted)
    print(f"{len(covered)} of {len(wanted)} lines are covered: {percent:.1f} % (guests {by_guests}, host tests the rest)")
    for key in excused.keys() - used:
        print("coverage.txt: no longer needed:", *key)
    if unexcused:
        print(f"{len(unexcused)} lines are neither covered nor in scripts/test/coverage.txt")
    return 0 if percent >= WANTED and not unexcused else 1


def show(missing, wanted, excused):
    texts, last = {}, None
    for file, line in missing:
        if file not in texts:
            with open(file, errors="replace") as source:
                texts[file] = source.read().splitlines()
        function = wanted[file, line]
        if (file, function) != last:
            why = excused.get((file, function)) or excused.get((file, "*"))
            print(f"{file}: {function}()" + (f": {why}" if why else ""))
            last = (file, function)
        print(f"  {line:4} {texts[file][line - 1].strip()[:70]}")


def main():
    if sys.argv[1:] not in ([], ["--report"]):
        print(__doc__)
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    build()
    bad = run_tests() if not sys.argv[1:] else []
    return report() or int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
