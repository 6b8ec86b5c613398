#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No operation costs more instructions than when scripts/bench/record.json was made
(scripts/bench/bench.py --record).

Counts are exact only where QEMU, firmware and compiler are those of the record; elsewhere this is skipped.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench"))
from bench_lib import Machine, Missing, ROOT, median  # noqa: E402

TOLERANCE = 0.02  # and 3 instructions


def main():
    os.chdir(ROOT)
    os.environ.pop("QEMU", None)
    os.environ.pop("BIOS", None)
    with open("scripts/bench/record.json") as f:
        record = json.load(f)
    try:
        machine = Machine(fetch=False)
    except Missing as why:
        print(f"SKIP bench_gate: {why}")
        return 77
    here = machine.identity()
    for key, value in record["made_with"].items():
        if here[key] != value:
            print(f"SKIP bench_gate: the record was made with {key} {value}, this is {here[key]}")
            return 77
    rows = machine.results(1, "vcpus=1", "set=calls", timeout=80)
    rows.update((name, {"value": value}) for name, value in machine.boot_cost().items())
    four = machine.results(4, "vcpus=4", "set=harts", timeout=80)
    return judge("bench_", record["instructions"], rows) | judge("bench_on_four_harts_", record["on_four_harts"], four)


def judge(prefix, record, rows):
    failed = 0
    for name, was in record.items():
        now = median(rows.get(name))
        limit = was * (1 + TOLERANCE) + 3
        if now is None:
            print(f"FAIL {prefix}{name}: no result")
        elif now > limit:
            print(f"FAIL {prefix}{name}: {now} instructions, the record has {was}")
        else:
            print(f"PASS {prefix}{name}")
            if now < was * (1 - TOLERANCE) - 3:
                print(f"  {now} instructions, better than the record's {was}: "
                      "scripts/bench/bench.py --record keeps it")
            continue
        failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
