/* SPDX-License-Identifier: MIT */
/*
 * game.js - one try at one level: the steps made, the states to go back to, and what each of the
 * cast does or waits for, in words. Knows no page.
 */
"use strict";

/* enum wait of explore/engine.h, and enum life of explore/cast.h */
const W = { REST: "0", STEP: "1", LOCK: "2", PARK: "3", RELAX: "4", CUSTOM: "5", CHOOSE: "6" };
const LIFE = { DEAD: "0", LAUNCHED: "1", GUEST: "2", LEAVING: "3" };
const MOST_STEPS = 1000;

/* What the explorer calls a choice: its key, and words for it. */
const CHOICES = [
	[/^HART_START of v(\d)$/, (m) => m[1], (m) => `HART_START v${m[1]}`],
	[/^HART_STOP$/, () => "t", () => "HART_STOP"],
	[/^HART_SUSPEND/, () => "h", (m) => m.input],
	[/^SYSTEM_SUSPEND$/, () => "p", () => "SYSTEM_SUSPEND"],
	[/^HART_GET_STATUS$/, () => "g", () => "HART_GET_STATUS of the next vCPU"],
	[/^SYSTEM_RESET$/, () => "x", () => "SYSTEM_RESET"],
	[/^resets the system$/, () => "x", () => "resets the system"],
	[/^begins its life$/, () => "b", () => "begins its life"],
	[/^takes the kick$/, () => "y", () => "takes the interrupt it was sent"],
	[/^is left/, () => "l", () => "its hart saves the context and lets go of it"],
	[/^brings an interrupt/, () => "i", () => "an interrupt comes"],
];

/* In a function of hyp/ that asks for a decision: what 0 and 1 stand for. */
const DECISIONS = {
	boot: ["the VM is loaded", "the VM cannot be loaded"],
	watch_suspended: ["no key was typed", "a key is typed"],
	mp_take_irqs: ["no interrupt has come", "an interrupt comes just before the look"],
};

class Game {
	constructor(level, code, fine) {
		this.level = level;
		this.fine = fine;
		this.engine = new Engine(code);
		this.lines = new Map(level.lines.map(([at, ...place]) => [at, place]));
		this.engine.open(this.options());
		this.steps = [];
		this.at = 0;
		this.wrong = null;
		this.views = [this.look()];
		this.cast = this.views[0].state.co.map((c) => c.name);
		this.vcpus = this.cast.filter((name) => /^v\d$/.test(name)).length;
		this.keeper = this.vcpus;
		this.wire = this.vcpus + 1;
		this.agent = this.vcpus + 2;
	}

	options() {
		return this.level.world + (this.fine ? " --fine" : "");
	}

	look() {
		return { state: this.engine.state(), moves: this.engine.moves(),
			stacks: { ...this.engine.stacks } };
	}

	get view() {
		return this.views[this.at];
	}

	/* The coroutine that acts for @vcpu when it has stopped. */
	hart(vcpu) {
		return this.vcpus + 3 + vcpu;
	}

	/* Make a move; null if it is not possible, or the try is over. */
	play(co, choice) {
		if (this.wrong || this.at >= MOST_STEPS)
			return null;
		const move = this.view.moves.find((m) => m.co === co && m.choice === choice);
		if (!move)
			return null;
		const step = { co, choice, what: this.words(move).text };
		const done = this.engine.move(co, choice);
		this.steps.length = this.at;
		this.views.length = this.at + 1;
		step.lines = done.lines;
		step.wrong = done.wrong;
		this.steps.push(step);
		this.views.push(done.wrong ? { ...this.look(), moves: [] } : this.look());
		this.at++;
		this.wrong = done.wrong || null;
		this.engine.keep(this.at);
		return step;
	}

	/* Back, or forward again, to where @n steps have been made. */
	go(n) {
		this.at = Math.max(0, Math.min(n, this.steps.length));
		this.engine.back(this.at);
		this.engine.stacks = { ...this.view.stacks };
		this.wrong = this.at ? this.steps[this.at - 1].wrong || null : null;
	}

	/* [[co, choice], ...] up to here */
	moves() {
		return this.steps.slice(0, this.at).map((step) => [step.co, step.choice]);
	}

	schedule() {
		const text = this.engine.schedule(this.moves(), this.at);
		this.engine.stacks = { ...this.view.stacks };
		return text;
	}

	/* ---- What the cast does ---- */

	/* The calls in hyp/ and in the variant, innermost first: {file, line, name}. */
	frames(co) {
		if (this.view.state.co[co].wait === W.REST && !this.wrong)
			return [];
		return (this.view.stacks[co] || []).map(([, at]) => this.lines.get(at)).filter(Boolean)
			.map(([file, line, name]) => ({ file, line, name: this.level.functions[name] }));
	}

	calls(co, name) {
		return this.frames(co).some((frame) => frame.name === name);
	}

