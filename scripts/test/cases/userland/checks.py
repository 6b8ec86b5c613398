#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""checks.py - what Debian's python3 does in the guest, where linux_userland.py runs it: for each
check_NAME one line PASS or FAIL.

expected.py, made by that program, has what numbers() is on the host.
"""
import contextlib
import ctypes
import decimal
import hashlib
import math
import mmap
import multiprocessing
import os
import queue
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback

PATIENCE = float(os.environ.get("PATIENCE") or 1)
CLOCKS = [name for name in dir(time) if name.startswith("CLOCK_") and "CPUTIME" not in name]


def floats(rounds, x=0.3):
    """A result of many roundings: equal on every machine with IEEE 754 doubles."""
    total = 0.0
    for i in range(rounds):
        x = 3.99 * x * (1 - x)
        total += math.sqrt(x) / (i + 1)
    return total.hex()


def pi(digits):
    """By Machin's formula, with long integers."""
    def arctan(inverse):
        term = total = 10 ** (digits + 10) // inverse
        n = 1
        while term:
            term //= -inverse * inverse
            n += 2
            total += term // n
        return total
    return (4 * (4 * arctan(5) - arctan(239))) // 10 ** 10


def numbers():
    """What the host and the guest compute alike."""
    packed = struct.pack("<dfqe", 5e-324, 1 / 3, -2 ** 63, 65504.0) + struct.pack(">d", -0.0)
    return {"FLOATS": floats(20000), "PI": hashlib.sha256(str(pi(1000)).encode()).hexdigest(),
            "PACKED": packed.hex(), "POWER": pow(3, 10 ** 40, 2 ** 521 - 1),
            "ROOT": str(decimal.Context(prec=200).sqrt(decimal.Decimal(2)))}


def check_computes_as_the_host():
    import expected
    for name, value in numbers().items():
        assert value == getattr(expected, name), f"{name}: {value}"


def check_clocks_pass():
    for name in CLOCKS:
        clock = getattr(time, name)
        before = time.clock_gettime(clock)
        time.sleep(0.1)
        passed = time.clock_gettime(clock) - before
        assert 0.09 <= passed < 5 * PATIENCE, f"{name}: {passed} s instead of 0.1"
    for clock in time.time, time.monotonic, time.perf_counter:
        before = clock()
        time.sleep(0.1)
        assert 0.09 <= clock() - before < 5 * PATIENCE, clock


def check_clocks_never_go_back():
    for clock in time.monotonic_ns, time.perf_counter_ns, time.process_time_ns, time.thread_time_ns:
        last = clock()
        for _ in range(5000):
            now = clock()
            assert now >= last, f"{clock}: {last - now} ns back"
            last = now


def check_time_of_processor():
    cpu, wall = time.process_time(), time.monotonic()
    time.sleep(0.3)
    assert time.process_time() - cpu < 0.25, "a sleep took processor time"
    while time.monotonic() - wall < 0.6:
        pass
    assert 0 < time.process_time() - cpu <= time.monotonic() - wall, "process_time"


def check_time_is_one_on_all_cpus():
    """A token goes from CPU to CPU and carries the time: it is never earlier where it arrives."""
    cpus = sorted(os.sched_getaffinity(0))
    pipes = [os.pipe() for _ in cpus]
    rounds = 100
    children = []
    for i, cpu in enumerate(cpus):
        children.append(os.fork())
        if not children[-1]:
            os.sched_setaffinity(0, {cpu})
            for _ in range(rounds):
                then = int.from_bytes(os.read(pipes[i][0], 8), "little")
                now = time.perf_counter_ns()
                right = 0 < then <= now
                token = (now if right else 0).to_bytes(8, "little")
                os.write(pipes[(i + 1) % len(cpus)][1], token)
                if not right:
                    os._exit(1)
            os._exit(0)
    os.write(pipes[0][1], time.perf_counter_ns().to_bytes(8, "little"))
    assert all(os.waitpid(child, 0)[1] == 0 for child in children), "the time went back"


