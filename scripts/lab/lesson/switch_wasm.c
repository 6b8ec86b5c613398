/* SPDX-License-Identifier: MIT */
/*
 * switch_wasm.c - the coroutines of the page. Contracts: explore/switch.h.
 *
 * WebAssembly has no way to change the stack. binaryen's asyncify rewrites every function so that
 * it can leave in the middle of its work, its variables put aside ("unwind"), and be called again
 * and go on where it was ("rewind"). What a coroutine has on its stack is then two things: what
 * has been put aside, and the memory below __stack_pointer, where the variables are that have an
 * address. `sp` has both: the stack pointer in the lower half, how much was put aside in the upper.
 *
 * A function that calls the imports of asyncify is not itself rewritten, so these calls are in
 * functions of their own that are not inlined. There is no longjmp: to leave for good is to unwind
 * and never to rewind, so these functions do return, to code that is about to leave as well.
 */
#define LEAVES
#include "switch.h"

#include <string.h>

#include "engine.h"
#include "page.h"

#define STACK 8192
#define ASIDE 8192
#define CLEARED 2048 /* bytes below a saved stack pointer: dead bytes make no states differ */

/* As asyncify wants it. */
struct aside {
	char *at, *end;
};

FROM(asyncify, start_unwind) void start_unwind(struct aside *to);
FROM(asyncify, stop_unwind) void stop_unwind(void);
FROM(asyncify, start_rewind) void start_rewind(struct aside *from);
FROM(asyncify, stop_rewind) void stop_rewind(void);

/* stack_pointer.S */
char *get_stack_pointer(void);
void set_stack_pointer(char *p);

static char stacks[MAX_CO][STACK] __attribute__((aligned(16)));
static char asides[MAX_CO][ASIDE] __attribute__((aligned(16)));
static struct aside aside;
static bool rewinding, given_up;

NOINLINE static void go_away(void)
{
	if (rewinding) {
		rewinding = false;
		stop_rewind();
		return;
	}
	start_unwind(&aside);
}

NOINLINE bool stack_enter(unsigned co, uint64_t *sp)
{
	char *mine = get_stack_pointer(), *top = stacks[co + 1];

	given_up = false;
	aside = (struct aside){ asides[co], asides[co] + ASIDE };
	if (*sp) {
		top = (char *)(uintptr_t)*sp;
		aside.at += *sp >> 32;
		rewinding = true;
		memset(top - CLEARED, 0, CLEARED);
		start_rewind(&aside);
	} else {
		memset(top - CLEARED, 0, CLEARED);
	}
	set_stack_pointer(top);
	on_own_stack(); /* always unwinds */
	set_stack_pointer(mine);
	stop_unwind();
	if (*sp)
		*sp = (uint32_t)*sp | (uint64_t)(aside.at - asides[co]) << 32;
	return !given_up;
}

NOINLINE void stack_yield(unsigned co, uint64_t *sp)
{
	if (!rewinding) {
		*sp = (uintptr_t)get_stack_pointer();
		page_yields(co);
	}
	go_away();
}

NOINLINE void stack_end(void)
{
	go_away();
}

NOINLINE void stack_abandon(void)
{
	page_yields(me());
	given_up = true;
	go_away();
}

bool stack_has(unsigned co, const volatile void *p)
{
	return (const char *)p >= stacks[co] && (const char *)p < stacks[co + 1];
}

unsigned stack_pieces(unsigned co, uint64_t sp, struct stack_piece *pieces)
{
	char *low = (char *)(uintptr_t)sp;

	pieces[0] = (struct stack_piece){ low, (size_t)(stacks[co + 1] - low) };
	pieces[1] = (struct stack_piece){ asides[co], (size_t)(sp >> 32) };
	return 2;
}
