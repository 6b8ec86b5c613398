#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lesson_page.py - the page of `make lesson` in a real browser: every level, by mouse and by keys alone, undo, links, two widths, dark and light;
nobody else is asked for anything, and nothing is complained of. It takes minutes.
"""
import os
import re
import signal
import subprocess
import sys
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
os.chdir(ROOT)
sys.dont_write_bytecode = True
sys.path[:0] = ["scripts/lab/lesson", "scripts/test/cases"]
import lesson  # noqa: E402
import browser  # noqa: E402

SLOW = float(os.environ.get("SLOW") or 1)
PAGE = "file://" + urllib.parse.quote(os.path.abspath(lesson.PAGE))
FIRST_WAY = "0 2 0 p 2 2 1 2 t 2 2 0 0 0 0".split()  # the keys of a shortest way through the first level
MACROS = r"atomic_\w+|ENSURE|PROMISED|RACE_POINT|port_park|each_row|FUNCTION"
failed = False


def verdict(name, good, why="", note=""):
    global failed
    print(f"PASS {name}{': ' + note if note else ''}" if good else f"FAIL {name}: {why}", flush=True)
    failed = failed or not good


class Page(browser.Browser):
    def load(self, link=""):
        self.open("about:blank")  # a new fragment alone is not a new page
        self.open(PAGE + link)
        self.wait_for(lambda: self.run("return document.documentElement.hasAttribute('data-ready')"), 60 * SLOW)
        self.run("pace = 0")

    def level(self, variant):
        self.run("return choose(arguments[0], false).then(() => 1)", variant)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).innerText", selector)

    def value(self, selector):
        return self.run("return document.querySelector(arguments[0]).value", selector)

    def state(self):
        return self.run("return { at: game.at, steps: game.steps.length, wrong: game.wrong, moves: game.moves(),"
                        " alert: !document.getElementById('alert').hidden, state: JSON.stringify(game.view.state) }")

    def solved_by_itself(self):
        self.wait_for(lambda: self.run("return showing === null"), 120 * SLOW)
        return self.state()


def natively(link):
    done = subprocess.run(["scripts/lab/lab.py", "check", link], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.returncode, done.stdout


def shown(page):
    """Every level is solved by "show me", and the explorer agrees that its link is a solution."""
    for level in lesson.levels():
        if level.variant == "mutex":
            continue
        page.level(level.variant)
        page.click("#show")
        now, alert = page.solved_by_itself(), page.text("#alert")
        status, said = natively(page.value("#link"))
        good = now["wrong"] and now["alert"] and level.row["says"][:40] in alert and "Broken" in alert
        native = re.search(r"^VIOLATION (.*)", said, re.M)
        pointer = re.compile(r"0x\w+")
        same = native and pointer.sub("", native[1]) == pointer.sub("", now["wrong"] or "")
        verdict(f"lesson_shows_{level.variant}", good and status == 0 and same and "another version" not in said,
                f"in the page: {now['wrong']}, natively ({status}): {said[-300:]}", now["wrong"])


STACKS = """
const wrong = [];
for (let n = 0; n <= game.steps.length; n++) {
	game.go(n);
	for (let co = 0; co < game.cast.length; co++) {
		const frames = game.frames(co).reverse();
		frames.slice(0, -1).forEach((frame, i) => {
			const text = files[frame.file].text.slice(frame.line - 1, frame.line + 3).join(" ");
			if (!new RegExp(`\\\\b(${frames[i + 1].name}|%s)\\\\b`).test(text))
				wrong.push(`step ${n}, ${game.cast[co]}: ${frames[i + 1].name}() is not called in ${files[frame.file].path}:${frame.line}`);
		});
	}
}
return [wrong, game.steps.length];
""" % MACROS.replace("\\", "\\\\\\\\")


def lines(page):
    """The lit lines: each calls what is shown as called by it, at every step of every shortest way."""
    steps, wrong = 0, []
    for level in lesson.levels():
        page.level(level.variant)
        if level.variant == "mutex":
            continue
        page.run("for (const [co, choice] of Game.search(code, game.options()).moves) game.play(co, choice)")
        found, n = page.run(STACKS)
        wrong, steps = wrong + found, steps + n
    verdict("lesson_lines_call_each_other", not wrong and steps > 80, "; ".join(wrong[:5]), f"{steps} steps")
    page.level("none")
    page.press(*FIRST_WAY[:4])
    lit = page.text("[data-co='0'] .lit")
    verdict("lesson_line_is_lit", "spin_lock(&v->lock);" in lit and "hyp/mp/mp.c:184" not in lit and
            "others_stopped" in page.text("[data-co='0'] .crumbs"), f"lit: {lit}")


def by_keys(page):
    """The first three levels with the keyboard alone."""
    page.load()
    page.press(*FIRST_WAY)
    verdict("lesson_keys_none", (page.state()["wrong"] or "").startswith("I1"), f"{page.state()}")
    for variant in ("half", "racy"):
        page.press("]")
        Page.wait_for(lambda: page.run("return game.level.variant") == variant, 20 * SLOW)
        way = page.run("return Game.search(code, game.options()).moves")
        for move in way:
            keys = page.run("""
                for (let co = 0; co < game.vcpus; co++) {
                    const found = game.options_of(co).find((m) => m.co === arguments[0] && m.choice === arguments[1]);
                    const only = game.only(co);
                    if (found)
                        return only && only.co === found.co && only.choice === found.choice ? [String(co)] : [String(co), found.key];
                }""", *move)
            page.press(*keys)
        now = page.state()
        verdict(f"lesson_keys_{variant}", now["wrong"] and now["moves"] == way, f"{now}")


def undone(page):
    page.load()
    start = page.state()["state"]
    page.press(*FIRST_WAY)
    end = page.state()
    page.press("Backspace")
    back = page.state()
    verdict("lesson_undo_takes_the_end_back", back["at"] == 10 and not back["alert"] and not back["wrong"], f"{back}")
    page.press("0")
    verdict("lesson_undo_and_again_is_the_same", page.state()["wrong"] == end["wrong"] and page.state()["state"] == end["state"], f"{page.state()}")
    page.press(*["Backspace"] * 11)
    verdict("lesson_undo_to_the_beginning", page.state()["state"] == start and page.state()["at"] == 0, f"{page.state()}")
    page.press(*FIRST_WAY)
    verdict("lesson_whole_way_after_undo", page.state()["wrong"] == end["wrong"], f"{page.state()}")
    page.click("[data-step='2']")
    now = page.state()
    verdict("lesson_click_on_the_timeline", now["at"] == 2 and now["steps"] == 11 and "SYSTEM_SUSPEND" in page.text("#timeline .now"), f"{now}")
    page.press(".")
    verdict("lesson_forward_again", page.state()["at"] == 3 and page.state()["steps"] == 11, f"{page.state()}")
    page.press("r")
    verdict("lesson_restart", page.state()["state"] == start, f"{page.state()}")


def linked(page):
    page.load()
    page.press(*FIRST_WAY)
    link, end = page.value("#link"), page.state()
    fragment = link[link.index("#"):]
    page.load(fragment)
    verdict("lesson_link_opens_solved", page.state()["wrong"] == end["wrong"] and page.state()["state"] == end["state"], f"{page.state()}")
    schedule, native = page.value("#schedule"), re.search(r"^schedule=(.*)", natively(link)[1], re.M)
    verdict("lesson_schedule_is_the_explorers", native and f"SCHEDULE={native[1]} scripts/lab/race.py none mutex" == schedule, f"{schedule}, natively {native}")
    page.run("location.hash = '#clobber/'")
    page.wait_for(lambda: page.run("return game.level.variant") == "clobber", 20 * SLOW)
    verdict("lesson_link_while_open", page.state()["at"] == 0)
    for name, hash_, said in (("unreadable", "#???", "cannot be read"), ("unknown_level", "#nosuch/", "no level nosuch"),
                              ("impossible", "#none/0.2,0.99", "Step 2 of the link is not possible"),
                              ("old", fragment.split("~")[0] + "~ffffff", "another version")):
        page.load(hash_)
        verdict(f"lesson_link_{name}", said in page.text("#status"), f"says: {page.text('#status')}")
    wrong = natively(fragment.replace(",0.0~", "~"))
    verdict("lesson_check_refuses_an_unfinished_try", wrong[0] == 1 and "FAIL none: nothing is broken" in wrong[1], f"{wrong}")
    verdict("lesson_check_refuses_a_wrong_link", natively("#nosuch/0.1")[0] == 2)
    verdict("lesson_check_refuses_impossible_moves", natively("#none/0.99")[0] == 1)


def replayed(page):
    """What breaks in the page breaks on real harts in QEMU, by the schedule that the page prints; the mutex refuses it."""
    for level in lesson.levels():
        if not level.row.get("replay"):
            continue
        page.load(f"#{level.variant}/")
        page.press("m")
        page.solved_by_itself()
        command = page.value("#schedule")
        done = subprocess.run(["sh", "-c", command], env={**os.environ, "N": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        verdict(f"lesson_schedule_of_{level.variant}_on_real_harts", done.returncode == 0 and "RACE PASS" in done.stdout, f"{command}: {done.stdout[-600:]}")


def refused(page):
    page.load()
    page.press("1")
    button = page.run("const b = document.querySelector('[data-co=\"1\"] button'); return [b.disabled, b.innerText]")
    verdict("lesson_grey_says_why", button[0] and "somebody has to start it" in button[1] and "somebody has to start it" in page.text("#status") and
            page.state()["at"] == 0, f"{button}")
    page.press("0", "p", "n")
    verdict("lesson_runs_to_a_race_point", page.run("return game.steps[game.at - 1].lines.some((line) => / is at /.test(line))"), f"{page.state()}")
    page.level("sleepspin")
    page.run("for (const [co, choice] of Game.search(code, game.options()).moves) game.play(co, choice); game.go(game.steps.length - 1); draw()")
    waits = page.run("return [...document.querySelectorAll('.can button:disabled')].map((b) => b.innerText).join('; ')")
    verdict("lesson_waiting_says_for_whom", re.search(r"which v\d holds", waits), f"says: {waits}")
    page.press("f")
    page.wait_for(lambda: page.run("return game.fine"), 20 * SLOW)
    page.level("clobber")
    page.run("return choose('clobber', true).then(() => 1)")
    page.press("m")
    now = page.solved_by_itself()
    status, said = natively(page.value("#link"))
    verdict("lesson_a_turn_at_every_access", (now["wrong"] or "").startswith("I4") and now["at"] > 8 and status == 0, f"{now}, natively {said[-200:]}")


def everything(page):
    page.level("mutex")
    page.press("o")
    text = page.text("#proof")
    native = subprocess.run([lesson.lab.compile_explorer("mutex", True), *next(level for level in lesson.levels() if level.variant == "mutex").options.split(),
                             "--quiet"], stdout=subprocess.PIPE, text=True).stdout
    good = re.search(r"Just computed in this page: HOLDS in all \d+ states", text) and "HOLDS" in native
    verdict("lesson_all_of_them", good and "Recorded, not computed here" in text and "million" in text, f"says: {text}; natively: {native}")
    page.click("#show")
    page.solved_by_itself()
    verdict("lesson_no_way_to_break_the_right_one", "There is no way" in page.text("#status"), f"says: {page.text('#status')}")


CONTRAST = """
const light = (name) => {
	const e = document.body.appendChild(document.createElement("i"));
	e.style.color = `var(${name})`;
	const parts = getComputedStyle(e).color.match(/[0-9.]+/g).slice(0, 3).map((c) => c / 255)
		.map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
	e.remove();
	return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
return arguments[0].map(([a, b]) => [light(a), light(b)].sort((x, y) => y - x)).map(([a, b]) => (a + 0.05) / (b + 0.05));
"""
PAIRS = [["--text", "--back"], ["--dim", "--back"], ["--text", "--panel"], ["--dim", "--panel"], ["--text", "--lit"], ["--bad", "--back"], ["--dim", "--lit"]]


def looks(page):
    for width, columns in ((400, 1), (1600, 3)):
        page.resize(width)
        page.load()
        page.press(*FIRST_WAY)
        wide = page.run("return [document.documentElement.scrollWidth, innerWidth]")
        tops = page.run("return new Set([...document.querySelectorAll('#cast .one')].map((e) => e.getBoundingClientRect().left)).size")
        verdict(f"lesson_fits_{width}", wide[0] <= wide[1] == width and tops == columns, f"{wide}, {tops} columns")
    backs = []
    for scheme in ("light", "dark"):
        page.ask("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": [{"name": "prefers-color-scheme", "value": scheme}]}})
        backs.append(page.run("return getComputedStyle(document.body).backgroundColor"))
        least = min(page.run(CONTRAST, PAIRS))
        verdict(f"lesson_contrast_{scheme}", least >= 4.5, f"{least:.1f}", f"{least:.1f}")
    verdict("lesson_dark_is_dark", backs[0] != backs[1], f"{backs}")
    roles = page.run("return [document.querySelector('[role=status]').id, document.querySelector('[role=alert]').id]")
    marks = page.run("return getComputedStyle(document.querySelector('.lit'), '::before').content")
    verdict("lesson_not_by_colour_alone", roles == ["status", "alert"] and "\u25b6" in marks, f"{roles} {marks}")


def quick(page):
    """Budgets. Times are told and not judged: the machine may be busy."""
    page.load()
    loaded = float(page.run("return document.documentElement.getAttribute('data-ready')"))
    steps = page.run("""
        const times = [];
        for (const move of Game.search(code, game.options()).moves) {
            const began = performance.now();
            game.play(...move);
            draw();
            document.body.offsetHeight;
            times.push(performance.now() - began);
        }
        return Math.max(...times);""")
    size = os.path.getsize(lesson.PAGE)
    verdict("lesson_size", size < lesson.MOST, f"{size} bytes", f"{size / 1e6:.2f} MB; ready after {loaded:.0f} ms (aim: 2000), the slowest step {steps:.0f} ms (aim: 50)")


def main():
    if not browser.there() or not subprocess.run(["which", "wasm-opt"], stdout=subprocess.DEVNULL).returncode == 0:
        print("SKIP lesson_page: no chromium with its driver, or no wasm-opt (scripts/setup.sh test installs them)")
        return 77
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the browser is ended, too
    lesson.page()
    page = Page(SLOW)
    try:
        page.load()
        for part in (by_keys, undone, linked, replayed, refused, everything, shown, lines, looks, quick):
            try:
                part(page)
            except browser.Refused as why:
                verdict(f"lesson_{part.__name__}", False, str(why).splitlines()[0])
        asked = set(page.requests()) - {"about:blank"}
        verdict("lesson_asks_nobody", all(url.split("#")[0] == PAGE for url in asked), f"{asked}")
        complaints = [line["message"] for line in page.logged("browser") if line["level"] == "SEVERE"]
        verdict("lesson_no_complaint", not complaints, "; ".join(complaints[:3]))
    finally:
        page.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
