#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""runner.py - scripts/test/test.py itself: how it counts what a job says, how long it lets a job
run, and its reports for other CI systems."""
import importlib.machinery
import importlib.util
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

for name in ("SLOW", "TAP", "JUNIT"):
    os.environ.pop(name, None)
PATH = os.path.join(os.path.dirname(__file__), "../test.py")
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

counts("a_skip_without_a_reason_is_one", 0, "0x1SKIP a\n" + one.replace("passed=1", "passed=0").replace(
    "skipped=0", "skipped=1"), (0, 0, 1), "guest")

# ---- The reports ----

SAYS = """PASS one
FAIL two: 1 < 2 & "x" # of \\ \x1b[31mred\x1b[0m \x00\ufffe
SKIP three: no # here
XFAIL four: known bug
PASS five\x07
"""
EVIL = "\x1b[2J ]]> <&\x00 the end of the log\n"


def tap_lines(text):
    """[(ok, number, name, directive)], the comments and diagnostics left out."""
    line = re.compile(r"(ok|not ok) (\d+) - (.*?)(?: # (.*))?")
    return [line.fullmatch(row).groups() for row in text.splitlines() if row.startswith(("ok", "not ok"))]


with tempfile.TemporaryDirectory() as scratch:
    runner.LOGS = scratch
    jobs = [runner.Job("script", "a-job", [], 1), runner.Job("host", "quiet_test", [], 1),
            runner.Job("script", "absent.sh", [], 1, skip="no network")]
    jobs[0].judge(1, SAYS)
    with open(jobs[0].log, "w") as log:
        log.write(SAYS + EVIL)
    jobs[1].judge(0, "")
    jobs[1].seconds = 1.5
    jobs[2].run()
    total = tuple(sum(getattr(job, n) for job in jobs) for n in ("passed", "failed", "skipped"))
    check("results_are_what_is_counted", total == (3, 1, 3), total)

    text = runner.test_report.tap(jobs)
    lines = tap_lines(text)
    check("tap_has_a_version_and_a_plan", text.startswith("TAP version 14\n1..7\n"), text[:40])
    check("tap_numbers_every_test", [int(row[1]) for row in lines] == list(range(1, 8)), lines)
    check("tap_names_job_and_test", lines[0][2] == "script a-job: one", lines[0])
    oks = [(row[0], (row[3] or "").split(" ")[0]) for row in lines]
    want = [("ok", ""), ("not ok", ""), ("ok", "SKIP"), ("not ok", "TODO"), ("ok", ""), ("ok", ""), ("ok", "SKIP")]
    check("tap_says_what_failed_and_was_skipped", oks == want, oks)
    check("tap_gives_the_reason_of_a_skip", lines[6][3] == "SKIP no network", lines[6])
    check("tap_escapes_a_reason", lines[2][3] == r"SKIP no \# here", lines[2])
    block = text.split("not ok 2", 1)[1].split("\nok 3")[0].splitlines()[1:]
    check("tap_explains_a_failure", block[0] == "  ---" and block[-1] == "  ..." and "1 < 2" in block[1], block)
    check("tap_has_no_control_characters", not re.search("[\x00-\x09\x0b-\x1f]", text), repr(text))

    text = runner.test_report.junit(jobs)
    try:
        root = ET.fromstring(text.encode())
    except ET.ParseError as error:
        root = ET.Element("broken", error=str(error))
    check("junit_is_xml_whatever_a_test_prints", root.tag == "testsuites", root.get("error"))
    sums = [root.get(n) for n in ("tests", "failures", "errors", "skipped")]
    check("junit_counts_all", sums == ["7", "1", "0", "3"], sums)
    suites = [(s.get("name"), s.get("tests"), s.get("failures"), s.get("skipped")) for s in root]
    check("junit_has_a_suite_for_each_job", suites == [
        ("script a-job", "5", "1", "2"), ("host quiet_test", "1", "0", "0"),
        ("script absent.sh", "1", "0", "1")], suites)
    cases = [(c.get("classname"), c.get("name")) for c in root.iter("testcase")][:2]
    check("junit_names_job_and_test", cases == [("script.a-job", "one"), ("script.a-job", "two")], cases)
    why = [f.get("message") for f in root.iter("failure")]
    check("junit_explains_a_failure", len(why) == 1 and why[0].startswith('1 < 2 & "x" # of \\'), why)
    skips = [e.get("message") for e in root.iter("skipped")]
    check("junit_gives_the_reason_of_a_skip", skips == ["no # here", "known bug", "no network"], skips)
    times = [s.get("time") for s in root] + [root.find(".//testcase[@name='quiet_test']").get("time")]
    check("junit_has_the_time_of_a_job", times[1] == times[3] == "1.500", times)
    outs = [o.text for o in root.iter("system-out")]
    check("junit_ends_a_failure_with_its_log", len(outs) == 1 and "the end of the log" in outs[0], outs)


def run_lint(name, status, pattern, reports, only="none-of-them"):
    """scripts/test/test.py with @reports set ends with @status and says @pattern."""
    env = {**os.environ, "ONLY": only, **reports}
    got = subprocess.run([PATH, "lint"], env=env, capture_output=True, text=True)
    said = got.stdout + got.stderr
    check(name, got.returncode == status and re.search(pattern, said), f"{got.returncode}: {said}")
    return said


with tempfile.TemporaryDirectory() as scratch:
    tap, junit = os.path.join(scratch, "results.tap"), os.path.join(scratch, "results.xml")
    said = run_lint("a_run_of_nothing_still_fails", 1, "nothing matches", {"TAP": tap, "JUNIT": junit})
    check("the_closing_line_stays", said.endswith("\n0 passed, 0 failed\n"), said)
    with open(tap) as file:
        text = file.read()
    check("tap_of_nothing_is_a_failure", "1..1\nnot ok 1 - test match" in text, text)
    check("junit_of_nothing_is_a_failure", ET.parse(junit).getroot().get("failures") == "1", "it is none")
    run_lint("a_report_needs_a_directory", 2, f"^test: TAP={scratch}/no/x: there is no directory {scratch}/no;",
             {"TAP": f"{scratch}/no/x"})
    run_lint("a_report_is_a_file", 2, f"^test: JUNIT={scratch}: is there, and is no file\n$", {"JUNIT": scratch})
    precious = os.path.join(scratch, "README.md")
    with open(precious, "w") as file:
        file.write("# Mine\n")
    run_lint("a_report_overwrites_no_other_file", 2, "is there, and is no earlier report\n$", {"TAP": precious})
    with open(precious) as file:
        check("the_other_file_is_whole", file.read() == "# Mine\n", "it is not")
    run_lint("a_report_overwrites_an_earlier_one", 1, "nothing matches", {"TAP": tap})
    run_lint("a_report_is_no_option", 2, "^test: TAP=-: not a file's name\n$", {"TAP": "-"})
    run_lint("two_reports_are_two_files", 2, "^test: TAP and JUNIT are one file", {"TAP": tap, "JUNIT": tap})
    with open(tap) as file:
        check("a_refused_setting_writes_nothing", file.read() == text, "it has written")

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
    job = runner.Job("script", "once", ["sh", "-c", once], 1, bare=True).run()
    check("a_job_that_hung_once_may_pass", (job.passed, job.failed) == (1, 0), job.problems)
    job = runner.Job("script", "twice", ["sh", "-c", "sleep 30"], 1, bare=True).run()
    check("a_job_that_hangs_twice_fails", job.failed == 1, job.problems)
    os.remove(mark)
    fault = f"touch {mark}; echo FIRMWARE FAULT: hart 1; exit 1"
    once = f"test -e {mark} || {{ {fault}; }}; echo PASS it"
    job = runner.Job("script", "fault", ["sh", "-c", once], 5, bare=True).run()
    check("a_fault_of_the_firmware_is_tried_again", (job.passed, job.failed) == (1, 0), job.problems)
    job = runner.Job("script", "faults", ["sh", "-c", fault], 5, bare=True).run()
    check("a_fault_at_each_try_fails", job.failed == 1, job.problems)
    os.remove(mark)
    job = runner.Job("script", "ours", ["sh", "-c", once], 5).run()
    check("a_fault_above_the_hypervisor_fails_at_once", job.failed == 1, job.problems)
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
