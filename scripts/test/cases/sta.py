#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sta - what guests are shown as stolen (STA) is what the statistics say that they waited: three
vCPUs that spin on one hart, on two, and on three."""
import json
import os
import re

from linux_lib import ROOT, Lost, Machine, O, check, finish


def main():
    os.chdir(ROOT)
    for harts in (1, 2, 3):
        with Machine(f"sta_{harts}", ["scripts/run/run.sh"], limit=60, guest=f"{O}/guest/test.bin", harts=harts,
                     vcpus=3, append="test=sta_grows", hypargs="stats=1") as m:
            status = m.status(50)
            said = re.search(r"^sta: 3 harts, (\d+) us each, (\d+) us stolen", m.text, re.M)
            stats = re.search(r'^(\{"vms".*\})$', m.text, re.M)
            if not check(f"sta_on_{harts}_harts_passes", status == 0 and said and stats, f"status {status}"):
                raise Lost("what it said")
            ran, stolen = int(said[1]), int(said[2])
            waited = sum(v["waited_us"] for v in json.loads(stats[1])["vms"][0]["vcpus"])
            # Beside that test they wait for some slices: at the start, and to print.
            check(f"sta_on_{harts}_harts_is_what_was_waited", stolen <= waited + 1000 and waited - stolen < 60000,
                  f"stolen {stolen} us, waited {waited} us")
            # Spinning leaves of three times that time what one or two harts have.
            if harts < 3:
                least = (3 - harts) * ran * 0.8
                check(f"sta_on_{harts}_harts_is_much", stolen > least, f"stolen {stolen} us, not {least:.0f}")
    finish()


main()
