/* SPDX-License-Identifier: MIT */
/*
 * engine.js - the explorer in this page: one instance of the compiled C, and what it has printed.
 * Used by page.js and, under node, by the tests. No part of it knows the page.
 */
"use strict";

class Exit extends Error {}

class Engine {
	/* @code: a WebAssembly.Module of scripts/lab/lesson; it needs nothing from outside. */
	constructor(code) {
		this.printed = "";
		this.stacks = {}; /* coroutine: [[function, offset], ...] innermost first */
		this.watching = false;
		Error.stackTraceLimit = 60;
		const c = new WebAssembly.Instance(code, { env: {
			page_print: (at, n) => { this.printed += this.read(at, n); },
			page_now: () => performance.now() / 1000,
			page_exit: (status) => { throw new Exit(`the engine ended: ${status}`); },
			page_yields: (co) => {
				if (this.watching)
					this.stacks[co] = Engine.stack();
			},
		} });
		this.c = c.exports;
	}

	read(at, n) {
		return new TextDecoder().decode(new Uint8Array(this.c.memory.buffer, at, n));
	}

	/* The functions of the C that are being called right now, as index and offset in the file. */
	static stack() {
		const found = [];
		for (const line of new Error().stack.split("\n")) {
			const m = /wasm-function\[(\d+)\]:0x([0-9a-f]+)/.exec(line);
			if (m)
				found.push([Number(m[1]), parseInt(m[2], 16)]);
		}
		return found;
	}

	/* What is printed during @what. */
	said(what) {
		this.printed = "";
		what();
		return this.printed;
	}

	options(words) {
		const bytes = new TextEncoder().encode(`${words}\0`);
		new Uint8Array(this.c.memory.buffer, this.c.text(), bytes.length).set(bytes);
	}

	/* The explorer as a command: what it prints. */
	run(words) {
		this.options(words);
		return this.said(() => { this.status = this.c.run(); });
	}

	/* The world of these options, in its first state. Throws if there is none. */
	open(words) {
		this.watching = true;
		this.options(words);
		const text = this.said(() => { this.status = this.c.open(); });
		if (this.status)
			throw new Error(text || "not enough memory");
	}

	/* {status, lines, wrong}: 0 good, 1 something is wrong, 2 not possible. */
	move(co, choice) {
		let status;
		const lines = this.said(() => { status = this.c.move(co, choice); })
			.split("\n").map((line) => line.trim()).filter(Boolean);
		const wrong = lines.find((line) => line.startsWith("VIOLATION "));
		return { status, wrong: wrong && wrong.slice(10),
			lines: lines.filter((line) => line !== wrong) };
	}

	/* [{co, choice, must, what}] */
	moves() {
		return this.said(() => this.c.show_moves()).split("\n").filter(Boolean).map((line) => {
			const m = /^move (\d+) (\d+) (\d) (.*)$/.exec(line);
			return { co: Number(m[1]), choice: Number(m[2]), must: m[3] === "2", what: m[4] };
		});
	}

	/* {vm: {...}, co: [{...}], locks: [{name, holder, waiters}]} */
	state() {
		const state = { vm: {}, co: [], locks: [] };
		for (const line of this.said(() => this.c.show_all()).split("\n")) {
			const fields = {};
			for (const m of line.matchAll(/ (\w+)=([^=|]*?)(?=\||$| \w+=)/g))
				fields[m[1]] = m[2];
			for (const m of line.matchAll(/\|(\w+)=([^|]*)/g))
				fields[m[1]] = m[2];
			const [word, nr, name] = line.split(" ");
			if (word === "vm")
				state.vm = fields;
			else if (word === "co")
				state.co[Number(nr)] = { name, ...fields };
			else if (word === "lock") {
				const [what, holder, waiters] = line.slice(5).split("|");
				state.locks.push({ name: what, holder,
					waiters: waiters.split(" ").filter(Boolean) });
			}
		}
		return state;
	}

	keep(at) {
		if (this.c.keep(at))
			throw new Error("no room for more steps");
	}

	back(at) {
		this.c.go_back(at);
	}

	/* The race points that @moves pass, from the beginning, as hyp/ replays them. */
	schedule(moves, now) {
		this.c.show_schedule(); /* forgets what was passed on other ways */
		this.back(0);
		for (const [co, choice] of moves)
			this.c.move(co, choice);
		const text = this.said(() => this.c.show_schedule()).trim();
		this.back(now);
		return text;
	}
}

if (typeof module !== "undefined")
	module.exports = { Engine };
