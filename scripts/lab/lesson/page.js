/* SPDX-License-Identifier: MIT */
/*
 * page.js - what is seen and pressed. All that happens goes through `game` (game.js); after each
 * change draw() shows it anew.
 */
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const files = data.files.map(([path, text]) => ({ path, text: text.split("\n") }));
const $ = (id) => document.getElementById(id);
const CONTEXT = 5; /* lines of C above and below the lit one */
let pace = 700; /* ms between the steps of "show me" */

let game = null; /* the try at the level */
let code = null; /* its compiled C */
let first = null; /* the column whose key was pressed, until its second key */
let showing = null; /* the timer of "show me" */
let solved = new Set();

try {
	solved = new Set(JSON.parse(localStorage.getItem("solved") || "[]"));
} catch (why) { /* a browser may refuse to remember things for a file */ }

/* An element: its attributes, then what is in it. */
function make(tag, attributes, ...inside) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== false && value !== null)
			e.setAttribute(name, value === true ? "" : value);
	e.append(...inside);
	return e;
}

function say(text) {
	$("status").textContent = text;
}

function name_of(co) {
	return game.cast[co];
}

/* ---- Levels ---------------------------------------------------------------- */

async function unpack(level) {
	const bytes = Uint8Array.from(atob(level.code), (c) => c.charCodeAt(0));
	const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
	return WebAssembly.compile(await new Response(plain).arrayBuffer());
}

/* @level, from the beginning or after @moves. */
async function choose(...what) {
	try {
		await begin(...what);
	} catch (why) {
		say(`This browser cannot run the page: ${why.message}`);
	}
}

async function begin(variant, fine, moves, stamp) {
	const level = data.levels.find((one) => one.variant === variant);

	stop_showing();
	if (!level) {
		if (!game)
			await begin(data.levels[0].variant, false);
		say(`There is no level ${variant}.`);
		return;
	}
	const its_code = game && game.level === level ? code : await unpack(level);
	game = new Game(level, its_code, fine);
	code = its_code; /* not before: without memory for the new game the old one goes on */
	stop_showing();
	first = null;
	$("fine").checked = fine;
	$("tip").hidden = $("proof").hidden = true;
	say(stamp && stamp !== level.stamp
		? "This link was made with another version of Dormouse: its steps may mean something else."
		: "");
	for (const [n, [co, choice]] of (moves || []).entries())
		if (!game.play(co, choice)) {
			say(`Step ${n + 1} of the link is not possible; it ends before.`);
			break;
		}
	draw();
}

function restart() {
	stop_showing();
	game.go(0);
	first = null;
	say("From the beginning.");
	draw();
}

function next_level(by) {
	const to = data.levels.indexOf(game.level) + by;
	if (data.levels[to])
		choose(data.levels[to].variant, game.fine);
}

/* ---- Steps ------------------------------------------------------------------ */

function step(move) {
	first = null;
	const done = game.play(move.co, move.choice);
	if (!done)
		say(game.at >= MOST_STEPS ? `${MOST_STEPS} steps are the most: undo, or begin again.`
			: "That is not possible now.");
	else
		say(`${name_of(move.co)}: ${done.what}. ${done.lines.join("; ")}`);
	draw();
}

/* The key of a column: its one move, or the beginning of two keys. */
function press(co) {
	const only = game.only(co), options = game.options_of(co);

	stop_showing();
	if (only) {
		step(only);
		return;
	}
	first = options.length ? co : null;
	say(options.length
		? `${name_of(co)}: ${options.map((move) => `${move.key} ${move.text}`).join(", ")}`
		: `${name_of(co)} ${game.reason(co)}.`);
	draw();
}

function undo() {
	stop_showing();
	if (game.at) {
		game.go(game.at - 1);
		say(`Undone; ${game.at} steps made.`);
	}
	first = null;
	draw();
}

function last_mover() {
	if (first !== null)
		return first;
	const co = game.at ? game.steps[game.at - 1].co : 0;
	return co > game.agent ? co - game.hart(0) : co;
}

