# SPDX-License-Identifier: MIT
"""progress - for scripts that take long: a line on standard error every 5 seconds that says what is going on.

What ends sooner is silent. fetched() runs a fetch script and passes its progress on.
"""
import contextlib
import os
import shlex
import subprocess
import sys
import threading
import time

PERIOD = 5
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SLOW = float(os.environ.get("SLOW") or 1)
_lock = threading.Lock()
_running = []  # (what, since), the oldest first
_told = 0.0  # when something was last said, or began after a pause


def _tell():
    global _told
    while True:
        time.sleep(0.5)
        with _lock:
            now = time.monotonic()
            if not _running:
                _told = now
            elif now >= _told + PERIOD:
                _told = now
                text = ", ".join(f"{what} {now - since:.0f} s" for what, since in _running)
                print(f"... {text}"[:79], file=sys.stderr, flush=True)


@contextlib.contextmanager
def running(what):
    """@what goes on; other threads may have more."""
    entry = what, time.monotonic()
    with _lock:
        if not any(t.name == "progress" for t in threading.enumerate()):
            threading.Thread(target=_tell, name="progress", daemon=True).start()
        _running.append(entry)
    try:
        yield
    finally:
        with _lock:
            _running.remove(entry)


def fetched(name, *arguments, limit=300, show=sys.stderr):
    """({key: value} of what scripts/fetch/@name.sh prints, None), or ({}, why not). Its protocol:
    fetch_lib.sh."""
    path = os.path.join(ROOT, "scripts/fetch", f"{name}.sh")
    script = f"fetch-{name}"  # as in its own messages
    fetch = subprocess.Popen([path, *arguments], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    why = f"{script}: failed"
    timer = threading.Timer(limit * SLOW, fetch.terminate)
    timer.start()
    with running(script):
        for line in fetch.stderr:
            why = line.strip() or why
            print(why, file=show, flush=True)
        words = fetch.stdout.read()
    timer.cancel()
    if fetch.wait() == 0:
        return dict(word.split("=", 1) for word in shlex.split(words)), None
    return {}, f"{script}: too slow; SLOW=2 doubles its time" if fetch.returncode < 0 else why