def check_affinity():
    for cpu in sorted(os.sched_getaffinity(0)):
        child = os.fork()
        if not child:
            os.sched_setaffinity(0, {cpu})
            with open("/proc/self/stat") as f:
                os._exit(int(f.read().rsplit(")", 1)[1].split()[36]) != cpu)
        assert os.waitpid(child, 0)[1] == 0, f"not on CPU {cpu}"


def check_threads():
    total, lock, answers = [0], threading.Lock(), queue.Queue()

    def work(n):
        for _ in range(500):
            with lock:
                total[0] += 1
        answers.put(floats(2000, 0.1 + n / 100))
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert total[0] == 4000, total[0]
    assert sorted(answers.queue) == sorted(floats(2000, 0.1 + n / 100) for n in range(8))


def check_wait_with_a_limit():
    condition = threading.Condition()
    before = time.monotonic()
    with condition:
        assert not condition.wait(0.2)
    assert 0.19 <= time.monotonic() - before < 5 * PATIENCE


def square(n):
    return n * n, floats(1000, n / 100), os.getpid()


def check_multiprocessing():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        results = pool.map(square, range(1, 41), chunksize=2)
    assert [r[:2] for r in results] == [(n * n, floats(1000, n / 100)) for n in range(1, 41)]
    assert os.getpid() not in {r[2] for r in results}


def check_fork_and_wait():
    children = {}
    for n in range(12):
        child = os.fork()
        if not child:
            os._exit(n)
        children[child] = n
    while children:
        child, status = os.wait()
        assert os.waitstatus_to_exitcode(status) == children.pop(child)


def check_shared_memory():
    with mmap.mmap(-1, 8192) as shared:
        child = os.fork()
        if not child:
            shared[5000:5005] = b"hello"
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert shared[5000:5005] == b"hello"


def check_faults_end_a_child():
    faults = {signal.SIGSEGV: lambda: ctypes.string_at(8), signal.SIGABRT: os.abort}
    for expected, fault in faults.items():
        child = os.fork()
        if not child:
            fault()
            os._exit(0)
        got = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert got == -expected, f"{got} instead of {-expected}"


def check_subprocess():
    text = "vcpu " * 40000
    out = subprocess.run(["tr", "a-z", "A-Z"], input=text, capture_output=True, text=True)
    assert out.returncode == 0 and out.stdout == text.upper()


def check_hashes():
    known = {"md5": "900150983cd24fb0d6963f7d28e17f72",
             "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
             "sha3_256": "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"}
    for name, value in known.items():
        assert hashlib.new(name, b"abc").hexdigest() == value, name


def check_signals_among_floats():
    """A timer's signals come anywhere in floating point code, which must not notice."""
    came = []

    def handler(number, frame):
        came.append(floats(3))
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    try:
        right = None
        end = time.monotonic() + 20 * PATIENCE
        while len(came) < 100:
            assert time.monotonic() < end, f"{len(came)} signals"
            got = floats(500)
            right = right or got
            assert got == right, got
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert set(came) == {floats(3)}


def check_random():
    seen = {os.getrandom(16) for _ in range(200)} | {os.urandom(16) for _ in range(200)}
    assert len(seen) == 400
    ones = sum(byte.bit_count() for s in seen for byte in s)
    assert abs(ones - 400 * 64) < 1000, ones


def check_sockets():
    data = bytes(range(256)) * 2000
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            peer = server.accept()[0]
            with peer:
                while chunk := peer.recv(65536):
                    peer.sendall(chunk)
        threading.Thread(target=serve, daemon=True).start()
        with socket.create_connection(server.getsockname()) as s:
            def send():
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
            threading.Thread(target=send, daemon=True).start()
            back = b""
            while chunk := s.recv(65536):
                back += chunk
    assert back == data
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with a, b:
        a.send(b"x")
        assert b.recv(9) == b"x"


