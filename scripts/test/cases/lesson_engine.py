#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lesson_engine.py - the engine of `make lesson` is the explorer: what the native one finds it finds too, by the same way, word for
word; where both come to the end, an observer has seen the same states; and a call stands on the line that it is said to stand on.
It takes minutes.
"""
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
os.chdir(ROOT)
sys.dont_write_bytecode = True
sys.path.insert(0, "scripts/lab/lesson")
import lesson  # noqa: E402
from lesson import lab  # noqa: E402

WORLDS = [("guests", ["--vcpus=3", "--without=agent,srst,ipi,status"]), ("everything", ["--vcpus=2"])]
# Small enough for the page to come to the end with the right protocol.
ENDING = [("starts", ["--vcpus=2", "--without=agent,srst,ipi,status,hsusp,console"]),
          ("interrupts", ["--vcpus=2", "--without=agent,srst,status,hsusp,console"]),
          ("suspends", ["--vcpus=2", "--without=agent,srst,ipi,status,console"])]
RUN = """
const { Engine } = require("./scripts/lab/lesson/engine.js");
const code = new WebAssembly.Module(require("fs").readFileSync(process.argv[1]));
process.stdout.write(new Engine(code).run(process.argv.slice(2).join(" ")));
"""
# What a line with a call in it calls by another name.
MACROS = r"atomic_\w+|RACE_POINT|RACE_EVENT|ENSURE|PROMISED|log_\w+|each_row|FUNCTION|port_park|csr_\w+|machine_\w+|TRACE|spin_\w+|ms_to_ticks"
failed = False


def verdict(name, why):
    global failed
    print(f"FAIL {name}: {why}" if why else f"PASS {name}", flush=True)
    failed = failed or bool(why)


def explored(command, world):
    """(what was found and how, the abstract states if all were seen); addresses are not the same."""
    text = subprocess.run([*command, *world, "--quiet", "--abstract", "--jobs=1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    found = re.sub(r"0x[0-9a-f]{5,7}\b", "ADDRESS", text.split("\nafter ")[0]) if "VIOLATION" in text else None
    views = re.search(r"^abstract states: .*", text, re.M)
    return found, views[0] if views and "HOLDS" in text else None


def compare_all(variant, ranks, worlds):
    """Both are built once, by one thread."""
    native, page = lab.compile_explorer(variant, ranks), lesson.engine(variant, ranks)[0]
    return [compare(variant, ranks, native, page, *world) for world in worlds]


def compare(variant, ranks, native, page, title, world):
    name = f"lesson_agrees_{variant}_{title}" + ("_ranks" if ranks else "")
    native = explored([native, "--mem=1500", "--states=250000"], world)
    page = explored(["node", "-e", RUN, page, "--mem=600", "--states=250000"], world)
    if native[0] or page[0]:
        return name, None if native[0] == page[0] else f"native:\n{native[0]}\nin the page:\n{page[0]}"
    if native[1] and page[1]:
        return name, None if native[1] == page[1] else f"{native[1]} natively, {page[1]} in the page"
    return name, ""  # nothing to compare


def unfounded(variant, ranks):
    """A call on whose line there is nothing that calls it, or None."""
    names = {}
    for index, name, found in lesson.wasm.Module(lesson_named(variant, ranks)).functions:
        names.update({offset: callee for offset, callee in found})
    for offset, (path, line, function) in lesson.engine(variant, ranks)[1].items():
        if not path.startswith(("hyp/", lab.VARIANTS)):
            continue
        with open(path) as file:
            text = " ".join(file.read().splitlines()[line - 1:line + 3])
        callee = names[offset] and lesson.wasm.plain(names[offset])
        if callee == lesson.wasm.NAMELESS:
            return f"{path}:{line}, {function}: a call of nobody"
        if not re.search(rf"\b({callee}|{MACROS})\b\(?" if callee else r"\w\)?\(", text):
            return f"{path}:{line}, {function}: no call of {callee} in: {text[:120]}"
    return None


def lesson_named(variant, ranks):
    path = lesson.engine(variant, ranks)[0]
    with open(path.replace(".wasm", ".named.wasm"), "rb") as file:
        return file.read()


def main():
    if not shutil.which("node") or not shutil.which("wasm-opt"):
        print("SKIP lesson_engine: no node, or no wasm-opt (scripts/setup.sh test installs them)")
        return 77
    variants = lab.all_variants()
    jobs = {(v, False): list(WORLDS) for v in variants if v != "mutex"}
    jobs.update({("mutex", ranks): list(ENDING) for ranks in (True, False)})
    for level in lesson.levels():
        if level.variant != "mutex":
            jobs.setdefault((level.variant, level.ranks), []).append(("level", level.options.split()))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = [result for some in pool.map(lambda job: compare_all(*job, jobs[job]), jobs) for result in some]
    for name, why in results:
        if why != "":
            verdict(name, why)
    same = sum(why is None for _, why in results)
    verdict("lesson_enough_agree", None if same >= 50 else f"only {same} of {len(results)} worlds could be compared")
    for variant in variants:
        verdict(f"lesson_lines_{variant}", unfounded(variant, False))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
