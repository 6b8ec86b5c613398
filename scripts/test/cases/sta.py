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
                     vcpus=3, append="test=sta_grows,sta_sleeper", hypargs="stats=1") as m:
            status = m.status(50)
            said = re.search(r"^sta: 3 harts, (\d+) us each, (\d+) us stolen", m.text, re.M)
            stats = re.search(r'^(\{"vms".*\})$', m.text, re.M)
            if not check(f"sta_on_{harts}_harts_passes", status == 0 and said and stats, f"status {status}"):
                raise Lost("what it said")
            ran, stolen = int(said[1]), int(said[2])
            waited = sum(v["waited_us"] for v in json.loads(stats[1])["vms"][0]["vcpus"])
            # Beside that they wait: at the start, at the end, and for a second of the other test.
            check(f"sta_on_{harts}_harts_is_what_was_waited", stolen <= waited + 1000 and waited - stolen < 3 * ran / 10 + 2e6,
                  f"stolen {stolen} us, waited {waited} us")
            # Spinning leaves of three times that time what one or two harts have.
            if harts < 3:
                least = (3 - harts) * ran * 0.6
                check(f"sta_on_{harts}_harts_is_much", stolen > least, f"stolen {stolen} us, not {least:.0f}")
            # Who is woken has to wait for who runs, if only for a moment.
            written = int(re.search(r"^sta: slept 30 times, .* written (\d+) times", m.text, re.M)[1])
            if harts == 1:
                check("sta_of_a_sleeper_on_1_hart", written >= 25, f"written {written} times")
    finish()


main()