function run_to_race_point() {
	stop_showing();
	const co = last_mover(), n = game.run(co);
	first = null;
	say(n ? `${name_of(co)} has made ${n} step${n > 1 ? "s" : ""}.`
		: `${name_of(co)} has no single next step: choose one, or another vCPU.`);
	draw();
}

/* ---- Show me, and all of them -------------------------------------------------- */

function stop_showing() {
	clearTimeout(showing);
	showing = null;
}

function show_me() {
	stop_showing();
	say(game.fine ? "Searching for a shortest way; this can take 15 seconds ..." : "Searching for a shortest way ...");
	showing = setTimeout(play_shortest, 20); /* after that has been drawn */
}

/* The explorer's answer, or null: the browser has not given it the memory it asks for. */
function search() {
	try {
		return Game.search(code, game.options());
	} catch (why) {
		say(`The search has failed: ${why.message}`);
		return null;
	}
}

function play_shortest() {
	const found = search();
	showing = null;
	if (!found)
		return;
	if (!found.moves) {
		say(found.text.startsWith("HOLDS") ? "There is no way: all orders have been tried."
			: "No way was found in as many states as this page tries.");
		return;
	}
	game.go(0);
	first = null;
	const go = () => {
		const at = game.at, [co, choice] = found.moves[at] || [];
		step({ co, choice });
		showing = game.at === at || game.wrong || game.at >= found.moves.length ? null : setTimeout(go, pace);
	};
	say(`A shortest way has ${found.moves.length} steps.`);
	draw();
	showing = setTimeout(go, pace);
}

function all_of_them() {
	const found = search();
	if (!found)
		return;
	const box = $("proof").querySelector("div");
	const rows = data.recorded.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))));

	box.replaceChildren(make("p", {}, make("b", {}, "Just computed in this page: "),
		found.wrong ? `an order that breaks it (${found.wrong}).` : `${found.text.split("\n")[0]}.`,
		found.text.startsWith("HOLDS")
			? " Every order of steps has been tried, and nothing is broken in any: a proof for two vCPUs." : ""));
	if (game.level.variant === "mutex")
		box.append(make("p", {}, make("b", {}, "Recorded, not computed here: "),
			"what the explorer of the source tree has tried to the end (scripts/lab/explore/README.md)."),
		make("table", {}, make("tr", {}, ...["world", "states", "steps between them", "longest shortest way"]
			.map((head) => make("th", {}, head))), ...rows));
	$("proof").hidden = false;
	say("All of them: see below the columns.");
}

/* ---- Drawing --------------------------------------------------------------------- */

