#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""compare.py OLD NEW - what a change did: the rows that differ in two files bench.json of
scripts/bench/bench.py.

Exit status 1 if a row got worse by more than 1 %.
"""
import json
import sys


def flat(path):
    with open(path) as f:
        found = json.load(f)
    rows = {r["name"]: r["dormouse"] for part in ("calls", "pair") for r in found.get(part, [])}
    for r in found.get("growth", []):
        rows.update({f"{k} with {r['vcpus']} vCPUs": v for k, v in r.items() if k != "vcpus"})
    for r in found.get("vms", []):
        rows[f"null call with {r['vms']} VMs"] = r["null_call"]
    rows["boot"] = found.get("boot", {}).get("instructions")
    for line in found.get("size", []):
        words = line.split()
        if words and words[0] in ("text", "constants", "data", "bss"):
            rows[f"{words[0]}, bytes"] = int(words[1])
    return found.get("made_with"), rows


def main():
    if len(sys.argv) != 3:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    (with_old, old), (with_new, new) = flat(sys.argv[1]), flat(sys.argv[2])
    if with_old != with_new:
        print(f"note: made with different tools: {with_old} and {with_new}")
    worse = False
    print(f"{'':32}{'old':>10}{'new':>10}{'change':>10}")
    for name in list(new) + [n for n in old if n not in new]:
        a, b = old.get(name), new.get(name)
        if a == b or (a is None and b is None):
            continue
        change = f"{100 * (b - a) / a:+.1f} %" if a and b is not None else ""
        print(f"{name:32}{a!s:>10}{b!s:>10}{change:>10}")
        worse |= bool(a and b and b > a * 1.01)
    return int(worse)


if __name__ == "__main__":
    sys.exit(main())
