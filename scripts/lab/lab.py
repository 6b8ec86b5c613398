#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lab.py - the lock laboratory: make explore | variants | model | litmus | grade.

explore   every interleaving of the real hyp/mp and hyp/lock, on this machine. LOCKING=variant, VCPUS=2..4, OPS=n per vCPU, WAITERS=n,
          WITHOUT=agent,srst,hsusp,ipi,status,console,refusals, REDUCE=..., MEMORY=MB; WRONG=name: a caller or a scheduler of wrong.txt.
          Without any of these: all that is proved; QUICK=1: what `make test` repeats
schedule  LOCKING=variant: the explorer's shortest way to break it among guests alone, as a schedule
          for scripts/lab/race.py
variants  every wrong variant under every quick checker, compared with the recorded table (scripts/lab/TABLE.md).
          UPDATE=1 records it anew
model     the Promela models in scripts/lab/model, verdicts compared with expected.txt in there (needs
          spin)
litmus    scripts/lab/litmus under RISC-V's memory model, by herd7 (scripts/fetch/herd7.sh gets it)
check     LINK: does a link of build/lesson.html, which a student hands in, solve its level? The steps
          are made by the explorer
grade     LAB=n: check the solution in lab/n.c; the first time it puts the broken file there

Built in $O/lab. Exit status: 0 as expected, 1 not.
"""
import functools
import itertools
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import wrong

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import progress  # noqa: E402

os.chdir(ROOT)
O = os.environ.get("O") or "build"
OUT = os.path.join(O, "lab")
VARIANTS = "scripts/lab/variants"
TABLE = "scripts/lab/TABLE.md"
WARN = "-Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wundef -Werror".split()
EXPLORE_FLAGS = ["-std=gnu11", "-g", "-O1", "-pthread", "-fno-stack-protector", "-fcf-protection=none", "-fno-omit-frame-pointer",
                 "-ftrivial-auto-var-init=zero", "-fno-common", "-DDORMOUSE_LAB", "-Iscripts/lab/explore",
                 "-Iscripts/lab/explore/include", "-Ihyp"]
LOCKS = ["hyp/lock/spinlock.c", "hyp/lock/mutex.c"]
PROTOCOL = ["hyp/mp/mp.c", "hyp/mp/mp_table.c"]
# What runs on the coroutines' stacks: every function begins with __fentry__ (engine.c).
FRAMES = ["-pg", "-mfentry", "-mno-red-zone"]
ENGINE = [f"scripts/lab/explore/{f}.c" for f in ("main", "engine", "switch_x86")]
SEARCH = [f"scripts/lab/explore/{f}.c" for f in ("search", "store")]
WORLD = [f"scripts/lab/explore/{f}.c" for f in ("protocol", "cast", "watch")]
CALLERS = ["scripts/lab/explore/callers.c"]
MEMORY = os.environ.get("MEMORY") or str(min(8000, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4 >> 20))
JOBS = str(min(os.cpu_count() or 1, 16))


def run(argv, timeout=600):
    with progress.running(os.path.basename(argv[0])):
        return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout * progress.SLOW)


def show(argv):
    """The exit status of a program that says itself what it has found."""
    with progress.running(os.path.basename(argv[0])):
        return subprocess.run(argv).returncode


def variant_files(variant):
    """What is linked beside the right protocol, to replace some of it: the variant's file, or the file so named; for mutex nothing."""
    if variant == "mutex":
        return []
    path = variant if variant.endswith(".c") else f"{VARIANTS}/{variant}.c"
    if not os.path.exists(path):
        sys.exit(f"lab: there is no variant {variant}; there are: {' '.join(all_variants())}")
    return [path]


def all_variants():
    first, names = ["none", "flag"], sorted(f[:-2] for f in os.listdir(VARIANTS) if f.endswith(".c"))
    return ["mutex", *first, *(n for n in names if n not in first)]


def compile_scheduler(name):
    return compile_to(f"{OUT}/explore-sched-{name}", "the scheduler's explorer does not build",
                      [*wrong.includes(name, OUT), "-Iscripts/lab/explore/machine", *EXPLORE_FLAGS, *WARN,
                       "-DEXPLORE_WORLD=sched_world", *ENGINE,
                       "scripts/lab/explore/sched.c", *LOCKS, "hyp/lock/rank.c", *PROTOCOL,
                       # Each variable in a place of its own, which its scope clears. In registers the
                       # scheduler's loops leave old values, which tell states apart that are the
                       # same: three times as many.
                       "-O0"])


