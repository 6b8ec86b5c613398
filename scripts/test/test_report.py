# SPDX-License-Identifier: MIT
"""test_report - the results of scripts/test/test.py in the words of other CI systems: TAP 14 and
JUnit's XML.

A job is what scripts/test/test.py runs; it has @kind, @name, @seconds, @log, and @results: one
(PASS|FAIL|SKIP|XFAIL, name, why) for each test. A file is emptied when the run begins and filled
when it ends. What is interrupted thus leaves no file of an earlier run, and nothing that reads as
passed.
"""
import json
import os
import re
import xml.etree.ElementTree as ET

TAIL = 60  # lines of a failed job's log
# XML 1.0 has no other characters, and no way to write them.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text):
    return NOT_XML.sub("\ufffd", text)


def tail(job):
    """The last lines of its log; nothing if it never ran."""
    if not os.path.isfile(job.log):
        return ""
    with open(job.log, errors="replace") as log:
        return "\n".join(log.read().splitlines()[-TAIL:])


# ---- TAP 14 ----

def one_line(text):
    """As TAP wants what stands in a line: a '#' in it begins no directive."""
    return re.sub(r"\s+", " ", clean(text)).strip().replace("\\", "\\\\").replace("#", "\\#")


def tap(jobs):
    tests = [(job, *result) for job in jobs for result in job.results]
    lines = ["TAP version 14", f"1..{len(tests)}"]
    for number, (job, word, name, why) in enumerate(tests, 1):
        # A failure that is known to come is TODO in TAP's words, and fails nothing.
        ok = "not ok" if word in ("FAIL", "XFAIL") else "ok"
        directive = {"SKIP": f" # SKIP {one_line(why)}", "XFAIL": f" # TODO {one_line(why)}"}.get(word, "")
        lines.append(f"{ok} {number} - {one_line(f'{job.kind} {job.name}: {name}')}{directive}".rstrip())
        if word == "FAIL":
            # A string of JSON is one of YAML, too.
            lines += ["  ---", f"  message: {json.dumps(clean(why))}", f"  log: {json.dumps(job.log)}", "  ..."]
    return "\n".join(lines) + "\n"


# ---- JUnit ----

def suite_of(job):
    words = [word for word, _, _ in job.results]
    suite = ET.Element("testsuite", name=clean(f"{job.kind} {job.name}"), tests=str(len(words)),
                       failures=str(words.count("FAIL")), errors="0",
                       skipped=str(words.count("SKIP") + words.count("XFAIL")), time=f"{job.seconds:.3f}")
    for word, name, why in job.results:
        case = ET.SubElement(suite, "testcase", name=clean(name), classname=clean(f"{job.kind}.{job.name}"))
        if len(words) == 1:  # what each of several took is not known
            case.set("time", suite.get("time"))
        if word == "FAIL":
            ET.SubElement(case, "failure", message=clean(why)).text = clean(f"{why}\nlog: {job.log}")
        elif word != "PASS":
            ET.SubElement(case, "skipped", message=clean(why))
    if "FAIL" in words:
        ET.SubElement(suite, "system-out").text = clean(tail(job))
    return suite


def junit(jobs):
    root = ET.Element("testsuites")
    root.extend(suite_of(job) for job in jobs)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count)) for suite in root)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


FORMATS = {"TAP": tap, "JUNIT": junit}


# ---- The files ----

def is_report(path):
    """Is that file empty, or one of ours? Others are not written over."""
    with open(path, "rb") as file:
        start = file.read(5)
    return start in (b"", b"TAP v", b"<?xml")


def files():
    """{setting: file} of those that are set. ValueError, with a line to show, if one cannot be."""
    named = {name: os.environ[name] for name in FORMATS if os.environ.get(name)}
    for name, path in named.items():
        folder = os.path.dirname(path) or "."
        if path.startswith("-"):
            raise ValueError(f"{name}={path}: not a file's name")
        if not os.path.isdir(folder):
            raise ValueError(f"{name}={path}: there is no directory {folder}; "
                             "relative names start from the top of the tree")
        if os.path.exists(path) and not os.path.isfile(path):
            raise ValueError(f"{name}={path}: is there, and is no file")
        if os.path.exists(path) and not is_report(path):
            raise ValueError(f"{name}={path}: is there, and is no earlier report")
    if len(set(map(os.path.realpath, named.values()))) < len(named):
        raise ValueError(f"{' and '.join(named)} are one file: {path}")
    for name, path in named.items():
        try:
            open(path, "w").close()
        except OSError as error:
            raise ValueError(f"{name}={path}: {error.strerror}") from None
    return named


def write(named, jobs):
    for name, path in named.items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(FORMATS[name](jobs))
