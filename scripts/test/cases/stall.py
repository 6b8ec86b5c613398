#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stall - nobody reads the console for long: who writes waits, and nobody else does; then all goes on."""
import array
import fcntl
import os
import select
import termios
import threading
import time

from linux_lib import ROOT, RUNDIR, SLOW, Lost, Machine, check, finish
from vms import SHUT_DOWN, assemble, fit

STALL = 13  # seconds; a lock that is not given back for 10 is a panic

# Two vCPUs write for ever, and a third waits for fences of theirs; a key ends it.
WRITERS = f"""
	li a7, 0x48534d		# hart_start: the two others
	li a6, 0
	li a0, 1
	la a1, 2f
	li a2, 0
	ecall
	li a0, 2
	la a1, 3f
	ecall
1:	li a7, 2		# console_getchar
	ecall
	bltz a0, 2f
	{SHUT_DOWN}
2:
	li a7, 0x4442434e	# console_write
	li a6, 0
	la a1, text
	li a0, 45
	li a2, 0
	ecall
	j 1b
3:	li a7, 0x52464e43	# remote_fence_i
	li a6, 0
	li a0, 3
	li a1, 0
	ecall
	j 3b
text:	.ascii "a flood of lines on the console, without end\\n"
"""

# Looks at the clock every millisecond, and for a key; that ends it, and it says how long it was kept from looking at most.
WATCHER = f"""
	rdtime s1		# the last look
	li s2, 0		# the longest pause
	li s3, 0		# a key has come
1:	rdtime t0
	sub t1, t0, s1
	mv s1, t0
	bleu t1, s2, 2f
	mv s2, t1
2:	bnez s3, 3f
	li t0, 0x20
	csrs sie, t0
	li a7, 0x54494d45	# set_timer
	li a6, 0
	li t0, 10000
	add a0, s1, t0
	ecall
	wfi
	li a7, 2		# console_getchar
	ecall
	slti s3, a0, 0		# a key: look once more, as this call may have been the pause
	xori s3, s3, 1
	j 1b
3:	li t0, 10000
	divu s2, s2, t0		# ms
	la s1, number + 4
	li t0, 10
4:	remu t1, s2, t0
	divu s2, s2, t0
	addi t1, t1, '0'
	sb t1, 0(s1)
	addi s1, s1, -1
	la t1, number
	bgeu s1, t1, 4b
	la s2, text
5:	lbu a0, 0(s2)
	beqz a0, 6f
	li a7, 1		# console_putchar
	ecall
	addi s2, s2, 1
	j 5b
6:	{SHUT_DOWN}
text:	.ascii "longest pause "
number:	.asciz "00000 ms\\n"
"""


class Stalling(Machine):
    """A machine whose console is a small pipe, which can be left unread."""

    SIZE = 4096

    def __init__(self, name, argv, **env):
        pipe = os.path.realpath(os.path.join(RUNDIR, name + ".pipe"))
        os.mkfifo(pipe + ".in")
        os.mkfifo(pipe + ".out")
        self.keys, self.out = os.open(pipe + ".in", os.O_RDWR), os.open(pipe + ".out", os.O_RDWR)
        fcntl.fcntl(self.out, fcntl.F_SETPIPE_SZ if hasattr(fcntl, "F_SETPIPE_SZ") else 1031, self.SIZE)
        self.reading = threading.Event()
        self.reading.set()
        super().__init__(name, argv, qemuflags=f"-serial pipe:{pipe} -monitor none", **env)

    def read(self):
        while True:
            self.reading.wait()
            ended = self.process.poll() is not None
            data = os.read(self.out, self.SIZE) if select.select([self.out], [], [], 0.2)[0] else b""
            with self.grown:
                self.at_end = ended and not data
                self.text += data.decode(errors="replace").replace("\r", "")
                self.grown.notify_all()
            if self.at_end:
                return

    def send(self, text):
        os.write(self.keys, text.encode())

    def full(self):
        """Has nothing more room in the pipe?"""
        waiting = array.array("i", [0])
        fcntl.ioctl(self.out, termios.FIONREAD, waiting)
        return waiting[0] == self.SIZE

    def wait_full(self, limit=30):
        end = time.monotonic() + limit * SLOW
        while not self.full():
            if time.monotonic() >= end:
                raise Lost("the console's pipe does not get full")
            time.sleep(0.2)


def main():
    os.chdir(ROOT)
    os.makedirs(RUNDIR, exist_ok=True)
    image = fit("stall", {"w": ("kernel", assemble("writers", WRITERS)), "c": ("kernel", assemble("watcher", WATCHER))},
                {"watcher": 'kernel = "c"; vcpus = <1>;', "writers": 'kernel = "w"; vcpus = <3>;'})
    with Stalling("stall", ["scripts/run/run.sh"], limit=90, guest=image, harts=4, mem="16M") as g:
        g.expect("flood of lines", 30)
        g.reading.clear()
        g.wait_full()
        time.sleep(STALL)
        check("the_console_was_stalled", g.full() and g.process.poll() is None, "it was not")
        g.reading.set()
        g.send("x")
        pause = int(g.expect(r"^.watcher. longest pause (\d+) ms$", 60)[1])
        check("a_stalled_console_keeps_nobody_else", pause < STALL * 1000 / 2, f"a VM that only looks for keys stood still for {pause} ms")
        g.expect("watcher: shut down", 30)
        g.expect("the keys go to writers now", 30)
        g.expect("^.writers. a flood of lines on the console, without end$", 30)
        g.send("q")
        g.expect("writers: shut down", 30)
        status = g.status()
        check("after_a_stall_all_goes_on", status == 0 and "PANIC" not in g.text, f"status {status}")
    finish()


if __name__ == "__main__":
    main()