	/* A move of who is at rest begins something, any other goes on. {key, text} */
	words(move) {
		const c = this.view.state.co[move.co];

		if (c.wait === W.REST) {
			if (move.co === this.keeper)
				return { key: "k", text: "looks after the VM" };
			for (const [pattern, key, text] of CHOICES) {
				const m = pattern.exec(move.what);
				if (m)
					return { key: key(m), text: text(m) };
			}
			return { key: "", text: move.what };
		}
		if (c.wait === W.CHOOSE) {
			const asked = this.frames(move.co).find((frame) => DECISIONS[frame.name]);
			const text = asked ? DECISIONS[asked.name][move.choice] : `possibility ${move.choice}`;
			return { key: String(move.choice), text };
		}
		if (this.idles(move))
			return { key: "w", text: c.asleep === "1" ? "looks by itself, as if by its timer"
				: "wakes up for no reason, looks, and sleeps again" };
		return { key: "Enter", text: this.next(move.co) };
	}

	/* Something that may happen and that nobody needs: a sleep that ends by itself. */
	idles(move) {
		const c = this.view.state.co[move.co];
		return c.wait === W.PARK && c.token === "0" && !move.must;
	}

	/* What comes next for one that can go on. */
	next(co) {
		const c = this.view.state.co[co];
		const [how, ...word] = (c.next || "").split(" ");
		const what = word.join(" ");

		if (c.wait === W.LOCK)
			return `takes ${c.lock}`;
		if (c.wait === W.PARK)
			return "wakes up: it was told to";
		if (c.wait === W.RELAX)
			return "looks again at what it waits for";
		if (c.wait === W.CUSTOM)
			return "goes on to vm->lock";
		if (how === "swaps")
			return this.calls(co, "mutex_unlock") ? `gives ${what} back`
				: `tries to take ${what}`;
		if (what.endsWith("->lock"))
			return how === "reads" ? `looks at ${what}` : `gives ${what} back`;
		return what ? `goes on: ${how} ${what}` : "goes on";
	}

	/* Why can it not go on? */
	reason(co) {
		const s = this.view.state, c = s.co[co], mutex = s.locks[0];

		if (this.wrong)
			return "the try is over: undo, or begin again";
		if (c.wait === W.LOCK)
			return `waits for ${c.lock}, which ${c.holder || "nobody"} holds`;
		if (c.wait === W.RELAX)
			return "polls, and nothing has changed since it looked";
		if (c.wait === W.PARK && mutex.waiters.includes(c.name))
			return `sleeps on vm->lock, which ${mutex.holder} holds`;
		if (c.wait === W.PARK)
			return "sleeps, and nothing has come to wake it";
		if (c.wait !== W.REST)
			return "cannot go on";
		if (co >= this.vcpus)
			return "has nothing to do";
		if (c.life === LIFE.DEAD)
			return `is ${c.state}: somebody has to start it`;
		if (c.life === LIFE.LEAVING)
			return "has stopped, and its hart has not let go of it yet";
		return "can do nothing: the VM is being reset, or has ended";
	}

	/* What @co, a vCPU or another, can do, with what is done for it by its hart and by the wire. */
	options_of(co) {
		const mine = this.view.moves.filter((m) => m.co === co);
		if (co < this.vcpus) {
			mine.push(...this.view.moves.filter((m) => m.co === this.hart(co)));
			mine.push(...this.view.moves.filter((m) => m.co === this.wire &&
				m.what.endsWith(`v${co}`)));
		}
		return mine.map((move) => ({ ...move, ...this.words(move), idle: this.idles(move) }));
	}

	/* The one thing that @co does when its key is pressed, or null. */
	only(co) {
		const useful = this.options_of(co).filter((m) => !m.idle && m.key !== "i");
		return useful.length === 1 ? useful[0] : null;
	}

	/* Let @co go on until it has passed a race point, or cannot. How many steps? */
	run(co) {
		let n = 0;
		for (; n < 200; n++) {
			const move = this.only(co);
			const step = move && this.play(move.co, move.choice);
			if (!step || step.wrong)
				return n + (step ? 1 : 0);
			if (step.lines.some((line) => / is at /.test(line)))
				return n + 1;
		}
		return n;
	}

	/* ---- The explorer in the page ---- */

	/* The shortest way: {moves, wrong, text}; moves null if there is none. */
	static search(code, options) {
		const text = new Engine(code).run(`${options} --quiet --jobs=1 --mem=250 --states=600000`);
		const moves = /^moves=(.*)$/m.exec(text);
		const wrong = /^VIOLATION (.*)$/m.exec(text);
		return { text, wrong: wrong && wrong[1],
			moves: moves && moves[1].split(",").map((move) => move.split(".").map(Number)) };
	}
}

/* ---- Links: #variant[+fine]/0.2,1.4,...~stamp ---- */

function make_link(game) {
	const moves = game.moves().map((move) => move.join(".")).join(",");
	return `#${game.level.variant}${game.fine ? "+fine" : ""}/${moves}~${game.level.stamp}`;
}

/* {variant, fine, moves, stamp}, or null. */
function read_link(hash) {
	let text = hash;
	try {
		text = decodeURIComponent(hash);
	} catch (why) { /* then as it is */ }
	const m = /^#([a-z]+)(\+fine)?(?:\/([\d.,]*))?(?:~([0-9a-f]+))?$/.exec(text.trim());
	return m && { variant: m[1], fine: !!m[2], stamp: m[4],
		moves: (m[3] || "").split(",").filter(Boolean).map((move) => move.split(".").map(Number)) };
}

if (typeof module !== "undefined")
	module.exports = { Game, make_link, read_link };