/* The frame to show: not the lock's own lines, which are the same for everybody. */
function frame_of(frames) {
	return frames.find((f) => /mp\/mp\.c|variants\//.test(files[f.file].path)) ||
		frames.find((f) => !/\/lock\/|mp_table|step\.h/.test(files[f.file].path)) || frames[0];
}

function draw_code(frames) {
	const frame = frame_of(frames), { path, text } = files[frame.file];
	const pre = make("pre", { tabindex: "0", "aria-label": `${path} line ${frame.line}` });

	for (let nr = Math.max(1, frame.line - CONTEXT); nr <= Math.min(text.length, frame.line + CONTEXT); nr++)
		pre.append(make("span", { "data-nr": String(nr).padStart(4), class: nr === frame.line ? "lit" : null },
			text[nr - 1] || " "));
	return [make("p", { class: "small" }, `${path}:${frame.line}`), pre,
		make("p", { class: "crumbs" }, frames.map((f) => f.name).reverse().join(" › "))];
}

function draw_options(co, key) {
	const options = game.options_of(co);
	const list = make("ul", { class: "can" });

	for (const move of options) {
		const keys = game.only(co) && game.only(co).key === move.key && game.only(co).co === move.co
			? [make("kbd", {}, key)] : [make("kbd", {}, key), " ", make("kbd", {}, move.key)];
		const button = make("button", { "data-move": `${move.co}.${move.choice}`, class: move.idle ? "idle" : null },
			...keys, ` ${move.text}`);
		button.onclick = () => { stop_showing(); step(move); };
		list.append(make("li", {}, button));
	}
	if (!options.length)
		list.append(make("li", {}, make("button", { disabled: true }, make("kbd", {}, key), ` ${name_of(co)} ${game.reason(co)}`)));
	return list;
}

function draw_one(co, key) {
	const c = game.view.state.co[co], frames = game.frames(co);
	const moved = game.at && game.steps[game.at - 1].co;
	const does = { [LIFE.DEAD]: "not running", [LIFE.LAUNCHED]: "started, not yet in its guest",
		[LIFE.GUEST]: "in its guest", [LIFE.LEAVING]: "leaving its hart" }[c.life];
	const inside = frames.length ? `inside ${frames[frames.length - 1].name}()` : does || "at rest";

	return make("section", { class: `one${first === co ? " first" : ""}${game.at && moved === co ? " moved" : ""}`, "data-co": co,
		"aria-label": c.name },
	make("h3", {}, make("kbd", {}, key), ` ${c.name}${c.state ? `  ${c.state}` : ""}`),
	make("p", { class: "small" }, inside, c.irq === "1" ? ", an interrupt is pending" : ""),
	...(frames.length ? draw_code(frames) : []), draw_options(co, key));
}

function draw_timeline() {
	const items = game.steps.map((one, n) => {
		const button = make("button", { "data-step": n + 1 }, `${n + 1}. ${name_of(one.co)}: ${one.what}`,
			...one.lines.map((line) => make("small", {}, line)));
		button.onclick = () => { stop_showing(); game.go(n + 1); first = null; say(`After step ${n + 1}.`); draw(); };
		return make("li", { class: n + 1 === game.at ? "now" : n + 1 > game.at ? "later" : null }, button);
	});
	$("timeline").replaceChildren(...items);
	const now = $("timeline").querySelector(".now");
	if (now)
		$("timeline").scrollTop = now.offsetTop - $("timeline").offsetTop - 60;
}

function draw_state() {
	const { vm, locks } = game.view.state;
	const rows = [["phase", vm.phase], ["vCPUs that live", vm.live], ["suspended by", vm.suspender]];

	$("vm").replaceChildren(...rows.flatMap(([what, is]) => [make("dt", {}, what), make("dd", {}, is)]));
	$("locks").tBodies[0].replaceChildren(...locks.map((lock) => make("tr", {}, make("td", {}, lock.name),
		make("td", {}, lock.holder || "nobody"),
		make("td", {}, lock.waiters.join(", ") || "–", !lock.holder && lock.waiters.length ? " (about to take it)" : ""))));
}

function draw_end() {
	const alert = $("alert"), text = game.wrong || "";

	alert.hidden = !text;
	if (text && alert.dataset.text !== text)
		alert.replaceChildren(make("b", {}, "✗ Broken: "), text, make("p", {}, make("b", {}, "Solved. "), game.level.says));
	alert.dataset.text = text;
	if (text && !solved.has(game.level.variant)) {
		solved.add(game.level.variant);
		try {
			localStorage.setItem("solved", JSON.stringify([...solved]));
		} catch (why) { /* then it is forgotten */ }
		draw_levels();
	}
}

function draw_levels() {
	$("level").replaceChildren(...data.levels.map((level, n) => make("option", { value: level.variant,
		selected: game && game.level === level }, `${solved.has(level.variant) ? "✓ " : ""}${n + 1}. ${level.title} (${level.variant})`)));
}

function draw_schedule() {
	const plays = game.level.replay && game.at;
	const text = plays ? game.schedule().replace("schedule=", "SCHEDULE=") : "";
	$("schedule").value = plays ? `${text} scripts/lab/race.py ${game.level.replay} mutex`
		: game.level.replay ? "" : "No guest of Dormouse plays this scene on real harts: only those of the variants none and flag are.";
}

let address = null;
function draw() {
	const had = document.activeElement && document.activeElement.dataset ? { ...document.activeElement.dataset } : {};
	const column_had = document.activeElement && document.activeElement.closest && document.activeElement.closest("[data-co]");
	const keys = [];

	for (let co = 0; co < game.vcpus; co++)
		keys.push([co, String(co)]);
	/* Before that it has nothing to do that matters, and would only be in the way. */
	if (!game.wrong && (game.view.state.vm.phase !== "RUN" || game.view.state.vm.live === "0"))
		keys.push([game.keeper, "k"]);
	if (!/agent/.test(game.level.world))
		keys.push([game.agent, "a"]);
	$("cast").replaceChildren(...keys.map(([co, key]) => draw_one(co, key)));
	$("goal").textContent = game.level.goal;
	$("undo").disabled = $("restart").disabled = !game.at;
	$("all").hidden = game.level.variant !== "mutex";
	draw_state();
	draw_timeline();
	draw_end();
	draw_levels();
	draw_schedule();
	$("link").value = location.href.split("#")[0] + make_link(game);
	clearTimeout(address); /* browsers slow down who does this often */
	address = setTimeout(() => history.replaceState(null, "", make_link(game)), 300);
	/* The keyboard's place is kept: the same button, else one of the same column. */
	const again = (had.move && document.querySelector(`[data-move="${had.move}"]`)) ||
		(had.step && document.querySelector(`[data-step="${had.step}"]`)) ||
		(had.move && column_had && document.querySelector(`[data-co="${column_had.dataset.co}"] button`));
	if (again)
		again.focus();
}

/* ---- Keys and clicks ----------------------------------------------------------------- */

const KEYS = {
	Backspace: undo, r: restart, n: run_to_race_point, m: show_me,
	o: () => { if (!$("all").hidden) all_of_them(); },
	"?": () => { $("tip").hidden = !$("tip").hidden; $("tip").textContent = game.level.hint; },
	f: () => choose(game.level.variant, !game.fine),
	c: () => { $("link").focus(); $("link").select(); },
	Escape: () => { first = null; stop_showing(); document.activeElement.blur(); say(""); draw(); },
	",": () => { stop_showing(); game.go(game.at - 1); draw(); },
	".": () => { stop_showing(); game.go(game.at + 1); draw(); },
	"[": () => next_level(-1), "]": () => next_level(1),
};

/* Which column has that key? */
function column(key) {
	const co = /^\d$/.test(key) ? Number(key) : key === "k" ? game.keeper : key === "a" ? game.agent : -1;
	return document.querySelector(`[data-co="${co}"]`) && (co < game.vcpus || !/^\d$/.test(key)) ? co : null;
}

document.addEventListener("keydown", (event) => {
	const writing = /INPUT|TEXTAREA|SELECT/.test(event.target.tagName) && event.target.type !== "checkbox";

	if (!game || event.ctrlKey || event.altKey || event.metaKey || (writing && event.key !== "Escape"))
		return;
	if (event.key === "Enter" || event.key === " ")
		return; /* the button that has the focus */
	const second = first !== null && game.options_of(first).find((move) => move.key === event.key);
	const co = column(event.key);

	if (second)
		step(second);
	else if (co !== null)
		press(co);
	else if (KEYS[event.key])
		KEYS[event.key]();
	else
		return;
	event.preventDefault();
});

$("undo").onclick = undo;
$("restart").onclick = restart;
$("race").onclick = run_to_race_point;
$("show").onclick = show_me;
$("all").onclick = all_of_them;
$("hint").onclick = KEYS["?"];
$("fine").onchange = KEYS.f;
/* Who chose by the mouse goes on with the keys of the page; who uses the keyboard stays in the menu. */
let by_mouse = false;
$("level").onpointerdown = () => { by_mouse = true; };
$("level").onkeydown = () => { by_mouse = false; };
$("level").onchange = () => {
	choose($("level").value, game.fine);
	if (by_mouse)
		$("level").blur();
};
$("link").onfocus = () => $("link").select();

function open_link() {
	const link = read_link(location.hash);

	return choose(link ? link.variant : data.levels[0].variant, link ? link.fine : false, link && link.moves, link && link.stamp)
		.then(() => {
			if (location.hash.length > 1 && !link)
				say("This link cannot be read: here is the first level.");
		});
}

addEventListener("hashchange", open_link);
draw_levels();
open_link().then(() => document.documentElement.setAttribute("data-ready", performance.now()));