def gcc(complaint, *argv):
    done = run(["gcc", "-fno-pie", "-no-pie", *argv])
    if done.returncode:
        sys.exit(f"{done.stdout}\nlab: {complaint}")


def compile_object(path, complaint, argv):
    os.makedirs(OUT, exist_ok=True)
    gcc(complaint, *argv, "-r", "-o", f"{path}.{os.getpid()}")
    os.replace(f"{path}.{os.getpid()}", path)
    return path


def compile_to(exe, complaint, argv, rest=SEARCH):
    """Somebody else may be at it, or running it: it appears as a whole."""
    scratch = f"{exe}.{os.getpid()}"
    compile_object(scratch + ".o", complaint, [*FRAMES, *argv])
    gcc(complaint, *EXPLORE_FLAGS, *WARN, *rest, scratch + ".o", "-o", scratch)
    os.unlink(scratch + ".o")
    os.replace(scratch, exe)
    return exe


def protocol_flags(ranks=True):
    stand_in = [] if ranks else ["-Iscripts/lab/explore/norank"]
    return [*stand_in, "-Iscripts/lab/explore/machine", *EXPLORE_FLAGS, *WARN, "-DEXPLORE_WORLD=protocol_world"]


compiling = threading.Lock()


@functools.lru_cache(maxsize=None)
def shared_object(ranks, *sources):
    """What many explorers have in common is compiled once. Hold `compiling`."""
    flags = [*EXPLORE_FLAGS, *WARN] if sources == tuple(SEARCH) else [*FRAMES, *protocol_flags(ranks)]
    name = f"{os.path.basename(sources[0])[:-2]}-{len(sources)}-{'' if ranks else 'no'}rank"
    return compile_object(f"{OUT}/{name}.o", "the explorer does not build", [*flags, *sources])


def all_but(ranks, *own):
    """The objects of an explorer without what it has of its own."""
    sources = ENGINE + WORLD + CALLERS + LOCKS + PROTOCOL
    sources += ["hyp/lock/rank.c" if ranks else "scripts/lab/explore/norank.c"]
    with compiling:
        return [shared_object(True, *SEARCH), shared_object(ranks, *(s for s in sources if s not in own))]


def compile_explorer(variant, ranks=True):
    name = re.sub(r"\W", "_", variant) + ("" if ranks else "-norank")
    # The right protocol has no file of its own; the callers' is as good as any.
    own = variant_files(variant) or CALLERS
    return compile_to(f"{OUT}/explore-{name}", f"the explorer does not build with {variant}",
                      [*protocol_flags(ranks), *own], all_but(ranks, *own))


def compile_caller(name):
    return compile_to(f"{OUT}/explore-caller-{name}", f"the explorer does not build with {name}",
                      [*wrong.includes(name, OUT), *protocol_flags(), *CALLERS], all_but(True, *CALLERS))


# --- explore ---------------------------------------------------------------------------------------------------------

# Explored to the end. scripts/lab/explore/README.md says what "begins later" means, and the
# figures.
LATER = "; who would have to wait for vm->lock begins later"
TO_THE_END = [
    ("two vCPUs, everything", ["--vcpus=2"]),
    ("three vCPUs, everything but the console" + LATER, ["--vcpus=3", "--waiters=0", "--without=console", "--reduce=all"]),
    ("three vCPUs, all that a guest can do", ["--vcpus=3", "--without=agent"]),
    ("four vCPUs, two operations each of all that a guest can do", ["--vcpus=4", "--ops=2", "--without=agent,console", "--reduce=all"]),
    ("two vCPUs, start, stop and SUSP, a switch at every access", ["--vcpus=2", "--without=agent,srst,ipi,status,hsusp", "--fine"]),
]
LONG = [
    ("two vCPUs, everything, nothing reduced", ["--vcpus=2", "--reduce=none"]),
    ("two vCPUs, all suspends, a switch at every access", ["--vcpus=2", "--without=agent,srst,ipi,status", "--fine"]),
    ("three vCPUs, everything" + LATER, ["--vcpus=3", "--waiters=0"]),
    ("three vCPUs, everything but the console", ["--vcpus=3", "--without=console", "--reduce=all"]),
    ("four vCPUs, everything but the console" + LATER, ["--vcpus=4", "--waiters=0", "--without=console", "--reduce=all"]),
]
# What a guest cannot do leaves nothing that a schedule of vCPUs could replay; what it need not, no room for detours.
GUESTS_ALONE = {"none": ["--without=agent,srst,ipi,status,hsusp"], "flag": ["--without=agent,srst,status,refusals"]}