def check_poll():
    reader, writer = os.pipe()
    poll = select.epoll()
    poll.register(reader, select.EPOLLIN)
    before = time.monotonic()
    assert poll.poll(0.2) == [] and 0.19 <= time.monotonic() - before < 5 * PATIENCE
    os.write(writer, b"x")
    assert poll.poll(5) == [(reader, select.EPOLLIN)]
    assert select.select([reader], [], [], 0)[0] == [reader]


class Registers(ctypes.Structure):
    """What PTRACE_GETREGSET fills: a struct iovec, and its registers in words."""
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]

    def __init__(self, count):
        self.words = (ctypes.c_uint64 * count)()
        super().__init__(ctypes.addressof(self.words), 8 * count)


def check_debugger():
    """Breakpoints where all FP registers of our own program hold patterns; a changed variable."""
    from expected import SYMBOLS
    traceme, peek, poke, cont, getregset = 0, 1, 4, 7, 0x4204
    c_ebreak = 0x9002
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def ptrace(request, address=None, data=None):
        result = libc.ptrace(request, child, address, data)
        why = os.strerror(ctypes.get_errno())
        assert result == 0 or request == peek, f"ptrace({request}, {address}, {data}): {why}"
        return result % 2 ** 64

    def wait_for_trap():
        while True:
            status = os.waitpid(child, 0)[1]
            assert os.WIFSTOPPED(status), f"status {status:#x}"
            if os.WSTOPSIG(status) == signal.SIGTRAP:
                return
            ptrace(cont, None, os.WSTOPSIG(status))

    def run_to(name):
        code = ptrace(peek, SYMBOLS[name])
        ptrace(poke, SYMBOLS[name], code & ~0xffff | c_ebreak)
        ptrace(cont)
        wait_for_trap()
        ptrace(poke, SYMBOLS[name], code)
        ptrace(getregset, 1, ctypes.byref(integers))
        ptrace(getregset, 2, ctypes.byref(doubles))
        assert integers.words[0] == SYMBOLS[name], f"pc {integers.words[0]:#x}, not {name}"
        first = doubles.words[0]
        assert first >> 32 == 0x41424344, f"{first:#x}"
        assert list(doubles.words)[:32] == list(range(first, first + 32)), list(doubles.words)
        return first
    child = os.fork()
    if not child:
        try:
            libc.ptrace(traceme, 0, None, None)
            os.execv("./registers", ["registers", "fp"])
        finally:
            os._exit(127)
    integers, doubles = Registers(32), Registers(33)
    try:
        wait_for_trap()
        patterns = [run_to(name) for _ in range(4) for name in ("hold_loop", "hold_end")]
        assert patterns == [patterns[0] + 64 * (i // 2) for i in range(8)], patterns
        ptrace(poke, SYMBOLS["signals"], 100000)
        ptrace(cont)
    except AssertionError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        raise
    while os.WIFSTOPPED(status := os.waitpid(child, 0)[1]):
        ptrace(cont, None, os.WSTOPSIG(status))
    assert status == 0, f"status {status:#x}"


def check_calls_into_c():
    libm = ctypes.CDLL("libm.so.6")
    libm.pow.restype, libm.pow.argtypes = ctypes.c_double, [ctypes.c_double] * 2
    assert libm.pow(2.0, 0.5) == math.sqrt(2)


def main():
    wanted = sys.argv[1:]
    for name, function in sorted(globals().items()):
        if not name.startswith("check_") or wanted and name[6:] not in wanted:
            continue
        began = time.monotonic()
        try:
            function()
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            why = f"{type(error).__name__} in line {where.lineno}: {str(error)[:300]}"
            print(f"FAIL python_{name[6:]}: {why}", flush=True)
        else:
            took = (time.monotonic() - began) * 1000
            print(f"PASS python_{name[6:]} ({took:.0f} ms)", flush=True)


if __name__ == "__main__":
    main()
