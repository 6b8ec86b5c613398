/* SPDX-License-Identifier: MIT */
/* switch_x86.c - stacks of memory, switched by a few instructions. Contracts: switch.h. */
#include "switch.h"

#include <setjmp.h>
#include <string.h>

#include "engine.h"

#ifndef __x86_64__
#error "the explorer switches coroutines with x86-64 assembly"
#endif

#define STACK 16384
/* Bytes below a saved stack pointer that are zeroed: dead bytes make no states differ. */
#define CLEARED 1024

static char stacks[MAX_CO][STACK] __attribute__((aligned(64)));
static uint64_t engine_sp;
static jmp_buf escape;

/*
 * Save the callee-saved registers on this stack and its pointer in *from; go on where *to was
 * saved.
 */
__attribute__((naked, noinline)) static void swap_stack(uint64_t *from UNUSED, uint64_t to UNUSED)
{
	__asm__("push %rbp\n push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n"
		"mov %rsp, (%rdi)\n mov %rsi, %rsp\n"
		"pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n pop %rbp\n ret");
}

/*
 * The compiler calls this at the entry of every function (-mfentry), before there is anything below
 * its return address: what an earlier call left there is cleared, or it would tell states apart by
 * the parts of the new frame that nobody writes.
 */
void __fentry__(void);
__attribute__((naked, no_instrument_function)) void __fentry__(void)
{
	__asm__("pxor %xmm0, %xmm0\n"
		".set below, 16\n"
		".rept 16\n movups %xmm0, -below(%rsp)\n .set below, below + 16\n .endr\n ret");
}

bool stack_enter(unsigned co, uint64_t *sp)
{
	if (setjmp(escape))
		return false;
	if (!*sp) {
		uint64_t *top = (uint64_t *)stacks[co + 1];

		memset((char *)top - CLEARED, 0, CLEARED);
		/* on entry the stack is 8 bytes off 16, as after a call */
		top[-2] = (uint64_t)on_own_stack;
		*sp = (uint64_t)(top - 8);
	} else {
		memset((char *)*sp - CLEARED, 0, CLEARED);
	}
	swap_stack(&engine_sp, *sp);
	return true;
}

void stack_yield(unsigned co UNUSED, uint64_t *sp)
{
	swap_stack(sp, engine_sp);
}

void stack_end(void)
{
	swap_stack(&(uint64_t){ 0 }, engine_sp);
	__builtin_unreachable();
}

void stack_abandon(void)
{
	longjmp(escape, 1);
}

bool stack_has(unsigned co, const volatile void *p)
{
	return (const char *)p >= stacks[co] && (const char *)p < stacks[co + 1];
}

unsigned stack_pieces(unsigned co, uint64_t sp, struct stack_piece *pieces)
{
	*pieces = (struct stack_piece){ (char *)sp, (size_t)((uint64_t)stacks[co + 1] - sp) };
	return 1;
}
