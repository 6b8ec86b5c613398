/* SPDX-License-Identifier: MIT */
/*
 * switch.h - the stacks of the coroutines, and how to get from one to another: switch_x86.c for
 * the explorer, scripts/lab/lesson/switch_wasm.c for the page. The engine alone calls this.
 *
 * What is saved of a stack is said by one number, `sp`, 0 while there is nothing on it.
 */
#ifndef EXPLORE_SWITCH_H
#define EXPLORE_SWITCH_H

#include "lib/types.h"

/* One of them returns like any function, where to leave means to unwind. */
#ifndef LEAVES
#define LEAVES NORETURN
#endif

/*
 * On @co's stack, which is empty if *@sp is 0: begin on_own_stack(), else go on where stack_yield()
 * was called. Returns when the coroutine yields or ends. False: it has called stack_abandon().
 */
bool stack_enter(unsigned co, uint64_t *sp);
/* On @co's stack: back to stack_enter(), until it is called again. */
void stack_yield(unsigned co, uint64_t *sp);
/* The same for good: what is on this stack is not needed any more. */
LEAVES void stack_end(void);
LEAVES void stack_abandon(void);
bool stack_has(unsigned co, const volatile void *p);

struct stack_piece {
	void *p;
	size_t n;
};

#define STACK_PIECES 2
/* What is saved of @co's stack; call with *@sp not 0. Returns how many pieces these are. */
unsigned stack_pieces(unsigned co, uint64_t sp, struct stack_piece *pieces);

/* engine.c: what a coroutine runs from the beginning. Does not return. */
void on_own_stack(void);

#endif
