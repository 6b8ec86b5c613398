/* SPDX-License-Identifier: MIT */
/*
 * report.c - what a bug of ours leaves to whoever has to find it. Contracts are in report.h.
 *
 * Optional room: report, 130 lines.
 */
#include "riscv/report.h"

#include "lib/ensure.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/layout.h"

extern char _start[], _rodata[], boot_stack[], boot_stack_top[];

static const char *cause_name(uint64_t cause)
{
	static const char *const names[] = {
		[EXC_FETCH_MISALIGNED] = "misaligned fetch",
		[EXC_FETCH_ACCESS] = "fetch access fault",
		[EXC_ILLEGAL] = "illegal instruction",
		[EXC_BREAKPOINT] = "breakpoint",
		[EXC_LOAD_MISALIGNED] = "misaligned load",
		[EXC_LOAD_ACCESS] = "load access fault",
		[EXC_STORE_MISALIGNED] = "misaligned store",
		[EXC_STORE_ACCESS] = "store access fault",
		[EXC_FETCH_PAGE] = "fetch page fault",
		[EXC_LOAD_PAGE] = "load page fault",
		[EXC_STORE_PAGE] = "store page fault",
		[EXC_FETCH_GUEST_PAGE] = "guest fetch page fault",
		[EXC_LOAD_GUEST_PAGE] = "guest load page fault",
		[EXC_STORE_GUEST_PAGE] = "guest store page fault",
	};

	return cause < ARRAY_SIZE(names) && names[cause] ? names[cause] : "unexpected trap";
}

static void print_held(const char *who, const struct held_locks *held)
{
	for (unsigned i = 1; held && i <= MIN(held->n, HELD_MAX - 1); i++)
		log_error("%s holds %s %p", who, rank_name(held->at[i].rank), held->at[i].lock);
}

/* Is @pc the address behind a call in our text: jal ra, jalr ra or c.jalr? */
static bool is_return_address(uint64_t pc)
{
	const uint16_t *p = (const uint16_t *)pc;
	uint32_t before;

	if (pc % 2 || pc - (uint64_t)_start - 4 >= (uint64_t)(_rodata - _start) - 4)
		return false;
	before = (uint32_t)p[-1] << 16 | p[-2];
	return (before & 0xfff) == 0x0ef || (before & 0xfff) == 0x0e7 || (p[-1] & 0xf07f) == 0x9002;
}

/* Where the stack ends that @sp is on; 0: it is on none of ours. */
static uint64_t stack_end(uint64_t sp)
{
	if (sp - (uint64_t)boot_stack < (uint64_t)(boot_stack_top - boot_stack))
		return (uint64_t)boot_stack_top;
	if (sp - VA_STACK < MAX_STACKS * (uint64_t)STACK_SLOT &&
	    sp % STACK_SLOT >= STACK_SLOT - STACK_SIZE)
		return ALIGN_UP(sp, STACK_SLOT);
	return 0;
}

/*
 * Who called whom: every return address on the stack from @sp up. The fast paths keep no frame
 * pointers, so a stale one may be among them; that is better than a chain that ends where a guest's
 * register begins.
 */
static void print_backtrace(uint64_t pc, uint64_t sp)
{
	unsigned lines = 0;

	sp = ALIGN_DOWN(sp, 8);
	if (pc)
		log_error("bt: 0x%lx", pc);
	for (uint64_t end = stack_end(sp); sp < end && lines < 24; sp += 8) {
		if (is_return_address(*(const uint64_t *)sp)) {
			log_error("bt: 0x%lx", *(const uint64_t *)sp);
			lines++;
		}
	}
}

static void print_registers(const uint64_t *x)
{
	static const char names[32][4] = { "pc", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
					   "fp", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
					   "a6", "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
					   "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6" };

	for (unsigned i = 0; i < 32; i += 4)
		log_error("%4s %016lx %4s %016lx %4s %016lx %4s %016lx", names[i], x[i],
			  names[i + 1], x[i + 1], names[i + 2], x[i + 2], names[i + 3], x[i + 3]);
}

void report_where(uint64_t pc, uint64_t sp)
{
	print_held("this hart", port_held_by_hart());
	if (this_hart()->current)
		print_held("this thread", port_held_by_thread());
	print_backtrace(pc, sp);
}

static void print_cause(uint64_t pc, uint64_t cause, uint64_t stval)
{
	const struct ensure_failed *e = (const struct ensure_failed *)(pc + 2);

	if (cause == EXC_BREAKPOINT) {
		log_error("PANIC: %s:%u: not true: %s", (const char *)IN_IMAGE(e->file), e->line,
			  (const char *)IN_IMAGE(e->text));
		return;
	}
	log_error("PANIC: %s in the hypervisor at pc 0x%lx, address 0x%lx (scause 0x%lx, htval "
		  "0x%lx)",
		  cause_name(cause), pc, stval, cause, csr_read(htval));
	if (stval - VA_STACK < MAX_STACKS * (uint64_t)STACK_SLOT &&
	    stval % STACK_SLOT < STACK_SLOT - STACK_SIZE)
		log_error("that is a stack's guard page: the stack has overflowed");
}

void report_trap(const struct fault_frame *f, uint64_t cause, uint64_t stval)
{
	print_cause(f->x[0], cause, stval);
	print_registers(f->x);
}

/* Who has the lock, by the books that each hart keeps for itself: a hint. */
void report_stuck(const struct port_wait *w, unsigned seconds)
{
	char owner[32] = "";

	for (unsigned i = 0; i < nr_harts; i++)
		if (rank_holds(&harts[i].held, w->on) && i != this_hart()->index)
			snprintf(owner, sizeof(owner), ", which hart %u holds", i);
	port_panic("stuck: waited %u s for the %s %p%s", seconds, w->what, w->on, owner);
}
