/* SPDX-License-Identifier: MIT */
/* report_absent.c - without the room report: a panic is one line, with the cause. */
#include "riscv/report.h"

#include "lib/log.h"

void report_trap(const struct fault_frame *f, uint64_t cause, uint64_t stval)
{
	log_error("PANIC: trap in the hypervisor at pc 0x%lx, scause 0x%lx, address 0x%lx", f->x[0],
		  cause, stval);
}

void report_where(uint64_t pc UNUSED, uint64_t sp UNUSED)
{
}

void report_stuck(const struct port_wait *w, unsigned seconds)
{
	port_panic("stuck: waited %u s for the %s %p", seconds, w->what, w->on);
}