def explore():
    given = {k: os.environ[k] for k in ("VCPUS", "OPS", "WITHOUT", "WAITERS", "REDUCE") if os.environ.get(k)}
    caller = os.environ.get("WRONG") or "right"
    if caller not in ("right", *wrong.rows()):
        sys.exit(f"lab: nothing is wrong as {caller}; there are: {' '.join(wrong.rows())}")
    if caller != "right" and wrong.of_scheduler(caller):
        return explore_scheduler(caller, quick=False)
    variant = os.environ.get("LOCKING") or "mutex"
    exe = compile_explorer(variant) if caller == "right" else compile_caller(caller)
    if given or variant != "mutex" or caller != "right":
        argv = [f"--{k.lower()}={v}" for k, v in given.items()] + [f"--mem={MEMORY}"]
        return show([exe, *argv] + ([f"--jobs={JOBS}"] if variant == "mutex" else []))
    status = 0
    quick = bool(os.environ.get("QUICK"))
    for title, argv in TO_THE_END + ([] if quick else LONG):
        print(f"{title}:", flush=True)
        # A limit (2) is a failure too: the end was promised.
        status |= show([exe, *argv, f"--mem={MEMORY}", f"--jobs={JOBS}", "--quiet"])
    status |= explore_scheduler("right", quick)
    return int(status != 0) | reductions(quick)


# The scheduler, on two harts.
SCHEDULER_WORLDS = [
    ("four threads that compute", ["--vcpus=4"]),
    ("three threads, one operation each", ["--vcpus=3", "--ops=1"]),
    ("two threads, started three times", ["--vcpus=2"]),
]


def explore_scheduler(name, quick):
    exe = compile_scheduler(name)
    for title, argv in SCHEDULER_WORLDS:
        bound = ["--time=8"] if quick and argv == ["--vcpus=2"] else []
        print(f"the scheduler, {title}{', as far as it gets in 8 s' if bound else ''}:", flush=True)
        ended = show([exe, *argv, *bound, f"--mem={MEMORY}", f"--jobs={JOBS}", "--quiet"])
        if ended == 1 or (ended == 2 and not bound):
            return 1
    return 0


def reductions(quick):
    """Nothing is lost by what the explorer leaves out: with it and without it every variant gets the same verdict."""
    ways = {"reduced": [], "one waits": ["--waiters=1"], "all begin later": ["--waiters=0"],
            "all reduced": ["--reduce=all"]}
    if quick:
        del ways["one waits"]  # between the two beside it
    wrong = 0
    for variant in all_variants():
        exe = compile_explorer(variant, ranks=False)

        def verdict(argv):
            text = run([exe, "--vcpus=2", "--quiet", "--mem=3000", "--abstract", *argv]).stdout
            views = re.search(r"^abstract states: .*", text, re.M)
            broken = steps_of(text)
            return broken.split()[0] if broken else "unfinished" if "LIMIT" in text else views[0]

        full = verdict(["--reduce=none"] + (["--states=100000"] if quick else []))
        for title, argv in ways.items():
            got = verdict(argv)
            # What holds must look the same to an observer; in a quick run the other side may not have come to the end.
            if got != full and not (full == "unfinished" and got.startswith("abstract")):
                print(f"{variant}: nothing reduced: {full}, {title}: {got}")
                wrong = 1
    print("the reductions change a verdict, see above" if wrong else "the reductions change no verdict, of no variant")
    return wrong


def schedule():
    variant = os.environ.get("LOCKING")
    if variant not in GUESTS_ALONE:
        print(f"LOCKING={' or '.join(GUESTS_ALONE)}", file=sys.stderr)
        return 2
    text = run([compile_explorer(variant), "--vcpus=3", "--quiet", "--reduce=all", *GUESTS_ALONE[variant]]).stdout
    found = re.search(r"^schedule=(.*)", text, re.M)
    print(found[1] if found else text)
    return 0 if found else 1


