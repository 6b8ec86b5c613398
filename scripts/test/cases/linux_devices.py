#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linux_devices - a virtio disk and a network card of the machine in a Linux guest: what is read and
written is right, also over suspends, moves between CPUs, reboots and a panic. machines: all"""
import hashlib
import http.server
import os
import random
import threading
import time

from linux_lib import FULL, RUNDIR, Linux, Lost, check, debian, finish, initramfs, skip

SIZE = 12 << 20
WRITTEN_AT = 10 << 20  # what is behind is written to, and not read
TIMES = 3 if FULL else 1
READ = f"dd if=/dev/vda bs=64k count={WRITTEN_AT >> 16} 2>/dev/null | sha256sum"
BUSY = "(while :; do dd if=/dev/vda of=/dev/null bs=4k iflag=direct 2>/dev/null; done) & ping -i 0.01 10.0.2.2 >/dev/null & true"


def serve(data):
    """A web server on this host, which the guest sees as 10.0.2.2: its port."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def reads(g, want):
    g.run("echo 3 >/proc/sys/vm/drop_caches")
    return want in g.run(READ, 60)


def first_look(g, want, data):
    check("disk_is_read_right", reads(g, want), "another sum")
    lines = g.run("grep virtio /proc/interrupts")
    check("by_interrupts_of_the_plic", lines.count("PLIC") >= 2, lines)
    off = abs(int(g.run("date +%s")) - time.time())
    check("clock_is_right", off < 60, f"{off} s")
    check("ping", "3 packets received" in g.run("ping -c 3 10.0.2.2 | cat"), "no answers")
    port = serve(data)
    got = g.run(f"wget -q -O - http://10.0.2.2:{port}/ | sha256sum", 60)
    check("file_by_network", hashlib.sha256(data).hexdigest() in got, got)
    g.run(f"seq 1 100000 | dd of=/dev/vda bs=1M seek={WRITTEN_AT >> 20} conv=notrunc,fsync 2>/dev/null", 60)


def suspends(g, want):
    good = 0
    for _ in range(TIMES):
        g.run(f"{READ} >/tmp/sum & echo mem >/sys/power/state; wait; grep -q {want} /tmp/sum", 60)
        good += reads(g, want)
    check("suspend_while_it_reads", good == TIMES, f"{good} of {TIMES}")
    check("network_after_suspend", "2 packets received" in g.run("ping -c 2 10.0.2.2 | cat"), "no answers")


def moves(g, want):
    """The interrupt goes from CPU to CPU while it comes."""
    g.run(f"{READ} >/tmp/sum & for n in $(seq {10 * TIMES}); do for irq in "
          "$(grep virtio /proc/interrupts | cut -d: -f1); do "
          "echo $((n % 2 + 1)) >/proc/irq/$irq/smp_affinity; done; "
          f"dd if=/dev/vda of=/dev/null bs=4k count=20 iflag=direct 2>/dev/null; done; wait; grep -q {want} /tmp/sum", 120)
    check("interrupts_moved_between_cpus", reads(g, want), "another sum")


def reboots(g, want):
    good = 0
    for _ in range(TIMES):
        g.run(BUSY)
        time.sleep(1)
        g.send("reboot -f\n")
        g.expect("reboot \\(number", 30)
        g.wait_shell()
        good += reads(g, want) and "2 packets received" in g.run("ping -c 2 10.0.2.2 | cat")
    check("reboot_while_it_reads", good == TIMES, f"{good} of {TIMES}")


def main():
    found = debian()
    if "MODULES" not in found:
        skip("no modules of this kernel")
    os.makedirs(RUNDIR, exist_ok=True)
    modules = {f"lib/modules/{name}": os.path.join(found["MODULES"], name) for name in sorted(os.listdir(found["MODULES"]))}
    initrd = initramfs(found["BUSYBOX"], paths=modules)
    data = random.Random(12).randbytes(SIZE)
    want = hashlib.sha256(data[:WRITTEN_AT]).hexdigest()
    disk = os.path.join(RUNDIR, "disk.raw")
    with open(disk, "wb") as f:
        f.write(data)
    try:
        with Linux("devices", found, initrd, limit=400, boot=100, harts=2, vcpus=2, mem="256M", disk=disk, net="user",
                   hypargs="wake-after=1500") as g:
            first_look(g, want, data[:3 << 20])
            suspends(g, want)
            moves(g, want)
            g.healthy("log_is_clean")
            reboots(g, want)
            g.run(BUSY)
            g.send("echo c >/proc/sysrq-trigger\n")
            g.expect("Kernel panic")
            status = g.status()
            check("panic_ends_with_1", status == 1, f"status {status}")
    except Lost:
        pass
    with open(disk, "rb") as f:
        after = f.read()
    lines = b"".join(b"%d\n" % n for n in range(1, 100001))
    check("what_was_written_is_there", after[WRITTEN_AT:WRITTEN_AT + len(lines)] == lines, "something else")
    check("and_nothing_else", after[:WRITTEN_AT] == data[:WRITTEN_AT], "it was written to")
    os.remove(disk)
    finish()


if __name__ == "__main__":
    main()
