#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""trace.py - turn the trace in a console log into something to look at.

    scripts/run/trace.py LOG --json FILE     Chrome's trace format: for Perfetto or chrome://tracing
    scripts/run/trace.py LOG --svg FILE      a timeline; one column per event, so that the microseconds that matter are visible
    scripts/run/trace.py LOG                 the events as text
          --title TEXT                above the timeline        --from POINT, --to POINT   only what lies between (SVG)

LOG is the console of a RACE_POINTS=1 build run with trace=1 (`make race KEEP=dir` keeps such logs); - is standard input.
"""
import argparse
import html
import json
import re
import sys

EVENT = re.compile(r"trace: (\d+) h(\d+) (\S+) (\w+) ?(\S*)")
BEGIN = re.compile(r"trace: begin (\d+)")
END = re.compile(r"trace: end (\d+) (\d+)")
COLOURS = {"STARTED": "#6cb36c", "STOPPED": "#d5d5d5", "SUSPENDED": "#6f9bd1", "START_PENDING": "#b9dfa8",
           "STOP_PENDING": "#b5b5b5", "SUSPEND_PENDING": "#a9c4e4", "RESUME_PENDING": "#a9c4e4"}


class Event:
    def __init__(self, match):
        self.time, self.hart, self.who, self.kind, self.what = (int(match[1]), int(match[2]), match[3], match[4], match[5])


def read(path):
    """(ticks per second, events in order)"""
    with (sys.stdin if path == "-" else open(path, errors="replace")) as log:
        text = log.read().replace("\r", "")
    begin, end = BEGIN.search(text), END.search(text)
    if not begin or not end:
        sys.exit(f"trace: {path}: no whole trace in it; was this a RACE_POINTS=1 build with trace=1 that came to its end?")
    events = [Event(match) for match in EVENT.finditer(text[begin.end():end.start()])]
    if len(events) != int(end[1]):
        sys.exit(f"trace: {path}: {len(events)} events, not the {end[1]} that were written: the log is damaged")
    if int(end[2]):
        print(f"trace: the {end[2]} oldest events were overwritten", file=sys.stderr)
    return int(begin[1]), events


def names(events):
    found = {event.who for event in events if event.who != "idle"}
    return sorted(found, key=lambda name: (not name.lstrip("v").isdigit(), len(name), name))


# ---- Chrome's format: processes are "vCPUs", "harts", "locks"; a slice is a pair of events of one kind ----

def slices(events, key, value, end):
    """(lane, value, begin, end) for a lane that has one value at a time; None: nothing there."""
    since = {}
    for event in events:
        lane, new = key(event), value(event)
        if lane in since and since[lane][0] is not None:
            yield (lane, since[lane][0], since[lane][1], event.time)
        since[lane] = (new, event.time)
    for lane, (old, begin) in since.items():
        if old is not None:
            yield (lane, old, begin, end)


def to_json(rate, events):
    start, end = events[0].time, events[-1].time
    out, lanes = [], {}

    def micros(time):
        return (time - start) * 1e6 / rate

    def lane(process, name):
        if (process, name) not in lanes:
            pid = {"vCPUs": 1, "harts": 2, "locks": 3}[process]
            lanes[process, name] = (pid, len(lanes) + 1)
            out.append({"ph": "M", "name": "process_name", "pid": pid, "args": {"name": process}})
            out.append({"ph": "M", "name": "thread_name", "pid": pid, "tid": len(lanes), "args": {"name": name}})
        return lanes[process, name]

    def add(process, name, what, begin, until):
        pid, tid = lane(process, name)
        out.append({"ph": "X", "pid": pid, "tid": tid, "name": what, "ts": micros(begin), "dur": micros(until) - micros(begin)})

    for who in names(events):
        lane("vCPUs", who)
    states = [event for event in events if event.kind == "state"]
    for who, state, begin, until in slices(states, lambda e: e.who, lambda e: e.what, end):
        add("vCPUs", who, state, begin, until)
    runs = [event for event in events if event.kind == "run"]
    for hart, who, begin, until in slices(runs, lambda e: e.hart, lambda e: None if e.who == "idle" else e.who, end):
        add("harts", f"h{hart}", who, begin, until)
    for kind, word in (("take", "holds"), ("wait", "waits for")):
        over = {"take": ("take", "free"), "wait": ("wait", "take")}[kind]
        locks = [event for event in events if event.kind in over]
        for (who, lock), what, begin, until in slices(locks, lambda e: (e.who, e.what),
                                                      lambda e, k=kind, w=word: f"{w} {e.what}->lock" if e.kind == k else None, end):
            add("locks", who, what, begin, until)
    for event in events:
        if event.kind == "point":
            pid, tid = lane("vCPUs", event.who)
            out.append({"ph": "i", "s": "t", "pid": pid, "tid": tid, "name": event.what, "ts": micros(event.time)})
    return {"traceEvents": out, "displayTimeUnit": "ns"}


# ---- SVG: one column per event ----

COLUMN, ROW, LEFT, TOP = 40, 64, 60, 62


class Svg:
    def __init__(self):
        self.parts = []

    def rect(self, x, y, width, height, fill, extra=""):
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" {extra}/>')

    def text(self, x, y, text, extra=""):
        self.parts.append(f'<text x="{x}" y="{y}" {extra}>{html.escape(text)}</text>')

    def line(self, x1, y1, x2, y2, colour, extra=""):
        self.parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" {extra}/>')

    def write(self, width, height):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
                'font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="white"/>\n'
                + "\n".join(self.parts) + "\n</svg>\n")


def window(events, begin, end):
    """What lies between the first `begin` point and the last `end` point; *_PENDING steps of one instant kept."""
    points = [i for i, e in enumerate(events) if e.kind == "point"]
    first = next((i for i in points if events[i].what == begin), 0) if begin else 0
    last = next((i for i in reversed(points) if events[i].what == end), len(events) - 1) if end else len(events) - 1
    return first, last


def broken_span(events, vcpus):
    """Columns in which the system is suspended although another vCPU is not STOPPED."""
    state, suspended, bad = {who: "STOPPED" for who in vcpus}, None, []
    for column, event in enumerate(events):
        if event.kind == "state":
            state[event.who] = event.what
        if event.kind == "point" and event.what == "susp_committed":
            suspended = event.who
        if suspended and event.who == suspended and event.kind == "state" and event.what != "SUSPENDED":
            suspended = None
        if suspended and any(state[who] != "STOPPED" for who in vcpus if who != suspended):
            bad.append(column)
    return bad


def to_svg(events, title, begin, end):
    vcpus = [who for who in names(events) if re.fullmatch(r"v\d+", who)]
    kept = [e for e in events if e.who in vcpus and e.kind != "run" and e.what != "mutex_queued"]
    first, last = window(kept, begin, end)
    before = {}
    for event in kept[:first]:
        if event.kind == "state":
            before[event.who] = event.what
    bad = [c - first for c in broken_span(kept, vcpus) if first <= c <= last]
    kept = kept[first:last + 1]
    width, height = max(LEFT + COLUMN * len(kept) + 110, 10 * len(title)), TOP + ROW * len(vcpus) + 130
    svg = Svg()
    svg.text(10, 20, title, 'font-size="15" font-weight="bold"')
    svg.text(10, 38, "one column per event, in the order in which they happened", 'fill="#777"')
    for column in bad:
        svg.rect(LEFT + COLUMN * column, TOP - 8, COLUMN, ROW * len(vcpus), "#f6c5c0")
    if bad:
        svg.text(LEFT + COLUMN * (bad[-1] + 1), TOP - 12, "the system is suspended, and another vCPU runs",
                 'text-anchor="end" fill="#b3261e" font-weight="bold"')
    for row, who in enumerate(vcpus):
        draw_lane(svg, row, who, kept, before.get(who, "STOPPED"))
    for column, event in enumerate(kept):
        x, y = LEFT + COLUMN * column + COLUMN // 2, TOP + ROW * len(vcpus)
        label = {"state": "", "point": event.what, "wait": "waits for the mutex", "take": "takes the mutex",
                 "free": "frees the mutex"}[event.kind]
        if label:
            own = TOP + ROW * vcpus.index(event.who)
            svg.line(x, own + 30, x, y, "#ccc", 'stroke-dasharray="2 3"')
            svg.parts.append(f'<circle cx="{x}" cy="{own + 34}" r="4" fill="{"#b3261e" if event.kind == "wait" else "#333"}"/>')
            svg.text(0, 0, f"{event.who} {label}", f'transform="translate({x - 3},{y + 8}) rotate(55)"')
    return svg.write(width, height)


def draw_lane(svg, row, who, events, state):
    y, since = TOP + ROW * row, 0
    svg.text(10, y + 16, who, 'font-size="14"')
    changes = [(c, e.what) for c, e in enumerate(events) if e.who == who and e.kind == "state"] + [(len(events), None)]
    for column, new in changes:
        if column > since:
            svg.rect(LEFT + COLUMN * since, y, COLUMN * (column - since), 22, COLOURS.get(state, "#eee"), 'stroke="white"')
            if (column - since) * COLUMN > 7 * len(state):
                svg.text(LEFT + COLUMN * since + 4, y + 15, state)
        state, since = new, column
    draw_bar(svg, y, "take", "free", "#8a5cc2", [e if e.who == who else None for e in events])
    draw_bar(svg, y, "wait", "take", "#b3261e", [e if e.who == who else None for e in events])


def draw_bar(svg, y, begin, end, colour, events):
    """Under the lane: from each `begin` to its `end`, or to the edge."""
    since = None
    for column, event in enumerate(events):
        if event and event.kind == begin:
            since = column
        elif event and event.kind == end and since is not None:
            svg.rect(LEFT + COLUMN * since + COLUMN // 2, y + 24, COLUMN * (column - since), 4, colour)
            since = None
    if since is not None:
        svg.rect(LEFT + COLUMN * since + COLUMN // 2, y + 24, COLUMN * (len(events) - since) - COLUMN // 2, 4, colour)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log")
    for option in ("json", "svg", "title", "from", "to"):
        parser.add_argument("--" + option)
    args = vars(parser.parse_args())
    rate, events = read(args["log"])
    if args["json"]:
        with open(args["json"], "w") as out:
            json.dump(to_json(rate, events), out)
    if args["svg"]:
        with open(args["svg"], "w") as out:
            out.write(to_svg(events, args["title"] or "", args["from"], args["to"]))
    if not args["json"] and not args["svg"]:
        for event in events:
            print(f"{(event.time - events[0].time) * 1e6 / rate:12.1f} us  h{event.hart}  {event.who:8} {event.kind:5} {event.what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
