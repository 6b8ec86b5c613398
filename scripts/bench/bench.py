#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench.py - what things cost: guest/bench under the hypervisor and on the bare firmware, side by side; `make bench` calls it.

    scripts/bench/bench.py                everything: text on the console; text, JSON, SVG in $O/bench/
    scripts/bench/bench.py --only calls   one part of: calls imsic pair sched growth vms boot size
    scripts/bench/bench.py --record       also write scripts/bench/record.json, to which
                                          scripts/test/cases/bench_gate.py holds us

Numbers are retired instructions of all harts and all modes, firmware included (median; the harness's own are subtracted).
"of best" and budget: see README. In rows marked * a hart spins while another has to run: under -icount that costs a whole turn of QEMU.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import bench_lib
import progress
from bench_lib import O, Machine, Missing, median, parse
from bench_plot import plot

PARTS = "calls imsic pair sched growth vms boot size".split()
BUDGET = {"null_call": 90, "set_timer": 110, "status_other": 130, "ipi_self": 250, "ipi_ping_pong_wfi": 3500,
          "suspend_pending": 200, "start_to_first": 2500, "start_stop_cycle": 5000, "first_touch_4k": 1, "first_touch_2m": 1,
          "compute_1m": 1000001}
# The best hypervisor measured by the same method (QEMU 10, OpenSBI 1.9): Bao, but Xvisor where Bao cannot.
PEER = {"null_call": 243, "set_timer": 242, "status_other": 248, "ipi_self": 2106, "ipi_ping_pong_wfi": 4900,
        "suspend_pending": 651, "start_to_first": 8008, "start_stop_cycle": 32059}
BOOT_BUDGET = 250000
BOOT_PEER = 759449
SLICE_BOUND = ("ipi_ping_pong_spin", "rfence_one_idle", "fence_i_one_idle", "rfence_one_busy", "rfence_all_idle")
COUNTS = (1, 2, 4, 8, 16, 32, 64)


def side_by_side(title, bare, hyp):
    print(f"\n{title}\n{'':24}{'bare':>10}{'dormouse':>10}{'ratio':>8}{'best peer':>11}{'budget':>9}")
    rows = []
    for name in list(hyp) + [n for n in bare if n not in hyp]:
        if name == "first_instruction":
            continue
        b, h = median(bare.get(name)), median(hyp.get(name))
        row = {"name": name, "bare": b, "dormouse": h, "budget": BUDGET.get(name), "peer": PEER.get(name)}
        rows.append(row)
        if b is None and h is None:
            continue
        if name == "timer_latency":
            b, h = (r and "ticks" in r and r["ticks"][1] for r in (bare.get(name), hyp.get(name)))
            print(f"{name:24}{b!s:>10}{h!s:>10}  ticks")
            continue
        ratio = f"{h / b:.2f}" if b and h else ""
        over = " OVER" if h is not None and BUDGET.get(name) and h > BUDGET[name] else ""
        star = "*" if name in SLICE_BOUND and b and b > 10000 else ""
        cells = [str(x) if x is not None else "-" for x in (b, h)]
        print(f"{name:24}{cells[0] + star:>10}{cells[1]:>10}{ratio:>8}{PEER.get(name, ''):>11}{BUDGET.get(name, ''):>9}{over}")
    return rows


class Bench:
    def __init__(self, machine):
        self.m = machine
        self.pool = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1))
        self.found = {}

    def both(self, harts, vcpus, guest, **kwargs):
        bare = self.pool.submit(self.m.results, harts, None, guest, timeout=100, **kwargs)
        hyp = self.pool.submit(self.m.results, harts, f"vcpus={vcpus}", guest, timeout=100, **kwargs)
        return bare.result(), hyp.result()

    def calls(self):
        bare, hyp = self.both(4, 4, "set=calls,harts")
        self.found["calls"] = side_by_side("Four vCPUs on four harts", bare, hyp)

    def imsic(self):
        """The same with an IMSIC in each hart: they kick each other without the firmware."""
        kicks = ("ipi_ping_pong_wfi", "ipi_one", "ipi_all", "start_to_first", "start_stop_cycle", "suspend_ipi_wake", "rfence_one_idle")
        bare, hyp = ({name: rows.get(name) for name in kicks} for rows in self.both(4, 4, "set=harts", board="virt,aia=aplic-imsic"))
        self.found["imsic"] = side_by_side("Four vCPUs on four harts with IMSICs (-M virt,aia=aplic-imsic)", bare, hyp)

    def pair(self):
        """Two vCPUs that share one hart: what is descheduled, and the way from one to the other."""
        hyp = self.m.results(1, "vcpus=2", "set=harts")
        names = {"ipi_ping_pong_wfi": "yield there and back", "rfence_one_idle": "fence, target off the hart",
                 "rfence_one_busy": "fence, target ready to run", "ipi_one": "IPI, target off the hart",
                 "start_to_first": "START to first", "start_stop_cycle": "start/stop cycle",
                 "suspend_ipi_wake": "suspend, woken by IPI"}
        print("\nTwo vCPUs on one hart")
        self.found["pair"] = []
        for name, text in names.items():
            print(f"{text:34}{median(hyp.get(name))!s:>10}")
            self.found["pair"].append({"name": f"pair_{name}", "dormouse": median(hyp.get(name))})

    def one_sched(self, harts, vcpus):
        # Many turns each: one more or less must not count. Several harts only run at the same time without -icount; then it is this
        # machine's load that is seen, too.
        ms = max(30, 24 * vcpus) if harts == 1 else max(200, 20 * vcpus // harts)
        rows = self.m.results(harts, f"vcpus={vcpus} slice=1", f"set=fair,wake ms={ms}", timeout=60, icount=harts == 1)
        late = rows.get("wake_latency", {}).get("ticks", [None] * 3)
        return {"harts": harts, "vcpus": vcpus, "index": (median(rows.get("fair_index")) or 0) / 1e6,
                "least_to_most": median(rows.get("fair_least_to_most")), "latency_ticks": late}

    def sched(self):
        jobs = [self.pool.submit(self.one_sched, 1, v) for v in COUNTS]
        self.found["sched"] = [job.result() for job in jobs]
        # One at a time: they run in real time.
        self.found["sched"] += [self.one_sched(h, v) for h in (2, 4) for v in COUNTS]
        print("\nScheduler: Jain's fairness index, least to most served, wake-up latency\n"
              "in ticks of 100 ns (slice 1 ms); 1 hart under -icount, more in the real\n"
              "time of this machine")
        print(f"{'harts':>6}{'vCPUs':>7}{'index':>9}{'least/most':>12}{'min':>9}{'median':>9}{'max':>9}")
        for r in self.found["sched"]:
            late = "".join(f"{x!s:>9}" for x in r["latency_ticks"])
            print(f"{r['harts']:>6}{r['vcpus']:>7}{r['index']:>9.4f}{r['least_to_most']!s:>11}%{late}")

    def growth(self):
        jobs = [(n, self.pool.submit(self.m.results, 1, f"vcpus={n}", "set=growth")) for n in COUNTS]
        names = ("null_call", "start_all", "susp")
        self.found["growth"] = []
        print(f"\nGrowth with the number of vCPUs (one hart)\n{'vCPUs':>6}{'null call':>11}{'START all':>11}{'SUSP':>8}")
        for n, job in jobs:
            rows = job.result()
            r = {"vcpus": n, **{k: median(rows.get("growth_" + k)) for k in names}}
            self.found["growth"].append(r)
            print(f"{n:>6}" + f"{r['null_call']!s:>11}{r['start_all'] if n > 1 else '-':>11}{r['susp']!s:>8}")

    def vms(self):
        self.found["vms"] = []
        print(f"\nExits with the number of VMs (one hart, one vCPU each)\n{'VMs':>6}{'null call':>11}")
        for n in (1, 2, 4, 8):
            with tempfile.TemporaryDirectory() as folder:
                text = self.m.run(1, "vcpus=1 mem=32M", "set=growth", image=make_fit(folder, n))
            worst = max((median(parse(text, f"vm{i}" if n > 1 else None).get("growth_null_call")) or 0 for i in range(n)))
            self.found["vms"].append({"vms": n, "null_call": worst})
            print(f"{n:>6}{worst:>11}")

    def boot(self):
        cost, mib = (value or 0 for value in self.m.boot_cost().values())
        self.found["boot"] = {"instructions": cost, "budget": BOOT_BUDGET, "peer": BOOT_PEER,
                              "per_mib": mib}
        print(f"\nEntry to the guest's first instruction, 1 hart: {cost} instructions more than on the "
              f"bare\nfirmware (budget {BOOT_BUDGET}, best peer {BOOT_PEER})"
              f"{' OVER' if cost > BOOT_BUDGET else ''}, and {mib} for each MiB\n"
              "of the VM's memory, which is cleared before its first boot")

    def size(self):
        text = subprocess.run(["scripts/bench/size.py"], capture_output=True, text=True).stdout
        self.found["size"] = text.splitlines()
        print("\nSize\n" + text.rstrip())


def make_fit(folder, n):
    kernel = os.path.realpath(f"{O}/guest/bench.bin")
    parts = "".join(f'k{i} {{ type = "kernel"; os = "linux"; arch = "riscv"; compression = "none"; load = <0>; entry = <0>; '
                    f'data = /incbin/("{kernel}"); }};\n' for i in range(n))
    configs = "".join(f'vm{i} {{ kernel = "k{i}"; }};\n' for i in range(n))
    its, itb = os.path.join(folder, "vms.its"), os.path.join(folder, "vms.itb")
    with open(its, "w") as out:
        out.write('/dts-v1/; / { description = "guests"; #address-cells = <1>; images {\n' + parts +
                  '}; configurations { default = "vm0";\n' + configs + "}; };\n")
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", itb, its], check=True)
    return itb


def record(machine):
    rows = machine.results(1, "vcpus=1", "set=calls")
    kept = {name: median(row) for name, row in rows.items() if "insns" in row and name not in ("timer_latency", "empty")}
    kept.update(machine.boot_cost())
    rows = machine.results(4, "vcpus=4", "set=harts")
    four = {name: median(row) for name, row in rows.items() if name not in ("first_instruction", "ipi_ping_pong_spin")}
    with open("scripts/bench/record.json", "w") as out:
        json.dump({"made_with": machine.identity(), "instructions": kept, "on_four_harts": four}, out, indent=1)
        out.write("\n")
    print(f"recorded {len(kept) + len(four)} rows in scripts/bench/record.json")


class Tee:
    def __init__(self, *files):
        self.files = files

    def write(self, text):
        for f in self.files:
            f.write(text)

    def flush(self):
        for f in self.files:
            f.flush()


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--only", action="append", choices=PARTS)
    args.add_argument("--record", action="store_true")
    opts = args.parse_args()
    os.chdir(bench_lib.ROOT)
    try:
        machine = Machine(fetch=True)
    except Missing as why:
        print(f"bench: {why}", file=sys.stderr)
        return 2
    out = os.path.join(O, "bench")
    os.makedirs(out, exist_ok=True)
    start = time.monotonic()
    with open(os.path.join(out, "bench.txt"), "w") as text:
        sys.stdout = Tee(sys.__stdout__, text)
        print("Made with " + ", ".join(f"{k} {v}" for k, v in machine.identity().items()))
        bench = Bench(machine)
        for part in opts.only or PARTS:
            with progress.running(part):
                getattr(bench, part)()
            sys.stdout.flush()
        print(f"\n{time.monotonic() - start:.0f} s; {out}/bench.txt bench.json bench.svg")
        sys.stdout = sys.__stdout__
    with open(os.path.join(out, "bench.json"), "w") as f:
        json.dump({"made_with": machine.identity(), **bench.found}, f, indent=1)
    with open(os.path.join(out, "bench.svg"), "w") as f:
        f.write(plot(bench.found))
    if opts.record:
        record(machine)
    return 0


if __name__ == "__main__":
    sys.exit(main())