# --- the table of variants -------------------------------------------------------------------------------------------

def annotations(variant):
    flags = ["--target=riscv64", "-march=rv64imac", "-ffreestanding", "-std=gnu11", "-nostdlibinc", "-Ihyp", "-Ihyp/lib/libc",
             "-DDORMOUSE_LAB", "-fsyntax-only", "-Wthread-safety", "-Wthread-safety-beta"]
    text = run(["clang", *flags, *(variant_files(variant) or PROTOCOL)]).stdout
    if "error:" in text and "thread-safety" not in text:
        sys.exit(text)
    return "caught" if "thread-safety" in text else "-"


def steps_of(text):
    found = re.search(r"^VIOLATION (?:panic: )?(\w+)", text, re.M)
    steps = re.search(r"^the way there, (\d+) steps", text, re.M)
    if not found:
        return None
    return f"{found[1]} in {steps[1]}" if re.fullmatch(r"[IH]\d+", found[1]) else f"panic in {steps[1]}"


def explorer(variant, scenarios):
    return first_broken(compile_explorer(variant, ranks=False), scenarios)


def first_broken(exe, scenarios):
    for argv in scenarios:
        text = run([exe, *argv, "--quiet", "--mem=1500"]).stdout
        if steps_of(text):
            return steps_of(text)
    return "-"


def all_explored(variant):
    return explorer(variant, [["--vcpus=3", "--without=agent,ipi"]] if variant == "mutex" else [["--states=200000"], ["--vcpus=2"]])


def guests_explored(variant):
    return explorer(variant, [["--without=agent,srst,ipi,status"], ["--without=agent,srst,status", "--states=100000"]])


def rank_check(variant):
    exe = compile_explorer(variant)
    text = run([exe, "--vcpus=2", "--quiet", "--mem=1500"]).stdout
    return "caught" if re.search(r"^VIOLATION panic: lock:", text, re.M) else "-"


def model(variant):
    return model_verdicts().get(variant, "")


_model, _schedulers = {}, {}


def model_verdicts():
    """From expected.txt, which `lab model` compares with what spin says."""
    for name, verdict in () if _model else model_expected():
        kind, _, variant = name.partition(":")
        answer = "-" if verdict == "holds" else "caught"
        if kind == "sched":
            _schedulers[variant] = answer
        elif answer == "caught" or variant.split("-")[0] not in _model:
            _model[variant.split("-")[0]] = answer
    return _model


def model_expected():
    with open("scripts/lab/model/expected.txt") as lines:
        return [(line.split()[0], line.split()[-1]) for line in lines if " = " in line and line[0] != "#"]


def recorded(path):
    if not os.path.exists(path):
        return {}
    with open(path) as lines:
        return dict(line.split("#")[0].split() for line in lines if line.split("#")[0].strip())


# name; function, file of results, or None: scripts/lab/machine.py makes it
COLUMNS = [
    ("annotations", annotations),
    ("explorer", all_explored),
    ("explorer, guests alone", guests_explored),
    ("rank check", rank_check),
    ("model", model),
    ("stress", "scripts/lab/stress.txt"),
    ("replay on QEMU", None),
    ("guest tests", None),
]
with open("scripts/lab/equivalent.txt") as text:  # variant: where it is right
    EQUIVALENT = dict(re.split(r"\s*\|\s*", line.strip(), maxsplit=1) for line in text if line.strip() and line[0] != "#")


def row(variant, files):
    return [files[title].get(variant, "") if isinstance(how, str) else how(variant) for title, how in COLUMNS if how]


def scheduler_row(name):
    exe, limits = compile_scheduler(name), ["--quiet", "--states=1500000", "--mem=3000"]
    steps = filter(None, (steps_of(run([exe, *argv, *limits]).stdout) for _, argv in SCHEDULER_WORLDS))
    # Without the steps: they change with every line of the scheduler.
    return ["-", next(steps, "-").split(" in ")[0], "", "-", _schedulers.get(wrong.rows()[name].model, ""), "", "", ""]


