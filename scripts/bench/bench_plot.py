# SPDX-License-Identifier: MIT
"""bench_plot - the figures of scripts/bench/bench.py as one SVG: operations beside the bare firmware,
growth, fairness, latency."""
import math

COLOURS = ("#4878a8", "#c8703c", "#589858")


def text(x, y, s, anchor="start", size=11):
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}">{s}</text>'


def bars(rows, x, y):
    """Each operation twice, on a logarithmic scale."""
    out = [text(x, y - 8, "instructions: bare firmware (blue), Dormouse (orange), budget (line)", size=13)]
    rows = [r for r in rows if (r["bare"] or 0) > 20 and (r["dormouse"] or 0) > 20 and r["bare"] < 30000]
    for i, r in enumerate(rows):
        top = y + 4 + 24 * i
        out.append(text(x + 150, top + 14, r["name"], "end"))
        for k, key in enumerate(("bare", "dormouse")):
            w = 70 * math.log10(r[key])
            out.append(f'<rect x="{x + 156}" y="{top + 10 * k}" width="{w:.0f}" height="9" fill="{COLOURS[k]}"/>')
            out.append(text(x + 160 + w, top + 8 + 10 * k, r[key], size=9))
        if r.get("budget"):
            at = x + 156 + 70 * math.log10(r["budget"])
            out.append(f'<path d="M{at:.0f} {top}v20" stroke="black"/>')
    return out, y + 24 * len(rows) + 40


def curves(title, series, x, y, width=380, height=180):
    """series: {label: [(x, y)]}, both axes logarithmic but for y values that are all <= 1."""
    points = [p for s in series.values() for p in s if p[1]]
    if not points:
        return []
    linear = max(p[1] for p in points) <= 1
    scale = (lambda v: v) if linear else (lambda v: math.log10(v))
    low, high = (0, 1) if linear else (scale(min(p[1] for p in points)), scale(max(p[1] for p in points)) + 0.1)
    out = [text(x, y - 8, title, size=13), f'<path d="M{x} {y}v{height}h{width}" fill="none" stroke="black"/>']
    for n in (1, 2, 4, 8, 16, 32, 64):
        out.append(text(x + width * math.log2(n) / 6, y + height + 14, n, "middle", 9))
    for k, (label, s) in enumerate(series.items()):
        at = [(x + width * math.log2(a) / 6, y + height - height * (scale(b) - low) / ((high - low) or 1)) for a, b in s if b]
        path = "L".join(f"{a:.1f} {b:.1f}" for a, b in at)
        out.append(f'<path d="M{path}" fill="none" stroke="{COLOURS[k % 3]}" stroke-width="2"/>')
        if at:
            out.append(text(at[-1][0] + 6, at[-1][1] + 4, f"{label}: {[b for _, b in s if b][-1]}", size=10))
    return out


def plot(found):
    body, bottom = bars(found.get("calls", []), 20, 40)
    right = 620
    growth = found.get("growth", [])
    body += curves("instructions against the number of vCPUs (one hart)",
                   {k: [(r["vcpus"], r[k]) for r in growth] for k in ("null_call", "susp", "start_all")}, right, 40)
    sched = found.get("sched", [])
    body += curves("fairness index against the number of vCPUs",
                   {f"{h} harts": [(r["vcpus"], r["index"]) for r in sched if r["harts"] == h] for h in (1, 2, 4)}, right, 290)
    body += curves("wake-up latency, maximum, ticks of 100 ns",
                   {f"{h} harts": [(r["vcpus"], r["latency_ticks"][2]) for r in sched if r["harts"] == h] for h in (1, 2, 4)},
                   right, 540)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="1180" height="{max(bottom, 780)}" font-family="sans-serif">\n'
            f'<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(body) + "\n</svg>\n")
