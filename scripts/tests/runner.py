#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""runner.py - scripts/test itself: how it counts what a job says, how long it lets a job run."""
import importlib.machinery
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time

os.environ.pop("SLOW", None)
PATH = os.path.join(os.path.dirname(__file__), "../test")
loader = importlib.machinery.SourceFileLoader("runner", PATH)
runner = importlib.util.module_from_spec(importlib.util.spec_from_loader("runner", loader))
loader.exec_module(runner)
failed = 0


def check(name, ok, why):
    global failed
    failed |= not ok
    print(f"PASS {name}" if ok else f"FAIL {name}: {why}", flush=True)


def counts(name, status, text, want, kind="script"):
    """A job that ends with @status and says @text is counted as @want: passed, failed, skipped."""
    job = runner.Job(kind, name, [], 1)
    job.judge(status, text)
    got = (job.passed, job.failed, job.skipped)
    check(name, got == want, f"{got}, not {want}; {job.problems}")
    return job


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def timed(name, command, timeout, want, **env):
    job = runner.Job("script", name, ["sh", "-c", command], timeout, env).run()
    check(name, (job.failed == 0) == want, f"{job.problems} after {job.seconds:.1f} s")
    return job


job = counts("skip_lines_and_77_are_skipped", 77, "SKIP a: not here\n", (0, 0, 1))
check("the_reason_of_a_skip_is_kept", job.why == "not here", job.why)
job = counts("77_alone_is_skipped", 77, "no network\n", (0, 0, 1))
check("the_last_line_is_the_reason", job.why == "no network", job.why)
counts("77_after_passes_skips_the_rest", 77, "PASS a\n", (1, 0, 1))
counts("77_hides_no_failure", 77, "FAIL a: why\nSKIP b: why\n", (0, 1, 1))
counts("a_status_alone_fails", 3, "", (0, 1, 0))
counts("a_status_after_skips_fails", 1, "SKIP a: why\n", (0, 1, 1))
counts("a_silent_success_is_one_test", 0, "", (1, 0, 0))

# A firmware's message without an end of its line comes before what the guest says.
GLUED = """
system_opcode_insn: Invalid opcodePASS one
sbi: badFAIL two: why
PASS three
0x1SKIP four: why
  the line PASS five
BYPASS six
[vm1] PASS seven
foo.PASS eight and more
  replays PASS nine: why
VERDICT FAIL passed=2 failed=1 skipped=1
"""
counts("verdict_lines_are_found_wherever_they_begin", 1, GLUED, (2, 1, 1), "guest")
one = "VERDICT PASS passed=1 failed=0 skipped=0\n"
counts("a_verdict_is_found_wherever_it_begins", 0, "PASS a\nmessage" + one, (1, 0, 0), "guest")
counts("a_quoted_verdict_is_none", 0, "PASS a\n  " + one, (1, 1, 0), "guest")
counts("a_script_begins_its_lines_itself", 0, "xPASS a\nPASS b\n", (1, 0, 0))

with tempfile.TemporaryDirectory() as scratch:
    runner.LOGS = scratch
    # A busy machine: four processes for each processor, with which the job has to share.
    others = [subprocess.Popen(["sh", "-c", "while :; do :; done"], start_new_session=True)
              for _ in range(4 * runner.CPUS)]
    try:
        work = "i=0; while [ $i -lt $N ]; do i=$((i + 1)); done"
        subprocess.run(["sh", "-c", work], env={"N": "1000000"})
        used = os.times().children_user
        # So much work that it needs about a second of a processor.
        n = str(int(1000000 / max(used, 0.01)))
        job = timed("time_spent_waiting_for_a_processor_does_not_count", work, 2.5, True, N=n)
        check("the_machine_was_busy", job.seconds > 2.5, f"only {job.seconds:.1f} s: nothing shown")
    finally:
        for other in others:
            other.kill()
    job = timed("a_job_that_sleeps_ends_at_its_limit", "sleep 30", 1, False)
    check("a_limit_names_SLOW", "SLOW=2" in job.problems[0], job.problems)
    job = timed("a_job_that_spins_ends_at_its_limit", "while :; do :; done", 1, False)
    pid = os.path.join(scratch, "pid")
    inside = f"setsid sh -c 'echo $$ >{pid}; sleep 30' & wait"
    timed("a_job_with_a_session_inside_ends", inside, 1, False)
    with open(pid) as text:
        inner = text.read().strip()
    dead = any(gone(inner) or time.sleep(0.1) for _ in range(100))
    check("nothing_of_a_job_is_left", dead, "a session inside still runs")
    # What may hang by no fault of ours gets a second chance, and no third.
    mark = os.path.join(scratch, "mark")
    once = f"test -e {mark} || {{ touch {mark}; sleep 30; }}; echo PASS it"
    job = runner.Job("script", "once", ["sh", "-c", once], 1, tries=2).run()
    check("a_job_that_hung_once_may_pass", (job.passed, job.failed) == (1, 0), job.problems)
    job = runner.Job("script", "twice", ["sh", "-c", "sleep 30"], 1, tries=2).run()
    check("a_job_that_hangs_twice_fails", job.failed == 1, job.problems)
    # Under nohup a hangup is ignored, by all that is started; not so in a test.
    os.environ["ONLY"] = "none-of-them"
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sys.argv, out = ["test", "lint"], os.dup(1)
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 1)
        runner.main()
    sys.stdout.flush()
    os.dup2(out, 1)
    runner.LOGS = scratch
    job = runner.Job("script", "hangup", ["sh", "-c", "kill -HUP $$; exit 0"], 5).run()
    check("a_hangup_ends_a_test_also_under_nohup", job.failed == 1, "the signal was ignored")

sys.exit(failed)
