/* SPDX-License-Identifier: MIT */
/*
 * fault.c - traps from HS-mode, and the end of the world. A trap from HS-mode is a fix-up that the
 * code at that place asked for (EX_TABLE), or a bug of ours: then say everything that helps
 * (report.c) and stop the machine.
 */
#include <stdarg.h>

#include "lib/atomic.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "lock/console.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "riscv/fw.h"
#include "riscv/hart.h"
#include "riscv/layout.h"
#include "riscv/machine_stop.h"
#include "riscv/report.h"

struct ex_entry {
	uint32_t insn, fix; /* the lower halves of addresses in the image */
};

extern const struct ex_entry _ex_table[], _ex_table_end[];

_Static_assert(IN_IMAGE((uint32_t)VA_IMAGE) == VA_IMAGE, "the upper half is all ones");

uint32_t machine_stopping; /* atomic: 1 + index of the hart that panicked or powers off */

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
	stop_by_test_device(status);
	machine_end();
	port_console_write("dormouse: halted; the firmware cannot power off\n", 48);
	for (;;)
		__asm__ volatile("wfi");
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

void port_panic(const char *fmt, ...)
{
	char text[160];
	va_list ap;

	begin_report();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("PANIC: %s", text);
	report_where(0, (uint64_t)__builtin_frame_address(0) - 16);
	machine_stop(1);
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
	report_trap(f, cause, stval);
	report_where(f->x[0], f->x[2]);
	machine_stop(1);
}
