#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lesson.py - builds $O/lesson.html, the page in which a student is the scheduler: `make lesson`.

    scripts/lab/lesson/lesson.py [--engine VARIANT [norank]]    the page; or only one engine, whose file is printed

Every level is the explorer with one wrong variant, compiled to WebAssembly: hyp/mp, hyp/lock, their callers and
the variant as they are. clang, wasm-ld and binaryen's wasm-opt do that; no other tool is needed.
Built in $O/lab/lesson.
"""
import base64
import configparser
import functools
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(ROOT, "scripts/lab"), os.path.join(ROOT, "scripts")]
import lab  # noqa: E402
import progress  # noqa: E402
import wasm  # noqa: E402

LESSON = "scripts/lab/lesson"
EXPLORE = "scripts/lab/explore"
OUT = os.path.join(lab.O, "lab/lesson")
PAGE = os.path.join(lab.O, "lesson.html")
MOST = 3_000_000  # bytes of the page
# Any clang has this much of WebAssembly, and any browser.
FLAGS = ["--target=wasm32", "-mcpu=mvp", "-mbulk-memory", "-nostdlibinc", "-std=gnu11", "-gdwarf-4", "-fno-inline", "-fno-builtin",
         "-DDORMOUSE_LAB", "-DEXPLORE_WORLD=protocol_world", *lab.WARN, f"-I{LESSON}/libc", f"-I{LESSON}"]
INCLUDES = [f"-I{EXPLORE}/machine", f"-I{EXPLORE}", f"-I{EXPLORE}/include", "-Ihyp"]
ENGINE = [f"{LESSON}/{f}" for f in ("libc.c", "switch_wasm.c", "stack_pointer.S", "lesson.c")]
ENGINE += [f"{EXPLORE}/{f}.c" for f in ("main", "engine", "search", "store", "protocol", "cast", "watch")]
# What the page shows the lines of: one statement is one piece of code. 64 bits are a `long` there.
SHOWN = [*lab.CALLERS, *lab.LOCKS, *lab.PROTOCOL]
SHOWN_FLAGS = ["-O0", "-Wno-format"]
ASYNCIFY = ["-g", "--enable-bulk-memory", "--asyncify", "--pass-arg=asyncify-imports@env.none"]


def tool(name):
    """The newest of NAME, NAME-19 and so on."""
    for folder in os.environ["PATH"].split(os.pathsep):
        if os.access(os.path.join(folder, name), os.X_OK):
            return name
    known = [f for folder in os.environ["PATH"].split(os.pathsep) if os.path.isdir(folder)
             for f in os.listdir(folder) if re.fullmatch(rf"{name}-\d+", f)]
    if not known:
        sys.exit(f"lesson: no {name} on this machine; scripts/setup.sh lesson installs it")
    return max(known, key=lambda f: int(f.rsplit("-", 1)[1]))


def call(*argv):
    done = lab.run(list(argv))
    if done.returncode:
        sys.exit(f"{done.stdout}\nlesson: {argv[0]} does not build the page's engine")
    return done.stdout


def write(path, data):
    """As a whole: somebody else may be at it, or reading it."""
    with open(f"{path}.{os.getpid()}", "wb" if isinstance(data, bytes) else "w") as file:
        file.write(data)
    os.replace(f"{path}.{os.getpid()}", path)


def build(path, *argv):
    """@argv with "-o @path", likewise."""
    call(*argv, "-o", f"{path}.{os.getpid()}")
    os.replace(f"{path}.{os.getpid()}", path)


compiling = threading.Lock()


@functools.lru_cache(maxsize=None)
def compiled(source, ranks):
    """(object, its functions and the lines of their calls) of one file."""
    shown = source in SHOWN or source.startswith(lab.VARIANTS) or source.endswith(".c") and not source.startswith("scripts/")
    stem = os.path.join(OUT, re.sub(r"\W", "_", source) + ("" if ranks else "-norank"))
    flags = [*FLAGS, *([] if ranks else [f"-I{EXPLORE}/norank"]), *INCLUDES, *(SHOWN_FLAGS if shown else ["-Oz"])]
    build(f"{stem}.o", tool("clang"), *flags, "-c", source)
    if source.endswith(".S"):
        # No calls in there.
        with open(source) as file:
            return f"{stem}.o", [(name, []) for name in re.findall(r"^(\w+):", file.read(), re.M)]
    build(f"{stem}.s", tool("clang"), *flags, "-S", source)
    with open(f"{stem}.s") as file:
        return f"{stem}.o", wasm.assembly(file.read(), ROOT)


def sources(variant, ranks):
    return [*ENGINE, *SHOWN, "hyp/lock/rank.c" if ranks else f"{EXPLORE}/norank.c", *lab.variant_files(variant)]


def engine(variant, ranks):
    """(the code, {offset: (file, line, function)}) of one level."""
    os.makedirs(OUT, exist_ok=True)
    with compiling:
        objects = [compiled(source, ranks) for source in sources(variant, ranks)]
    stem = os.path.join(OUT, re.sub(r"\W", "_", variant) + ("" if ranks else "-norank"))
    # Memory for the search grows; it is not touched before it is used.
    build(f"{stem}.linked.wasm", tool("wasm-ld"), "--no-entry", "--max-memory=4294967296", "-z", "stack-size=65536", "--stack-first",
          "--fatal-warnings", *(path for path, _ in objects))
    build(f"{stem}.named.wasm", tool("wasm-opt"), *ASYNCIFY, f"{stem}.linked.wasm")
    with open(f"{stem}.named.wasm", "rb") as file:
        named = file.read()
    try:
        table = wasm.line_table(wasm.Module(named), [functions for _, functions in objects])
    except wasm.Mismatch as why:
        sys.exit(f"lesson: {variant}: {why}")
    code = wasm.without_custom(named)
    if code[:max(table) + 1] != named[:max(table) + 1]:
        sys.exit(f"lesson: {variant}: the code has moved")  # then the table is of no use
    write(f"{stem}.wasm", code)
    return f"{stem}.wasm", table


# --- levels ---------------------------------------------------------------------------------------------------------


class Level:
    """One section of levels.txt."""

    def __init__(self, variant, row):
        self.variant, self.row = variant, row
        self.ranks = row["ranks"] == "yes"
        self.options = row["world"]

    def stamp(self):
        """Of all that gives moves their numbers and states their meaning: what a link was made with."""
        digest = hashlib.sha256(self.options.encode())
        for path in sources(self.variant, self.ranks) + ["hyp/vm/life.c", "hyp/vm/keeper.c", *(f"hyp/sbi/{f}.c" for f in ("hsm", "susp", "srst"))]:
            if path.startswith(LESSON):
                continue
            with open(path, "rb") as file:
                digest.update(file.read())
        return digest.hexdigest()[:6]

    def packed(self, files):
        path, table = engine(self.variant, self.ranks)
        with open(path, "rb") as file:
            code = base64.b64encode(gzip.compress(file.read(), 9, mtime=0)).decode()
        shown = sorted((offset, *place) for offset, place in table.items() if place[0].startswith(("hyp/", lab.VARIANTS)))
        names = sorted({name for _, _, _, name in shown})
        with compiling:
            for _, file, _, _ in shown:
                if file not in files:
                    with open(file) as text:
                        files[file] = text.read()
        order = list(files)
        return {"variant": self.variant, "stamp": self.stamp(), **self.row, "code": code, "functions": names,
                "lines": [[offset, order.index(file), line, names.index(name)] for offset, file, line, name in shown]}


def levels():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(os.path.join(HERE, "levels.txt"))
    return [Level(name, dict(parser[name])) for name in parser.sections()]


def recorded():
    """What the native explorer has recorded of the right protocol: the table of its README."""
    with open(f"{EXPLORE}/README.md") as file:
        rows = re.findall(r"^\| \*? ?(.*?)(?: \([\d.]+ million[^)]*\))? \| ([\d.]+ million) \| ([\d.]+ million) \| (\d+) \|", file.read(), re.M)
    return [(world.replace("`", ""), *numbers) for world, *numbers in rows if "scheduler" not in world]


# --- the page -------------------------------------------------------------------------------------------------------


def read(name):
    with open(os.path.join(HERE, name)) as file:
        return file.read()


def page():
    files = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        packed = list(pool.map(lambda level: level.packed(files), levels()))
    data = json.dumps({"levels": packed, "files": list(files.items()), "recorded": recorded()}, separators=(",", ":"))
    scripts = [read(name).split("if (typeof module")[0] for name in ("engine.js", "game.js", "page.js")]
    text = read("page.html").replace("/*STYLE*/", read("page.css"))
    text = text.replace("/*SCRIPT*/", "\n".join(scripts)).replace("/*DATA*/", data.replace("</", "<\\/"))
    if len(text.encode()) > MOST:
        sys.exit(f"lesson: the page has {len(text.encode())} bytes, more than {MOST}")
    write(PAGE, text)
    return len(text.encode())


def main():
    if sys.argv[1:2] == ["--engine"]:
        print(engine(sys.argv[2], "norank" not in sys.argv[3:])[0])
        return 0
    if sys.argv[1:]:
        print(__doc__)
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    size = page()
    print(f"{PAGE}: {size / 1e6:.1f} MB, one file: open it in a browser (tested: Chromium), or copy it anywhere")
    return 0


if __name__ == "__main__":
    sys.exit(main())
