#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""state_diagram.py - the picture of a hart's states, from the table that the code uses
(hyp/mp/mp_table.c).

    scripts/check/state_diagram.py            print it (Mermaid, which GitHub and others draw)
    scripts/check/state_diagram.py --dot      print it for graphviz: ... --dot | dot -Tsvg
    scripts/check/state_diagram.py --write    put it into hyp/mp/README.md
    scripts/check/state_diagram.py --check    is the one in there up to date? status 1 if not
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLE = os.path.join(ROOT, "hyp/mp/mp_table.c")
README = os.path.join(ROOT, "hyp/mp/README.md")
EDGE = re.compile(r"^\s*/\* (.*?); (.*?) \*/\n\s*\[MP_(\w+)\]\[MP_(\w+)\] = true,$", re.M)
MARKS = ("<!-- made by scripts/check/state_diagram.py from mp_table.c -->\n", "<!-- end -->\n")


def edges():
    with open(TABLE) as source:
        text = source.read()
    found = EDGE.findall(text)
    if not found or len(found) != len(re.findall(r"^\s*\[MP_\w+\]\[MP_\w+\] =", text, re.M)):
        sys.exit("state-diagram: the table in hyp/mp/mp_table.c does not look as expected")
    return [(old, new, section, who) for section, who, old, new in found]


def mermaid(rows):
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> STOPPED"]
    for old, new, section, who in rows:
        lines.append(f"    {old} --> {new} : {section.replace(', ', ' / ')}<br/>{who.replace(': ', ', ')}")
    return "\n".join(lines + ["```", ""])


def dot(rows):
    lines = ["digraph states {", "\tnode [shape=box, style=rounded];"]
    for old, new, section, who in rows:
        lines.append(f'\t{old} -> {new} [label="{section}\\n{who}"];')
    return "\n".join(lines + ["}", ""])


def main():
    option = sys.argv[1] if len(sys.argv) > 1 else ""
    rows = edges()
    if option == "--dot":
        print(dot(rows), end="")
        return 0
    if option not in ("--write", "--check"):
        print(mermaid(rows) if not option else __doc__, end="")
        return 2 if option else 0
    with open(README) as readme:
        text = readme.read()
    begin, end = text.find(MARKS[0]), text.find(MARKS[1])
    if begin < 0 or end < begin:
        sys.exit(f"state-diagram: no marked place in hyp/mp/README.md: {MARKS[0].strip()} ... {MARKS[1].strip()}")
    fresh = text[:begin] + MARKS[0] + mermaid(rows) + text[end:]
    if option == "--write" and fresh != text:
        with open(README, "w") as readme:
            readme.write(fresh)
        print("state-diagram: hyp/mp/README.md", file=sys.stderr)
    if option == "--check" and fresh != text:
        print("state-diagram: the diagram in hyp/mp/README.md is not that of mp_table.c: make pictures", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