# To be told of something is in one step with what has happened, except in the last.
CALLER_WORLDS = [["--vcpus=2", "--without=agent", "--states=100000"], ["--vcpus=2", "--states=200000"],
                 ["--vcpus=2", "--without=agent,srst,ipi,status,hsusp", "--reduce=posts,tokens,resume"]]


def caller_row(name):
    exe = compile_caller(name)
    return ["", *(first_broken(exe, worlds).split(" in ")[0] for worlds in (CALLER_WORLDS, CALLER_WORLDS[::2])), "", "", "", "", ""]


def wrong_row(name):
    return scheduler_row(name) if wrong.of_scheduler(name) else caller_row(name)


def wrong_title(name):
    return ("sched: " if wrong.of_scheduler(name) else "caller: ") + name


def table():
    files = {title: recorded(how) for title, how in COLUMNS if isinstance(how, str)}
    machine = subprocess.Popen(["scripts/lab/machine.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    model_verdicts()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = {variant: pool.submit(row, variant, files) for variant in all_variants()}
        rows |= {wrong_title(name): pool.submit(wrong_row, name) for name in wrong.rows()}
        rows = {variant: job.result() for variant, job in rows.items()}
    with progress.running("scripts/lab/machine.py"):
        said, why = machine.communicate()
    if machine.returncode:
        sys.exit(f"{why}lab: scripts/lab/machine.py has failed")
    for line in said.splitlines():
        variant, *cells = line.split(" | ")
        rows[variant] += cells
    for variant, cells in rows.items():
        print(f"  {variant}: {' | '.join(c or ' ' for c in cells)}", flush=True)
    return rows


def as_text(rows):
    head = ["variant", *(title for title, _ in COLUMNS), "is"]
    lines = ["# Which checker catches which variant", "",
             "Generated by `make variants UPDATE=1`; `make test` makes it again and compares.",
             "`I1 in 8`: the explorer breaks invariant I1 in 8 steps. Stress is luck, so it is recorded by its",
             "own runs. Replay: a schedule of `scripts/lab/replay.txt` on three harts in QEMU; `broken`: the",
             "guest saw what must not be, `panic`: a check of the hypervisor saw it first. Guest tests:",
             "unsteered, on one hart, where luck has no part; the test that fails, or `panic`. Empty: not run,",
             "because the variant needs no schedule, because there is no point to steer (`lateclear`: who is",
             "held is off its hart, and being put back on it saves the interrupt), or because what is late",
             "depends on every instruction of the image (the scheduler). Callers of hyp/mp: the explorer alone",
             "has them.", "",
             "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for variant, cells in rows.items():
        lines.append("| " + " | ".join([variant, *cells, kind(variant, cells)]) + " |")
    return "\n".join(lines) + "\n"


def caught(cells):
    # The two explorer columns are one checker.
    votes = [cells[0], cells[1] if cells[1] not in ("", "-") else cells[2], *cells[3:]]
    return sum(1 for c in votes if c not in ("", "-"))


def kind(variant, cells):
    if variant == "mutex":
        return "right"
    if is_harmless(variant):
        return "wrong by the rules, harmless " + EQUIVALENT[variant]
    return "harmful"


def is_harmless(variant):
    return variant in EQUIVALENT


def votes_needed(variant):
    # No model and no host test has the callers.
    return 0 if variant == "mutex" or is_harmless(variant) else 1 if variant.startswith("caller:") else 2


def variants():
    rows = table()
    text = as_text(rows)
    status = 0
    for variant, cells in rows.items():
        if variant == "mutex" and caught(cells):
            print(f"FAIL variant_mutex: a checker complains about the right protocol: {cells}")
            status = 1
        elif caught(cells) < votes_needed(variant):
            print(f"FAIL variant_{variant}: caught by {caught(cells)} checker(s), {votes_needed(variant)} needed: {cells}")
            status = 1
        else:
            print("PASS variant_" + variant.replace(": ", "_"))
    if os.environ.get("UPDATE"):
        with open(TABLE, "w") as f:
            f.write(text)
        print(f"recorded in {TABLE}")
        return status
    with open(TABLE) as f:
        old = f.read()
    if old == text:
        print("PASS variants_table")
        return status
    for was, now in itertools.zip_longest(old.splitlines(), text.splitlines()):
        if was != now:
            print(f"FAIL variants_table: recorded {was}, now {now}")
    return 1


# --- models ------------------------------------------------------------------------------------------------------------

def run_model(name, *promela):
    with progress.running(name):
        return spin(name, *promela)


def spin(name, promela, *options):
    """(name, options, verdict) of one line of scripts/lab/model/expected.txt: name, model, options..., = verdict."""
    options = options[:options.index("=")]
    source, folder = os.path.abspath(f"scripts/lab/model/{promela}"), f"{OUT}/model/{name.replace(':', '-')}"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    done = subprocess.run(["spin", "-a", *options, source], cwd=folder, capture_output=True, text=True)
    if done.returncode or not os.path.exists(f"{folder}/pan.c"):
        sys.exit(f"lab: spin: {done.stdout}{done.stderr}")
    subprocess.run(["gcc", "-O1", "-w", "-DSAFETY", "-DBFS", "-DVECTORSZ=2048", "-o", "pan", "pan.c"], cwd=folder, check=True)
    text = subprocess.run(["./pan", "-w24"], cwd=folder, capture_output=True, text=True,
                          timeout=300 * progress.SLOW).stdout
    error = re.search(r"^pan:1: (assertion violated|invalid end state)(.*)", text, re.M)
    states = re.search(r"(\d+) states, stored", text)
    verdict = "deadlock" if error and "end state" in error[1] else "violated" if error else "holds"
    if not states:
        verdict = "unfinished"
    return name, " ".join(options), verdict + (f" ({states[1]} states)" if states else "")


def run_models():
    with open("scripts/lab/model/expected.txt") as lines:
        rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(lambda row: run_model(*row), rows)


def model_all():
    if not shutil.which("spin"):
        print("SKIP model: no spin on this machine (scripts/setup.sh model installs it)")
        return 77
    status = 0
    for (name, options, verdict), (_, want) in zip(run_models(), model_expected()):
        good = verdict.split()[0] == want
        print(f"{'PASS' if good else 'FAIL'} model_{name}: {verdict}" + ("" if good else f", expected {want}") + f"  {options}", flush=True)
        status |= not good
    return int(status)


def litmus():
    return subprocess.run(["scripts/lab/litmus/litmus.py"]).returncode


def grade():
    return subprocess.run(["scripts/lab/grade.py"]).returncode


# --- solutions of the page ------------------------------------------------------------------------------------------------

LINK = re.compile(r"#(\w+)(\+fine)?/([\d.,]*)(?:~(\w+))?$")


def check(link):
    sys.path.insert(0, "scripts/lab/lesson")
    import lesson
    parts, known = LINK.search(urllib.parse.unquote(link.strip())), {level.variant: level for level in lesson.levels()}
    if not parts or parts[1] not in known:
        print(f"lab: not a link of the page: ...#LEVEL/MOVES, with LEVEL one of {' '.join(known)}", file=sys.stderr)
        return 2
    variant, fine, moves, stamp = parts.groups()
    level = known[variant]
    try:
        exe = compile_explorer(variant, level.ranks)
    except (OSError, SystemExit) as why:  # no solution is wrong for that
        print(why if isinstance(why, SystemExit) else f"lab: {why.filename or why}: {why.strerror}", file=sys.stderr)
        return 2
    done = run([exe, *level.options.split(), *(["--fine"] if fine else []), f"--play={moves}"])
    print(done.stdout, end="")
    if stamp != level.stamp():
        print("The link was made with another version of Dormouse, or says none: its moves may mean something else.")
    broken, count = re.search(r"^VIOLATION (.*)", done.stdout, re.M), len(moves.split(",")) if moves else 0
    if broken:
        print(f"PASS {variant}{fine or ''}: solved in {len(re.findall(r'^ *[0-9]+  ', done.stdout, re.M))} steps: {broken[1]}")
        return 0
    if done.returncode == 2:
        print(f"FAIL {variant}: the steps cannot be made, see above")
    else:
        print(f"FAIL {variant}: nothing is broken after {count} steps")
    return 1


COMMANDS = {"explore": explore, "schedule": schedule, "variants": variants, "model": model_all, "litmus": litmus, "grade": grade}


def main():
    if sys.argv[1:2] == ["check"] and len(sys.argv) == 3:
        return check(sys.argv[2])
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        print(__doc__)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    return COMMANDS[sys.argv[1]]()


if __name__ == "__main__":
    sys.exit(main())
