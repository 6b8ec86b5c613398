/* SPDX-License-Identifier: MIT */
/*
 * fault.c - traps from HS-mode, and the end of the world. A trap from HS-mode is a fix-up that the
 * code at that place asked for (EX_TABLE), or a bug of ours: then say everything that helps and
 * stop the machine.
 */
#include <stdarg.h>

#include "lib/atomic.h"
#include "lib/ensure.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "lock/console.h"
#include "lock/rank.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "riscv/frame.h"
#include "riscv/fw.h"
#include "riscv/hart.h"
#include "riscv/layout.h"
#include "riscv/machine_stop.h"
#include "riscv/mmu.h"

struct ex_entry {
	uint32_t insn, fix; /* the lower halves of addresses in the image */
};

extern const struct ex_entry _ex_table[], _ex_table_end[];
extern char _start[], _rodata[], boot_stack[], boot_stack_top[];

#define STATUS_TICKS 100000000 /* 10 s on QEMU, the only machine with such a device */

/* The address in the image of which this is the lower half. */
#define IN_IMAGE(low) ((uint64_t)(int32_t)(low))
_Static_assert(IN_IMAGE((uint32_t)VA_IMAGE) == VA_IMAGE, "the upper half is all ones");

static volatile uint32_t *test_device;
uint32_t machine_stopping; /* atomic: 1 + index of the hart that panicked or powers off */

void stop_use_test_device(paddr_t pa)
{
	if (mmu_map(VA_DEVICE, ALIGN_DOWN(pa, PAGE_SIZE), PAGE_SIZE, MAP_RW))
		test_device = (volatile uint32_t *)(VA_DEVICE + pa % PAGE_SIZE);
}

/* No guest runs on while the machine ends. */
static void kick_others(void)
{
	for (unsigned i = 0; i < nr_harts; i++)
		if (i != this_hart()->index && atomic_load_relaxed(&harts[i].online))
			fw_send_ipi(1, harts[i].id);
}

void machine_stop(int status)
{
	if (atomic_swap(&machine_stopping, this_hart()->index + 1) == 0)
		kick_others();
	if (test_device) {
		*test_device = status ? (uint32_t)status << 16 | 0x3333 : 0x5555;
		/*
		 * QEMU ends when its own main loop comes by. The firmware's shutdown is a write to
		 * the same device: before that it would replace the status.
		 */
		for (uint64_t since = time_now(); time_now() - since < STATUS_TICKS;)
			;
	}
	fw_shutdown();
	port_console_write("dormouse: halted; the firmware cannot power off\n", 48);
	for (;;)
		__asm__ volatile("wfi");
}

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

/* Only the first hart to fail reports; the others, and a failure inside a report, stop at once. */
static void begin_report(void)
{
	uint32_t me = this_hart()->index + 1;
	uint32_t first = atomic_swap(&machine_stopping, me);

	if (first == me)
		machine_stop(1);
	while (first)
		__asm__ volatile("wfi");
	console_break();
	kick_others();
}

static void end_report(void)
{
	print_held("this hart", port_held_by_hart());
	if (this_hart()->current)
		print_held("this thread", port_held_by_thread());
}

void port_panic(const char *fmt, ...)
{
	char text[160];
	va_list ap;

	begin_report();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("PANIC: %s", text);
	end_report();
	print_backtrace(0, (uint64_t)__builtin_frame_address(0) - 16);
	machine_stop(1);
}

/* A trap that is no fix-up. */
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

void trap_from_hs_c(struct fault_frame *f);

void trap_from_hs_c(struct fault_frame *f)
{
	uint64_t cause = csr_read(scause), stval = csr_read(stval);

	for (const struct ex_entry *e = _ex_table; e < _ex_table_end; e++) {
		if (IN_IMAGE(e->insn) == f->x[0]) {
			f->x[0] = IN_IMAGE(e->fix);
			return;
		}
	}
	begin_report();
	print_cause(f->x[0], cause, stval);
	print_registers(f->x);
	end_report();
	print_backtrace(f->x[0], f->x[2]);
	machine_stop(1);
}
